"""What may be proposed, and whether it can still be done: asked once when it is proposed, again at the buyer's yes.

The ways of an order are those of `orders.rules`; nothing here opens another one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Invalid
from orders import rules
from orders.addresses.checks import clean_address
from orders.changes.models import ChangeProposal
from orders.models import Order, OrderStatus, Refund
from orders.return_rules import CENT, CURRENCY, money_left
from sla.models import Metric
from sla.queries import open_clocks

K = ChangeProposal.Kind
ANSWER_WITHIN = timedelta(days=3)  # unless the one who asks says another time
CHOICES = {
    K.CANCEL.value: rules.cancel_choice,
    K.ITEM.value: rules.size_choice,
    K.ADDRESS.value: rules.address_choice,
}
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=30)


def why_not(order: Order, kind: str, details: dict[str, Any]) -> str:
    """Why this cannot be done on the order as it is now, in the active language; "" when it can."""
    if kind in CHOICES:
        choice = CHOICES[kind](order)
        return "" if choice.allowed else choice.reason
    if kind == K.REFUND:
        return _no_refund(order, Decimal(details["amount"]))
    return _no_later(order, details)


def completed(order: Order, kind: str, details: dict[str, Any]) -> dict[str, Any]:
    """Details with what the order itself adds: which promise a later date is about, leaving or arriving."""
    if kind != K.LATER:
        return details
    leaves = order.status in rules.CANCELLABLE
    return {**details, "promise": (Metric.DISPATCH if leaves else Metric.DELIVERY).value}


def end_of(order: Order, day: date) -> datetime:
    """The last second of a day where the order's shop is, so that every date drawn of it is that day; in UTC."""
    zone = ZoneInfo(order.store.calendar.timezone or "UTC")
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone).astimezone(UTC)


def _no_later(order: Order, details: dict[str, Any]) -> str:
    if order.status in rules.OVER or order.status == OrderStatus.DELIVERED:
        return _("The order has ended or arrived, so no later date can be agreed.")
    metric = details["promise"]
    if metric == Metric.DISPATCH and order.status not in rules.CANCELLABLE:
        return _("The parcel has left by now, so no later day for that is needed.")
    due = end_of(order, date.fromisoformat(details["date"]))
    if due <= now():
        return _("That day is over by now.")
    running = [clock.due for clock in open_clocks("order", [order.pk])[order.pk] if clock.metric == metric]
    if any(one is not None and one >= due for one in running):
        return _("What was promised lies no earlier than that. Name a later day.")
    return ""


def _no_refund(order: Order, amount: Decimal) -> str:
    if order.currency != CURRENCY:
        return _("Refunds are paid in USD, the currency of the payment.")
    if order.refunds.filter(ret=None).exclude(state=Refund.State.DONE).exists():
        return _("Money that the buyer agreed to is on its way back already. Propose more once it is paid.")
    left = money_left(order)
    if amount > left:
        told = _("At most %(left)s USD is left of what was paid for this order.")
        return told % {"left": f"{left:.2f}"}
    return ""


def clean_details(kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    """What belongs to a kind, clean: an address in Latin letters, an amount, a date. Raises Invalid by field."""
    if kind == K.ADDRESS:
        return clean_address(raw)
    if kind == K.REFUND:
        return {"amount": f"{_amount(raw.get('amount')):.2f}", "currency": CURRENCY}
    if kind == K.LATER:
        return {"date": _date(raw.get("date")).isoformat()}
    return {}


def _amount(raw: object) -> Decimal:
    try:
        amount = Decimal(str(raw))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(CENT) or amount > 10**9:
        raise Invalid.field("amount", _("Write an amount such as 12.30, above zero."), code="bad_amount")
    return amount


def _date(raw: object) -> date:
    try:
        day = date.fromisoformat(str(raw))
    except ValueError:
        raise Invalid.field("date", _("Write a date such as 2026-12-24."), code="bad_date") from None
    today = now().date()
    if not today < day <= today + timedelta(days=366):
        raise Invalid.field("date", _("The later date lies ahead, within a year."), code="bad_date")
    return day
