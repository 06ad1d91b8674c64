"""Form posts about changes of an order: proposed, answered, taken back; notes and goods sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import Invalid, NotSignedIn
from core.middleware import flash
from orders import actions
from orders.changes.models import ChangeProposal
from orders.data import ADDRESS_FIELDS
from orders.queries import access_order
from orders.views import go_back

DETAILS = (*ADDRESS_FIELDS, "amount", "date")


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    return actor


@require_POST
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    """`kind`, `words`, `hours` to answer, `ticket` to ask on, and what belongs to the kind."""
    actor, given = _actor(request), request.POST
    order = access_order(actor, public_id)
    retrying(
        actions.propose_change,
        actor=actor,
        order_id=order.pk,
        kind=given.get("kind", ""),
        words=given.get("words", ""),
        details={name: given[name] for name in DETAILS if given.get(name)},
        answer_by=now() + timedelta(hours=_hours(given.get("hours") or "72")),
        asked_on=given.get("ticket", "")[:20],
        client_id=given.get("client_id"),
    )
    flash(request, _("The buyer is asked. Nothing is changed before the answer."))
    return go_back(request, f"/orders/{public_id}/")


def _hours(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 5):
        raise Invalid.field("hours", _("Write a number of hours."))
    return int(raw)


@require_POST
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """`yes` is 1 or 0; `words` if one likes."""
    actor, yes = _actor(request), request.POST.get("yes") == "1"
    words = request.POST.get("words", "")
    row = retrying(actions.answer_change, actor=actor, proposal=public_id, yes=yes, words=words)
    flash(request, told(row))
    return go_back(request, f"/orders/{row.order.public_id}/")


def told(row: ChangeProposal) -> str:
    """One line about what an answer has done."""
    if row.state == ChangeProposal.State.OVERTAKEN:
        return _("Thank you. It could not be done any more: %(reason)s") % {"reason": row.answer_words}
    if row.state == ChangeProposal.State.DECLINED:
        return _("Thank you. Nothing is changed.")
    return _("Thank you. It is done as you agreed.")


@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    row = retrying(actions.withdraw_change, actor=_actor(request), proposal=public_id)
    flash(request, _("The question is taken back."))
    return go_back(request, f"/orders/{row.order.public_id}/")


def _written(request: HttpRequest, public_id: str, action: Any, words: str) -> HttpResponse:
    actor = _actor(request)
    order = access_order(actor, public_id)
    retrying(action, actor=actor, order_id=order.pk, words=request.POST.get("words", ""))
    flash(request, words)
    return go_back(request, f"/orders/{public_id}/")


@require_POST
def note(request: HttpRequest, public_id: str) -> HttpResponse:
    return _written(request, public_id, actions.note_on_order, _("The note stands in the order's record."))


@require_POST
def resend(request: HttpRequest, public_id: str) -> HttpResponse:
    return _written(request, public_id, actions.order_resend, _("It stands in the order's record."))


@require_POST
def clear_mark(request: HttpRequest, public_id: str) -> HttpResponse:
    return _written(request, public_id, actions.clear_mark, _("The security mark is cleared."))
