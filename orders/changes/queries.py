"""Every read of proposals. `access_proposal` is the only way to one: missing and hidden look alike."""

from __future__ import annotations

from django.db.models import QuerySet

from core.actors import Actor
from core.db import locked
from core.errors import NotFound
from orders import queries
from orders.changes.models import ChangeProposal
from orders.models import Order


def proposals_of(order: Order) -> QuerySet[ChangeProposal]:
    """The proposals on an order that the actor may see already, newest first."""
    return ChangeProposal.objects.filter(order=order).select_related("proposed_by").order_by("-pk")


def open_proposals(order: Order) -> list[ChangeProposal]:
    """Those that wait for the buyer. One query."""
    return list(proposals_of(order).filter(state=ChangeProposal.State.OPEN))


def open_questions(order: object) -> QuerySet[ChangeProposal]:
    """The open ones of an order, for a query's `Exists`: so lists and pages ask nothing more."""
    return ChangeProposal.objects.filter(order=order, state=ChangeProposal.State.OPEN)


def access_proposal(actor: Actor, public_id: str, *, lock: bool = False) -> ChangeProposal:
    """A proposal on an order that this actor may see; with `lock` its order first, then the row. Raises NotFound."""
    rows = ChangeProposal.objects.select_related("proposed_by").filter(public_id=public_id)
    found = rows.first()
    if found is None:
        raise NotFound()
    order = queries.access_order(actor, order_id=found.order_id, lock=lock)
    row = locked(rows).get() if lock else found
    row.order = order
    return row
