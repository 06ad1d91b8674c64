"""Beside a conversation: its order, its buyer, answers; and whom one may ask."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Membership, Person, Presence, Team, shown_name
from accounts.queries import staff_on
from core.actors import Actor
from core.clock import now
from faq.queries import suggest
from faq.search import Hit
from helpdesk.console import order_panel
from livechat.widget.queries import page_shown
from orders.changes.queries import open_questions
from orders.models import Order, OrderStatus, Refund, Return
from orders.security import open_marks
from sla.models import Clock, Metric
from sla.queries import quote
from tickets.models import Message, MessageKind, Stream, Ticket


def context_of(
    actor: Actor, ticket: Ticket, question: str | None = None, clocks: list[Clock] | None = None
) -> dict[str, Any]:
    """The order with what may be done on it, the buyer at a glance, answers for the last question.

    `question`, `clocks`: the buyer's last words and the order's clocks where they are at hand; looked up otherwise.
    """
    order = ticket.order
    said = _last_words(ticket) if question is None else question
    hits = answers_for(ticket, f"{ticket.subject} {said}")
    shown: dict[str, Any] = {"ticket": ticket, "buyer": _buyer(ticket.requester, order), "hits": hits}
    # Only who came without a log-in or an address may have come by a shop's page.
    if ticket.requester.kind == Person.Kind.GUEST and not ticket.requester.email:
        shown["came_from"] = page_shown(ticket)
    if order is None:
        return {**shown, "order": None}
    return {
        **shown,
        **order_panel.shown(
            actor,
            order,
            clocks,
            asks=shown["buyer"]["asked"],
            marked=shown["buyer"]["marked"],
            after=shown["buyer"]["after"],
        ),
    }


def _buyer(person: Person, order: Order | None) -> dict[str, Any]:
    return {"person": person, **_at_a_glance(person, order), "zone": person.timezone or "UTC", "now": now()}


def _at_a_glance(person: Person, order: Order | None) -> dict[str, Any]:
    """Orders and what was spent, returns and tickets, who follows them, what is open on the order, in one query."""
    orders_of = Order.objects.filter(person=person).order_by().values("person").annotate(n=Count("pk"))
    tickets_of = (
        Ticket.objects.filter(requester=person).order_by().values("requester").annotate(n=Count("pk"))
    )
    returns_of = Return.objects.filter(order__person=person).order_by().values("order__person")
    paid = Order.objects.filter(person=person, paid_at__isnull=False).exclude(status=OrderStatus.CANCELLED)
    spent_of = paid.order_by().values("person").annotate(n=Sum(F("total") - F("refunded")))
    current = FilteredRelation("shopper_rows", condition=Q(shopper_rows__until=None))
    rows = Person.objects.filter(pk=person.pk).annotate(current=current)
    n_orders, n_returns, spent, n_tickets, shopper, name, email, erased_at, asked, marked, after = (
        rows.values_list(
            Coalesce(Subquery(orders_of.values("n")), 0),
            Coalesce(Subquery(returns_of.annotate(n=Count("pk")).values("n")), 0),
            Subquery(spent_of.values("n")),
            Coalesce(Subquery(tickets_of.values("n")), 0),
            "current__shopper",
            "current__shopper__name",
            "current__shopper__email",
            "current__shopper__erased_at",
            Exists(open_questions(order)) if order else Value(False),
            Exists(open_marks(order)) if order else Value(False),
            Exists(after_sales(order)) if order else Value(False),
        )[0]
    )
    return {
        "orders": n_orders,
        "returns": n_returns,
        "spent": spent or Decimal("0.00"),
        "tickets": n_tickets,
        "asked": asked,
        "marked": marked,
        "after": after,
        "shopper": shown_name(name, email, erased=erased_at is not None) if shopper else "",
    }


def after_sales(order: Order) -> QuerySet[Order]:
    """The order itself where there is a return of it or money on its way back, for a query's `Exists`."""
    under_way = Refund.objects.filter(order=order.pk, ret=None).exclude(state=Refund.State.DONE)
    found = Exists(Return.objects.filter(order=order.pk)) | Exists(under_way)
    return Order.objects.filter(found, pk=order.pk)


def last_question(rows: list[dict[str, Any]]) -> str:
    """The requester's newest words in a thread that is at hand."""
    said = (row for row in reversed(rows) if row["kind"] == "reply" and not row["staff"])
    return next((str(row["data"]["body"]) for row in said), "")


def _last_words(ticket: Ticket) -> str:
    rows = Message.objects.filter(stream__ticket=ticket, stream__kind=Stream.Kind.PUBLIC)
    said = rows.filter(author_kind="buyer", kind=MessageKind.REPLY).order_by("-seq")
    return said.values_list("body", flat=True).first() or ""


def answers_for(ticket: Ticket, text: str = "") -> list[Hit]:
    """Articles for this text, or for what the buyer asked last."""
    words = text if text.strip() else f"{ticket.subject} {_last_words(ticket)}"
    return suggest(words, ticket.language or "en")


# --- choices for dialogs -----------------------------------------------------------------------------------
def colleagues(actor: Actor) -> list[tuple[Team, list[Person]]]:
    """The teams and their people who work here, to assign to, each with `is_here`; two queries."""
    rows = Membership.objects.select_related("person", "team").order_by("team__position", "person__name")
    here = set(staff_on().values_list("person_id", flat=True))
    grouped: dict[Team, list[Person]] = {}
    for row in rows.exclude(person__user__is_active=False):
        row.person.is_here = row.person_id in here  # type: ignore[attr-defined]
        grouped.setdefault(row.team, []).append(row.person)
    return list(grouped.items())


def escalation_offer(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """The specialist teams, and the time that their hours allow to promise."""
    teams = list(Team.objects.filter(tier=Team.Tier.SPECIALIST).select_related("calendar"))
    return {"teams": teams, "promised_for": _promised_for(ticket, teams[0]) if teams else None}


def _promised_for(ticket: Ticket, team: Team) -> datetime | None:
    facts = {
        "category": ticket.category.code,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "member_type": ticket.requester.member_type,
        "team": team.code,
        "store": ticket.store.code if ticket.store else "",
    }
    for metric in (Metric.ESCALATION_ANSWER, Metric.RESOLUTION, Metric.FIRST_RESPONSE):
        offered = quote(facts=facts, calendar_id=team.calendar_id, metric=metric, at=now())
        if offered is not None:
            return offered.due
    return None


def own_presence(actor: Actor) -> Presence | None:
    """One's own row; None for somebody who was never on."""
    return Presence.objects.filter(person_id=actor.id).first()


def presence_of(actor: Actor) -> str:
    """One's own switch: on, away or off."""
    return Presence.objects.filter(person_id=actor.id).values_list("switch", flat=True).first() or "off"
