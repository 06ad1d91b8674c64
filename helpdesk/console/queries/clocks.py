"""A clock as the console shows it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from core.clock import now
from sla.clocks import used_at
from sla.models import Clock, ClockState, Metric, Unit
from sla.queries import Hand

METRICS = {
    Metric.FIRST_RESPONSE: gettext_lazy("First response"),
    Metric.NEXT_RESPONSE: gettext_lazy("Next response"),
    Metric.RESOLUTION: gettext_lazy("Resolution"),
    Metric.ESCALATION_ANSWER: gettext_lazy("Escalation"),
    Metric.DISPATCH: gettext_lazy("Dispatch"),
    Metric.DELIVERY: gettext_lazy("Delivery"),
    Metric.REFUND: gettext_lazy("Refund"),
    Metric.CHAT_PICKUP: gettext_lazy("Chat pick-up"),
}


def state_of(clock: Clock | Hand) -> str:
    """ok, warn, late or paused, as it is now."""
    warned = clock.warned if isinstance(clock, Hand) else clock.warned_at is not None
    if clock.state == ClockState.PAUSED:
        return "paused"
    if clock.state == ClockState.BREACHED or (clock.due and clock.due < now()):
        return "late"
    return "warn" if warned or (clock.warn_at and clock.warn_at <= now()) else "ok"


def used_percent(clock: Clock) -> int | None:
    """How much of a target in desk time is gone, 0 to 100; None for promises by days and by an instant."""
    if clock.unit != Unit.DESK_SECONDS or not clock.target:
        return None
    return min(100, max(0, round(100 * used_at(clock, clock.ended_at or now()) / clock.target)))
