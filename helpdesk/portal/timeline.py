"""One list of everything about an order: its record, its promises, tickets and chats. Reads over rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.clock import now
from helpdesk.portal.order_page import promised_days
from helpdesk.templatetags.desk import day, hour, in_two_zones, money, ticket_status, ticket_tone, when
from orders.models import Order
from orders.queries import Entry, record_of
from orders.watch_words import sentence
from sla.models import Clock, ClockState, Metric
from sla.queries import clocks_of, open_clocks, work_calendar
from tickets.models import Channel, Ticket
from tickets.queries import visible_tickets

MOST_TALKS = 50
TELLS = {Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.ESCALATION_ANSWER}


@dataclass(slots=True)
class Item:
    """A line of the timeline. `kind`: rec, pro, talk; `state` of a promise: next, kept, late, broken."""

    kind: str
    at: datetime
    title: str
    text: str = ""
    url: str = ""
    icon: str = ""
    chip: str = ""
    tone: str = ""
    state: str = ""
    by_day: bool = False  # a promise that is due by a day, not by an hour
    seq: int = 0
    metric: str = ""
    date: str = ""  # shown once a day
    time: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """`ahead` and `behind` the present, each newest first."""

    ahead: list[Item]
    behind: list[Item]


def timeline_of(actor: Actor, order: Order, clocks: list[Clock] | None = None) -> Timeline:
    """Everything about an accessed order that this actor may read; six queries, however long it is."""
    promises = clocks if clocks is not None else clocks_of("order", order.pk)
    talks = list(visible_tickets(actor).filter(order=order).order_by("-created_at")[:MOST_TALKS])
    kept = [_promise(clock) for clock in promises]
    items = [*_steps(actor, order, kept), *kept, *map(_talk, talks), *_answers(talks)]
    at = now()
    ahead = sorted(
        (item for item in items if item.state == "next" and item.at > at), key=_order, reverse=True
    )
    behind = sorted(
        (item for item in items if not (item.state == "next" and item.at > at)), key=_order, reverse=True
    )
    _stamp(ahead, ahead=True)
    _stamp(behind, ahead=False)
    return Timeline(ahead, behind)


def _order(item: Item) -> tuple[datetime, int]:
    return item.at, item.seq


def _stamp(items: list[Item], *, ahead: bool) -> None:
    """The date once a day, then times; a promise by its day shows no hour."""
    shown = ""
    for item in items:
        date = day(item.at)
        if ahead:
            item.date = _("by %(day)s") % {"day": item.date or date}
        else:
            item.date, shown = ("" if date == shown else date), date
        item.time = "" if item.by_day else hour(item.at)


# The step that keeps a promise: they are one line.
KEEPS = {
    "order.dispatched": Metric.DISPATCH,
    "order.delivered": Metric.DELIVERY,
    "order.refunded": Metric.REFUND,
    "change.refunded": Metric.REFUND,
}


def _steps(actor: Actor, order: Order, promises: list[Item]) -> list[Item]:
    """The rows of the record; one that kept a promise gives its line to that promise."""
    kept = {
        (item.metric, item.at.replace(microsecond=0)) for item in promises if item.state in ("kept", "late")
    }
    rows = []
    for entry in record_of(actor, order):
        if (KEEPS.get(entry.verb), entry.at.replace(microsecond=0)) in kept:
            continue
        if entry.verb == "parcel.told" and not actor.is_staff:
            continue  # they read the ticket itself
        title = str(entry.text.get("description") or "") if entry.verb == "parcel.scanned" else ""
        below = _with_who(entry, _below(entry), actor)
        rows.append(Item("rec", entry.at, title or entry.title, below, url=_leads_to(entry), seq=entry.seq))
    return rows


def _leads_to(entry: Entry) -> str:
    """The return or the ticket that a step is about."""
    if entry.data.get("return"):
        return reverse("portal:return", args=[entry.data["return"]])
    if entry.data.get("ticket") and entry.verb in (
        "parcel.told",
        "parcel.noted",
        "promise.told",
        "buyer.told",
    ):
        return reverse("portal:ticket", args=[entry.data["ticket"]])
    return ""


def _with_who(entry: Entry, below: str, actor: Actor) -> str:
    """Staff read which person did a step; the buyer, which ones they did themselves. A feed stays unnamed."""
    if entry.actor_kind == "system" or (entry.actor_kind == "staff" and not actor.is_staff):
        return below
    who = _("By %(who)s") % {"who": entry.who}
    return f"{below} · {who}" if below else who


def _below(entry: Entry) -> str:
    """What stands below a step: amounts, the carrier, the place, the reason."""
    facts = {**entry.data, **entry.text}
    if entry.verb == "parcel.added":
        return str(facts.get("carrier") or "")
    if entry.verb == "parcel.scanned":
        return str(facts.get("place") or facts.get("tracking_number") or "")
    if entry.verb == "parcel.late":
        return sentence(
            entry.data["kind"], when(datetime.fromisoformat(entry.data["since"])), entry.data["status"]
        )
    if entry.verb == "promise.told":
        told = datetime.fromisoformat(entry.data["new_due"])
        return (_("More by %(day)s") if entry.data["basis"] == "look" else _("By %(day)s")) % {
            "day": day(told)
        }
    if entry.verb == "promise.moved":
        by = _("By %(day)s") % {"day": day(datetime.fromisoformat(entry.data["to"]))}
        return f"{by} · {facts['reason']}" if facts.get("reason") else by
    if entry.verb in ("order.placed", "order.paid") and facts.get("amount", facts.get("total")):
        return money(facts.get("amount", facts.get("total")), str(facts.get("currency") or "USD"))
    return str(facts.get("reason") or "")


def _promise(clock: Clock) -> Item:
    """A promise of the order: ahead with its day, behind with how it was kept."""
    title = {
        Metric.DISPATCH.value: _("Dispatched"),
        Metric.DELIVERY.value: _("Delivered"),
        Metric.REFUND.value: _("Refund paid out"),
    }.get(clock.metric, _("Promise"))
    due = clock.due or clock.started_at
    days = promised_days(clock)
    last = day(days[1]) if days else day(due)
    item = Item("pro", due, title, by_day=True, date=last if days else "", metric=clock.metric)
    if clock.state in (ClockState.RUNNING, ClockState.PAUSED):
        item.state, item.text = "next", _counted(clock)
    elif clock.state == ClockState.BREACHED:
        item.state, item.chip, item.tone = "broken", _("Late"), "late"
        told = _("Promised by %(day)s. It is on our list, and we told you.")
        item.text = (told if clock.warned_at else _("Promised by %(day)s.")) % {"day": last}
    elif clock.state == ClockState.MET:
        item = _kept(item, clock, last)
    elif clock.state == ClockState.LATE:
        item = _kept(item, clock, last)
        item.state, item.chip, item.tone = "late", _("Promise kept late"), "warn"
    else:
        item.at, item.by_day, item.state = clock.ended_at or due, False, "off"
        item.title = _("Promise ended: %(what)s") % {"what": title}
        item.text = _("Promised by %(day)s.") % {"day": last}
    if item.state != "next":
        item.date = ""
    return item


def _kept(item: Item, clock: Clock, last: str) -> Item:
    item.at, item.by_day, item.state = clock.ended_at or item.at, False, "kept"
    item.chip, item.tone = _("Promise kept"), "ok"
    item.text = _("Promised by %(day)s.") % {"day": last}
    days = promised_days(clock)
    if days and clock.ended_at:
        zone = work_calendar(clock.calendar_version)
        early = zone.workdays_between(clock.ended_at.astimezone(zone.zone).date(), days[1])
        if early > 0:
            words = ngettext("%(what)s, %(n)d working day early", "%(what)s, %(n)d working days early", early)
            item.title = words % {"what": item.title, "n": early}
    return item


def _counted(clock: Clock) -> str:
    """How the days are counted: 12 working days from dispatch, 2 counted so far; and the holidays on the way."""
    if clock.unit != "working_days":
        return ""
    calendar = work_calendar(clock.calendar_version)
    start = calendar.promise(clock.started_at, 0, 0, clock.cutoff)[0]
    so_far = max(0, calendar.workdays_between(start, now().astimezone(calendar.zone).date()))
    since = {Metric.DISPATCH.value: _("payment"), Metric.REFUND.value: _("your yes")}
    what = since.get(clock.metric) or _("dispatch")
    words = ngettext(
        "Promise: %(n)d working day from %(what)s, %(so_far)d counted so far.",
        "Promise: %(n)d working days from %(what)s, %(so_far)d counted so far.",
        clock.target,
    )
    return words % {"n": clock.target, "what": what, "so_far": min(so_far, clock.target)}


def day_counter(clock: Clock) -> tuple[int, int, int]:
    """Working days gone, the most and the least of a running promise."""
    calendar = work_calendar(clock.calendar_version)
    start = calendar.promise(clock.started_at, 0, 0, clock.cutoff)[0]
    gone = calendar.workdays_between(start, now().astimezone(calendar.zone).date())
    return max(0, gone), clock.target, clock.min_target


def _talk(ticket: Ticket) -> Item:
    chat = ticket.channel == Channel.CHAT
    who = ticket.assignee.display_name if ticket.assignee else ""
    number = {"number": ticket.number, "who": who}
    if chat:
        text = _("Chat #%(number)s with %(who)s") % number if who else _("Chat #%(number)s") % number
    elif ticket.opened_by_staff:
        text = _("Ticket #%(number)s, opened by us") % number
    else:
        text = _("Ticket #%(number)s, with %(who)s") % number if who else _("Ticket #%(number)s") % number
    return Item(
        "talk",
        ticket.created_at,
        ticket.subject,
        text,
        url=reverse("portal:ticket", args=[ticket.public_id]),
        icon="message-circle" if chat else "ticket",
        chip=ticket_status(ticket.status),
        tone=ticket_tone(ticket.status),
    )


def _answers(talks: list[Ticket]) -> list[Item]:
    """By when the open tickets are answered."""
    live = {ticket.pk: ticket for ticket in talks if ticket.is_live}
    items = []
    for ticket_id, clocks in open_clocks("ticket", live).items() if live else ():
        told = next((c for c in clocks if c.metric in TELLS and c.due and c.due > now()), None)
        if told is None or told.due is None:
            continue
        ticket = live[ticket_id]
        title = _("Answer to ticket #%(number)s") % {"number": ticket.number}
        words = _("Promise: %(time)s.") % {
            "time": in_two_zones(told.due, told.calendar_version.calendar.timezone)
        }
        url = reverse("portal:ticket", args=[ticket.public_id])
        items.append(Item("pro", told.due, title, words, url=url, state="next"))
    return items
