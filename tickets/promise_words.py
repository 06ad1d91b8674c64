"""What the buyer reads when a promise comes near its date, is told anew, or ends; in the active language.

Dates are the store's, with the buyer's beside them where their clock shows another time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from orders.models import Order, TrackingEvent
from orders.new_dates import NewDate
from orders.queries import Telling
from sla.models import Clock
from sla.words import day_words, place_words, time_words
from tickets.words import METRIC_NAMES, instant, name_of, register_line


def in_two_zones(at: datetime, desk: str, reader: str) -> str:
    """Mon 23 Nov 18:00 in New York (Tue 24 Nov 07:00 for you); IANA names of zones, blank is UTC."""
    at = at.replace(second=0, microsecond=0)  # a scan's seconds say nothing to a reader
    there, here = at.astimezone(ZoneInfo(desk or "UTC")), at.astimezone(ZoneInfo(reader or "UTC"))
    moment = f"{day_words(there.date())} {time_words(there)}"
    told = _("%(moment)s in %(place)s") % {"moment": moment, "place": place_words(ZoneInfo(desk or "UTC"))}
    if here.utcoffset() == there.utcoffset():
        return told
    mine = time_words(here) if here.date() == there.date() else f"{day_words(here.date())} {time_words(here)}"
    return _("%(told)s (%(mine)s for you)") % {"told": told, "mine": mine}


def _moment(order: Order, at: datetime) -> str:
    return in_two_zones(at, order.store.calendar.timezone, order.person.timezone)


# A warning -----------------------------------------------------------------------------------------------


def first(order: Order, clock: Clock, told: NewDate, scan: TrackingEvent | None) -> tuple[str, str]:
    """Subject and body of the ticket that a promise at risk opens."""
    facts = {"number": order.number, "due": _moment(order, clock.due or told.due)}
    if clock.metric == "delivery":
        subject = _("Your parcel for order %(number)s may arrive late")
        promised = _("We promised that your order %(number)s arrives by %(due)s. That is getting close.")
    elif clock.metric == "dispatch":
        subject = _("Your order %(number)s may leave us late")
        promised = _("We promised to hand your order %(number)s over by %(due)s. That is getting close.")
    else:
        subject = _("A promise on your order %(number)s may be kept late")
        promised = _("We gave you our word on your order %(number)s until %(due)s. That is getting close.")
    parts = [promised % facts, what_is_left(order, told.basis, scan), _what_now(order, clock.metric, told)]
    return subject % facts, "\n\n".join([*filter(None, parts), _("You do not have to do anything.")])


def again(order: Order, clock: Clock, told: NewDate, said: Telling, scan: TrackingEvent | None) -> str:
    """The body of the second message: what was told has not come true."""
    facts = {"number": order.number, "due": _moment(order, said.due)}
    if said.is_date:
        begun = _("We told you %(due)s for your order %(number)s, and it has not happened. We are sorry.")
    else:
        begun = _("We said that we tell you more about your order %(number)s by %(due)s.")
    parts = [begun % facts, what_is_left(order, told.basis, scan), _what_now(order, clock.metric, told)]
    ends = _("The head of our desk has it now. Write here if you would rather have another way out.")
    return "\n\n".join([*filter(None, parts), ends])


def what_is_left(order: Order, basis: str, scan: TrackingEvent | None) -> str:
    """What has happened and what has not."""
    if basis in ("door", "moving", "look") and order.dispatched_at:
        return _seen(order, basis, scan)
    return {
        "review": _("It is still being checked; packing it and handing it over come after that."),
        "pack": _("It is checked, and still has to be packed and handed to the carrier."),
        "hand_over": _("It is packed, and still has to be handed to the carrier."),
    }.get(basis, _("We have no news yet that a date could be built on."))


def _seen(order: Order, basis: str, scan: TrackingEvent | None) -> str:
    if scan is None:
        return _("The carrier has not told us anything about the parcel yet.")
    facts = {"what": scan.description, "when": _moment(order, scan.at)}
    if basis == "look":
        return _("The carrier's last word was “%(what)s”, %(when)s; nothing since.") % facts
    return _("The carrier's last word was “%(what)s”, %(when)s.") % facts


def _what_now(order: Order, metric: str, told: NewDate) -> str:
    facts = {"new": _moment(order, told.due)}
    if not told.is_date:
        return _("We look into it and tell you more by %(new)s.") % facts
    if told.holds:
        return _("We still expect to keep the date: %(new)s. Should that change, you read it here.") % facts
    if metric == "delivery":
        return _("We now expect it to arrive by %(new)s.") % facts
    return _("We now expect to hand it over by %(new)s.") % facts


# How it ended ---------------------------------------------------------------------------------------------


def ended(order: Order, metric: str, how: str, at: datetime) -> str:
    """The body when a promise was kept after all, or late."""
    facts = {"number": order.number, "when": _moment(order, at)}
    if metric == "delivery":
        done = _("Your order %(number)s arrived: %(when)s.") % facts
    elif metric == "dispatch":
        done = _("Your order %(number)s has left us: %(when)s.") % facts
    else:
        done = _("It is done for your order %(number)s: %(when)s.") % facts
    sorry = _("That was later than we promised, and we are sorry.") if how == "late" else ""
    return "\n\n".join(filter(None, [done, _way(order) if metric == "dispatch" else "", sorry]))


def _way(order: Order) -> str:
    parcel = next((one for one in order.shipments.all() if one.tracking_number), None)
    if parcel is None:
        return ""
    facts = {"carrier": parcel.carrier or _("the carrier"), "tracking": parcel.tracking_number}
    return _("It travels with %(carrier)s, tracking number %(tracking)s.") % facts


# Lines of the thread ---------------------------------------------------------------------------------------


def _what(data: dict[str, Any]) -> str:
    return name_of(METRIC_NAMES, data.get("metric"))


def _missed(data: dict[str, Any], who: str, zone: str) -> str:
    names = {"what": _what(data), "when": instant(data.get("due"), zone)}
    return _("%(what)s: the promised time has passed, %(when)s") % names


def _ended(data: dict[str, Any], who: str, zone: str) -> str:
    names = {"what": _what(data), "when": instant(data.get("at"), zone)}
    return {
        "kept": _("%(what)s: promise kept, %(when)s"),
        "late": _("%(what)s: promise kept late, %(when)s"),
    }.get(str(data.get("how")), _("%(what)s: the promise has ended with the order, %(when)s")) % names


def _passed(data: dict[str, Any], who: str, zone: str) -> str:
    names = {"what": _what(data), "when": instant(data.get("due"), zone), "leads": data.get("leads", "")}
    told = _("%(what)s: the date that the buyer was told has passed too, %(when)s") % names
    return _("%(told)s. For %(leads)s") % {"told": told, **names} if names["leads"] else told


def _over(data: dict[str, Any], who: str, zone: str) -> str:
    if data.get("how") == "cancelled":
        return _("The promise ended with the order. Say what is left to say, then solve")
    return _("The promise is met and the buyer was told. Say what is left to say, then solve")


register_line("promise.missed", _missed)
register_line("promise.ended", _ended)
register_line("promise.told_date_passed", _passed)
register_line("promise.over", _over)
