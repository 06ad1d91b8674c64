"""What the desk's pages about returns show: who waits, by what is due; one return with all that a decision needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import NotFound
from core.filetypes import INLINE
from helpdesk.portal.promises import by_words, state_of
from orders import permissions
from orders.models import Order, Refund, Return, ReturnLine
from orders.queries import record_of, visible_orders
from orders.return_queries import OLDEST_DUE, access_return, refund_clock, visible_returns, with_parts
from orders.return_rules import OVER, default_amounts, may, money_left, most_of
from sla.clocks import FAR_FUTURE, whole
from sla.models import Metric
from sla.queries import clocks_of
from sla.receipts import receipt
from tickets.actions.changes import ticket_of_change
from tickets.actions.returns import ticket_of_return

S = Return.State
ORDERED = ("order__store", "order__person")
PAGE = 50
Shown = dict[str, Any]
FILTERS: dict[str, frozenset[str]] = {
    "": frozenset(S) - OVER,
    "review": frozenset({S.APPLIED, S.ASKED}),
    "second": frozenset({S.REFUSAL_PROPOSED}),
    "goods": frozenset({S.APPROVED, S.RECEIVED}),
    "money": frozenset({S.INSPECTED}),
    "over": OVER,
    "agreed": frozenset(),  # no returns: refunds that the buyer agreed to
}
STEPS = ("ask", "approve", "propose_refusal", "agree_to_refusal", "decline_refusal", "receive", "inspect")


def filter_labels() -> list[tuple[str, str]]:
    """The tabs, in their order."""
    return [
        ("", _("All open")),
        ("review", _("To review")),
        ("second", _("Second person")),
        ("goods", _("Goods")),
        ("money", _("Refund")),
        ("over", _("Done")),
        ("agreed", _("Agreed refunds")),
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of the list. `sla`: ok or late; `due` None where no money is promised yet."""

    row: Return
    sla: str
    due: datetime | None


def queue(actor: Actor, chosen: str, after: str = "") -> tuple[list[Waiting], str]:
    """A page of the list, the nearest due first, then the oldest; and what leads to the next one ("" at its end)."""
    rows = _listed(visible_returns(actor), chosen)
    if (mark := _mark(after)) is not None:
        due, pk = mark
        rows = rows.filter(Q(due_sort__gt=due) | Q(due_sort=due, pk__gt=pk))
    found = list(rows.annotate(pieces=Sum("lines__quantity")).order_by(*OLDEST_DUE)[: PAGE + 1])
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    return [_waiting(row) for row in shown], f"{last.due_sort.isoformat()},{last.pk}" if last else ""


def _listed(rows: QuerySet[Return], chosen: str) -> QuerySet[Return]:
    return rows.filter(state__in=FILTERS.get(chosen, FILTERS[""]))


def _mark(text: str) -> tuple[datetime, int] | None:
    moment, comma, pk = text.rpartition(",")
    try:
        at = datetime.fromisoformat(moment) if comma and pk.isascii() and pk.isdigit() else None
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC), int(pk)) if at and len(pk) < 18 else None


def _waiting(row: Return) -> Waiting:
    due = None if row.due_sort >= FAR_FUTURE else row.due_sort
    return Waiting(row, "late" if due and due < now() else "ok", due)


def counts(actor: Actor) -> dict[str, int]:
    """How many stand in each tab but the last, by one query."""
    told = {
        code: Count("pk", filter=Q(state__in=states))
        for code, states in FILTERS.items()
        if code and states and code != "over"
    }
    rows = visible_returns(actor).exclude(state__in=OVER).order_by()
    found = {code: n or 0 for code, n in rows.aggregate(**told, all=Count("pk")).items()}
    return {**found, "agreed": _agreed(actor).exclude(state=Refund.State.DONE).count()}


def _agreed(actor: Actor) -> QuerySet[Refund]:
    orders = visible_orders(actor).order_by().values("pk")
    return Refund.objects.filter(proposal__isnull=False, order__in=orders)


