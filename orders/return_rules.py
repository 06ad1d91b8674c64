"""What a return may do: its states, how many pieces are left, how much money may go back."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from core.errors import Conflict
from orders.models import Order, OrderLine, Refund, Return, ReturnLine

S = Return.State
CENT = Decimal("0.01")
CURRENCY = "USD"
MOST_PHOTOS = 8
REVIEWABLE = frozenset({S.APPLIED, S.ASKED})
OVER = frozenset({S.REFUSED, S.REFUNDED, S.WITHDRAWN})
GIVEN_UP = frozenset({S.REFUSED, S.WITHDRAWN})  # their pieces may be asked for again
# Which states a step may start from; nothing else decides.
FROM: dict[str, frozenset[str]] = {
    "ask": REVIEWABLE,
    "answer": frozenset({S.ASKED}),
    "approve": REVIEWABLE,
    "propose_refusal": REVIEWABLE | {S.RECEIVED, S.INSPECTED},
    "agree_to_refusal": frozenset({S.REFUSAL_PROPOSED}),
    "decline_refusal": frozenset({S.REFUSAL_PROPOSED}),
    "receive": frozenset({S.APPROVED}),
    "inspect": frozenset({S.RECEIVED}),
    "order_refund": frozenset({S.INSPECTED}),
    "withdraw": REVIEWABLE | {S.APPROVED, S.REFUSAL_PROPOSED},
}
# Reasons that a photograph has to show.
SEEN = frozenset(
    {
        ReturnLine.Reason.DAMAGED,
        ReturnLine.Reason.FAULTY,
        ReturnLine.Reason.WRONG_ITEM,
        ReturnLine.Reason.NOT_AS_SHOWN,
    }
)


def may(ret: Return, step: str) -> bool:
    """Whether a step fits the state that a return is in."""
    if step == "withdraw" and ret.received_at is not None:
        return False
    return ret.state in FROM[step]


def check_step(ret: Return, step: str) -> None:
    """Raises Conflict (`return_state`, with the state) where a step does not fit."""
    if not may(ret, step):
        words = _("This return is “%(state)s” now: that step is not open any more.")
        message = words % {"state": S(ret.state).label}
        raise Conflict(message, code="return_state", state=ret.state)


def pieces_left(order: Order) -> dict[int, int]:
    """How many pieces of each line (by position) can still be asked for. One query more than the lines'."""
    rows = ReturnLine.objects.filter(ret__order=order).exclude(ret__state__in=GIVEN_UP)
    taken = dict(rows.order_by().values_list("position").annotate(n=Sum("quantity")))
    return {line.position: max(0, line.quantity - taken.get(line.position, 0)) for line in order.lines.all()}


def worth_of(order: Order, line: OrderLine, quantity: int) -> Decimal:
    """What was paid for so many pieces of a line: its share of the order's total, discounts and taxes included."""
    nets = {one.position: one.price * one.quantity - one.discount for one in order.lines.all()}
    whole = sum(nets.values(), Decimal(0))
    if whole <= 0:
        return Decimal("0.00")
    share = nets[line.position] * quantity / line.quantity / whole
    return min(order.total, (order.total * share).quantize(CENT, ROUND_HALF_UP))


def most_of(line: ReturnLine) -> Decimal:
    """The most that goes back for a checked line: what was paid for the pieces that arrived."""
    pieces = line.quantity if line.arrived is None else line.arrived
    return (line.worth * pieces / line.quantity).quantize(CENT, ROUND_HALF_UP)


def money_left(order: Order, *, besides: Iterable[Refund] = ()) -> Decimal:
    """What was paid, less what went back and what is on its way back. One query."""
    if order.paid_at is None:
        return Decimal("0.00")
    rows = order.refunds.exclude(state=Refund.State.DONE).exclude(pk__in=[one.pk for one in besides])
    on_its_way = rows.aggregate(n=Sum("amount"))["n"] or Decimal(0)
    return max(Decimal("0.00"), order.total - order.refunded - on_its_way)


def default_amounts(ret: Return, left: Decimal) -> dict[int, Decimal]:
    """The full amount for every line, cut where less is left on the order."""
    amounts: dict[int, Decimal] = {}
    for line in ret.lines.all():
        amounts[line.position] = min(most_of(line), left)
        left -= amounts[line.position]
    return amounts


def text_of(amounts: dict[int, Decimal]) -> dict[str, Any]:
    """Amounts by line as the database keeps them."""
    return {str(position): f"{amount:.2f}" for position, amount in sorted(amounts.items())}
