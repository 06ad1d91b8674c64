"""What was promised on an order, each with its date, how it stands, why that date, and what was told since.

Reads only: one query for what was told (where a warning was given), one for all the receipts.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.clock import now
from helpdesk.portal.order_page import promised_days
from helpdesk.templatetags.desk import day, in_two_zones, is_same_zone, when
from orders import words
from orders.models import Order
from orders.queries import Telling, tellings
from sla.models import Clock, ClockState
from sla.receipts import Line, receipt


@dataclass(frozen=True, slots=True)
class Shown:
    """A promise as pages draw it. `state`: ok, warn, late, kept, kept-late, off; `tone` is the chip's class.

    `by`: the date in the desk's zone and the reader's. `left`: what is still to be done, `told`: what the
    buyer was told since, both "" for nothing; `new_day`: that date, as long as it lies ahead. `ticket` is the
    public id of where. `lines`: the receipt.
    """

    clock: Clock
    title: str
    state: str
    chip: str
    tone: str
    by: str
    ended: str
    left: str
    told: str
    new_day: str
    ticket: str
    lines: list[Line]

    @property
    def needs_eyes(self) -> bool:
        """Not as promised: it stands above what goes well."""
        return self.state in ("warn", "late")

    @property
    def ticket_url(self) -> str:
        return reverse("portal:ticket", args=[self.ticket]) if self.ticket else ""


def promises_of(order: Order, clocks: list[Clock], *, receipts: bool = True) -> list[Shown]:
    """The promises of an accessed order, those that are in danger first; `clocks` are all that it ever had."""
    if receipts:
        prefetch_related_objects(clocks, "transitions")
    told = tellings(order.pk) if any(clock.warned_at for clock in clocks) else {}
    shown = [_shown(clock, told.get(clock.metric), receipts=receipts) for clock in clocks]
    return sorted(shown, key=lambda one: (not one.needs_eyes, not one.clock.is_open))


def _shown(clock: Clock, told: Telling | None, *, receipts: bool) -> Shown:
    state = state_of(clock)
    chip, tone = _chip(state)
    return Shown(
        clock=clock,
        title=words.promise_title(clock.metric),
        state=state,
        chip=chip,
        tone=tone,
        by=by_words(clock),
        ended=when(clock.ended_at) if state in ("kept", "kept-late") else "",
        left=left_words(told) if clock.is_open else "",
        told=told_words(told, clock) if told and clock.is_open else "",
        new_day=day(told.due) if told and told.is_date and told.due > now() else "",
        ticket=told.ticket if told else "",
        lines=receipt(clock, zone=timezone.get_current_timezone_name()) if receipts else [],
    )


def late_headline(shown: list[Shown]) -> str:
    """What a late order says first when its buyer was told a new date that lies ahead; "" otherwise."""
    late = next((one for one in shown if one.state == "late" and one.new_day), None)
    if late is None:
        return ""
    return _("Late: now expected by %(new)s") % {"new": late.new_day}


def state_of(clock: Clock) -> str:
    """How a promise stands at this second, whether the ticker has noticed or not."""
    if clock.state == ClockState.MET:
        return "kept"
    if clock.state == ClockState.LATE:
        return "kept-late"
    if clock.state == ClockState.CANCELLED:
        return "off"
    at = now()
    if clock.state == ClockState.BREACHED or (clock.due is not None and clock.due < at):
        return "late"
    return "warn" if clock.warned_at or (clock.warn_at and clock.warn_at <= at) else "ok"


def _chip(state: str) -> tuple[str, str]:
    return {
        "ok": (_("On time"), "go"),
        "warn": (_("May be late"), "warn"),
        "late": (_("Late"), "late"),
        "kept": (_("Promise kept"), "ok"),
        "kept-late": (_("Promise kept late"), "warn"),
        "off": (_("Ended"), ""),
    }[state]


def by_words(clock: Clock) -> str:
    """Thu 26 Nov, 6:00 PM in New York (Fri 27 Nov, 7:00 AM for you); the day alone where both read the same."""
    if clock.due is None:
        return ""
    zone = clock.calendar_version.calendar.timezone
    days = promised_days(clock)
    if days and is_same_zone(clock.due, zone):
        return day(days[1])
    return in_two_zones(clock.due, zone)


def told_words(told: Telling, clock: Clock) -> str:
    """What the buyer was told last about an open promise, as one line."""
    zone = clock.calendar_version.calendar.timezone
    moment = {"new": in_two_zones(told.due, zone)}
    if not told.is_date:
        return _("We look into it and tell you more by %(new)s.") % moment
    if told.holds:
        return _("We still expect to keep the date: %(new)s.") % moment
    return _("The new date: %(new)s.") % moment


def left_words(told: Telling | None) -> str:
    """What is left to do, or where it is, by what the date was counted from."""
    return (
        {
            "review": _("It is still being checked; packing it and handing it over come after that."),
            "pack": _("It is checked, and still has to be packed and handed to the carrier."),
            "hand_over": _("It is packed, and still has to be handed to the carrier."),
            "door": _("The carrier has it out for delivery."),
            "moving": _("The carrier has it, and it is on its way."),
            "look": _("We have no news yet that a date could be built on."),
        }.get(told.basis, "")
        if told
        else ""
    )