def agreed(actor: Actor) -> list[Refund]:
    """Refunds that buyers agreed to, those to pay first, then the newest: a page of them."""
    rows = _agreed(actor).select_related("order__person").annotate(paid=Q(state=Refund.State.DONE))
    return list(rows.order_by("paid", "-pk")[:PAGE])


def shown_refund(actor: Actor, public_id: str) -> Shown:
    """One of them: what was agreed, the money left, the promise, whether it can be paid now. Raises NotFound."""
    rows = _agreed(actor).select_related("proposal", "ordered_by", "confirmed_by", *ORDERED)
    refund = rows.filter(public_id=public_id).first()
    if refund is None or refund.proposal is None:
        raise NotFound()
    order, proposal = refund.order, refund.proposal
    proposal.order = order
    clocks = [clock for clock in clocks_of("order", order.pk) if clock.metric == Metric.REFUND]
    clock = next((one for one in clocks if one.started_at >= whole(refund.ordered_at)), None)
    may_pay = permissions.can_review_return(actor, order) and refund.state != Refund.State.DONE
    return {
        "refund": refund,
        "open_refund": refund,
        "may_pay": may_pay,
        "order": order,
        "buyer": order.person,
        "money_left": money_left(order),
        "clock": clock,
        "promised": by_words(clock) if clock else "",
        "promise_state": state_of(clock) if clock else "",
        "receipt": receipt(clock, zone=timezone.get_current_timezone_name()) if clock else [],
        "ticket": ticket_of_change(proposal),
        "history": [row for row in record_of(actor, order) if row.data.get("proposal") == proposal.public_id],
    }


def shown(actor: Actor, public_id: str) -> Shown:
    """One return: lines, photographs, order facts, what the promise says, what may be done now."""
    access_return(actor, public_id)
    ret = with_parts(visible_returns(actor)).get(public_id=public_id)
    order, clock, refunds = ret.order, refund_clock(ret), list(ret.refunds.all())
    reviews = permissions.can_review_return(actor, order)
    zone = timezone.get_current_timezone_name()
    return {
        "ret": ret,
        "order": order,
        "buyer": order.person,
        "lines": [_line(line) for line in ret.lines.all()],
        "inline": INLINE,
        "clock": clock,
        "promised": by_words(clock) if clock else "",
        "promise_state": state_of(clock) if clock else "",
        "receipt": receipt(clock, zone=zone) if clock else [],
        "refunds": refunds,
        "open_refund": next((one for one in refunds if one.state != Refund.State.DONE), None),
        "ticket": ticket_of_return(ret.pk, order.pk),
        "history": [row for row in record_of(actor, order) if row.data.get("return") == ret.public_id],
        "others": others(order, ret),
        "can": {step: reviews and may(ret, step) for step in STEPS},
        "needs_second": ret.state == S.REFUSAL_PROPOSED,
        "is_first": ret.reviewer_id == actor.id,
        "refusals": Return.Refusal.choices,
        "reasons": ReturnLine.Reason.choices,
        "conditions": ReturnLine.Condition.choices,
        **_money(ret, refunds, reviews),
    }


def _line(line: ReturnLine) -> Shown:
    return {"line": line, "most": most_of(line), "field": f"line_{line.position}"}


def _money(ret: Return, refunds: list[Refund], reviews: bool) -> Shown:
    left = money_left(ret.order)
    may_order = (
        reviews and may(ret, "order_refund") and all(one.state == Refund.State.DONE for one in refunds)
    )
    amounts = default_amounts(ret, left)
    return {
        "money_left": left,
        "may_refund": may_order,
        "amounts": amounts,
        "full": sum(amounts.values(), Decimal("0.00")),
    }


def others(order: Order, ret: Return) -> list[Return]:
    """The buyer's other returns, newest first: at most five."""
    rows = Return.objects.filter(order__person_id=order.person_id).exclude(pk=ret.pk).select_related("order")
    return list(rows.order_by("-pk")[:5])
