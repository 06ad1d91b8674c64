"""The human line of an event row, in the active language. Instants are written in the zone that is given."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import dateparse
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from core.clock import now
from sla.words import day_words, place_words

Data = dict[str, Any]

STATUS_NAMES: dict[str, Callable[[], str]] = {
    "new": lambda: _("new"),
    "open": lambda: _("open"),
    "waiting": lambda: _("waiting for the buyer"),
    "on_hold": lambda: _("on hold"),
    "solved": lambda: _("solved"),
    "closed": lambda: _("closed"),
}
PRIORITY_NAMES: dict[str, Callable[[], str]] = {
    "low": lambda: _("low"),
    "normal": lambda: _("normal"),
    "high": lambda: _("high"),
    "urgent": lambda: _("urgent"),
}
FLAG_NAMES: dict[str, Callable[[], str]] = {
    "empty": lambda: _("the reply says next to nothing"),
    "canned_on_escalated": lambda: _("a ready-made text alone on a question that was escalated"),
    "solved_unanswered": lambda: _("solved while the buyer waits for an answer"),
    "low_mark": lambda: _("the buyer gave a low mark"),
}
REDACTION_NAMES: dict[str, Callable[[], str]] = {
    "card": lambda: _("a card number"),
    "address": lambda: _("an address"),
    "password": lambda: _("a password"),
    "other_person": lambda: _("somebody else’s data"),
    "asked": lambda: _("its writer asked for it"),
}
METRIC_NAMES: dict[str, Callable[[], str]] = {
    "first_response": lambda: _("First response"),
    "next_response": lambda: _("Next response"),
    "resolution": lambda: _("Resolution"),
    "escalation_answer": lambda: _("The specialist’s answer"),
    "chat_pickup": lambda: _("Chat pick-up"),
    "dispatch": lambda: _("Dispatch"),
    "delivery": lambda: _("Delivery"),
    "refund": lambda: _("Refund"),
}

# What a shop begins with; a category keeps its name as data, and shows it through the catalogues (Category.label).
FIRST_CATEGORIES = (
    (gettext_noop("A product"), gettext_noop("Materials, sizes, use, what goes with what")),
    (gettext_noop("An order"), gettext_noop("Payment, address, cancelling")),
    (gettext_noop("A delivery"), gettext_noop("Where a parcel is, what a carrier says")),
    (gettext_noop("A return or refund"), gettext_noop("Something is wrong, or does not fit")),
    (gettext_noop("A suggestion"), gettext_noop("Each has an owner and an outcome")),
    (gettext_noop("A complaint"), gettext_noop("Something went wrong, and we should know")),
    (gettext_noop("My account"), gettext_noop("Sign-in, verification, a forgotten account")),
)


def name_of(names: dict[str, Callable[[], str]], code: object) -> str:
    """The translated name of a code; the code itself where there is none."""
    found = names.get(str(code))
    return found() if found else str(code)


def instant(value: str | datetime | None, zone: str) -> str:
    """ "Wed 18 Nov, 3:00 PM in New York": a moment in a zone, with its year when that is not this one."""
    at = dateparse.parse_datetime(value) if isinstance(value, str) else value
    if at is None:
        return ""
    try:
        where = zoneinfo.ZoneInfo(zone or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        where = zoneinfo.ZoneInfo("UTC")
    local = at.astimezone(where)
    day = day_words(local.date(), year=local.year != now().astimezone(where).year)
    told = {"day": day, "hour": format_date(local, pgettext("date", "g:i A"))}
    moment = pgettext("date", "%(day)s, %(hour)s") % told
    return _("%(moment)s in %(place)s") % {"moment": moment, "place": place_words(where)}


def _opened(data: Data, who: str, zone: str) -> str:
    return _("%(who)s opened this ticket") % {"who": who}


def _taken(data: Data, who: str, zone: str) -> str:
    return _("%(who)s took this ticket") % {"who": who}


def _assigned(data: Data, who: str, zone: str) -> str:
    to = " · ".join(filter(None, [data.get("team_name"), data.get("to_name")]))
    if data.get("auto"):
        return _("Assigned to %(to)s by the first reply") % {"to": to}
    if not to:
        return _("%(who)s took the assignment away") % {"who": who}
    return _("%(who)s assigned this to %(to)s") % {"who": who, "to": to}


def _status(data: Data, who: str, zone: str) -> str:
    return _("Status: %(status)s") % {"status": name_of(STATUS_NAMES, data.get("to"))}


def _solved(data: Data, who: str, zone: str) -> str:
    return _("%(who)s marked this as solved") % {"who": who}


def _closed(data: Data, who: str, zone: str) -> str:
    return _("This ticket was closed")


def _reopened(data: Data, who: str, zone: str) -> str:
    return _("%(who)s opened this again") % {"who": who}


def _priority(data: Data, who: str, zone: str) -> str:
    names = {"from": name_of(PRIORITY_NAMES, data.get("from")), "to": name_of(PRIORITY_NAMES, data.get("to"))}
    return _("Priority: %(from)s → %(to)s") % names


def _category(data: Data, who: str, zone: str) -> str:
    return _("Category: %(to)s") % {"to": data.get("to_name", data.get("to", ""))}


def _escalated(data: Data, who: str, zone: str) -> str:
    line = _("A specialist looks into this. You get the complete answer by %(when)s.")
    told = line % {"when": instant(data.get("promised_for"), zone)}
    return f"{told} {data['words']}" if data.get("words") else told


def _asked(data: Data, who: str, zone: str) -> str:
    names = {"who": who, "team": data.get("team_name", ""), "question": data.get("question", "")}
    return _("%(who)s asked %(team)s: %(question)s") % names


def _returned(data: Data, who: str, zone: str) -> str:
    return _("%(who)s gave the question back: %(words)s") % {"who": who, "words": data.get("words", "")}


def _answered(data: Data, who: str, zone: str) -> str:
    return _("%(who)s answered the question") % {"who": who}


def _breached(data: Data, who: str, zone: str) -> str:
    names = {"metric": name_of(METRIC_NAMES, data.get("metric")), "when": instant(data.get("due"), zone)}
    return _("%(metric)s was due %(when)s") % names


def _level(data: Data, who: str, zone: str) -> str:
    names = {
        "policy": data.get("policy", ""),
        "n": data.get("level", ""),
        "metric": name_of(METRIC_NAMES, data.get("metric")),
        "when": instant(data.get("due"), zone),
        "does": _level_deed(data),
    }
    return _("“%(policy)s”, level %(n)s: %(does)s (%(metric)s was due %(when)s)") % names


def _level_deed(data: Data) -> str:
    if not data.get("done", True):
        return _("nothing was left to do")
    names = data.get("names", "")
    said = {
        "tell": _("%(names)s was told"),
        "reassign": _("handed over to %(names)s"),
        "priority": _("priority raised to %(to)s"),
        "escalate": _("%(names)s was asked"),
    }.get(str(data.get("act")), "")
    return said % {"names": names, "to": name_of(PRIORITY_NAMES, data.get("to"))}


def _rule(data: Data, who: str, zone: str) -> str:
    deeds = [_rule_deed(one) for one in data.get("did", ())]
    does = ", ".join(filter(None, deeds)) or _("nothing was left to do")
    return _("Rule “%(rule)s”: %(does)s") % {"rule": data.get("rule", ""), "does": does}


def _rule_deed(deed: Data) -> str:
    if deed.get("act") == "flag":
        return _("the answer lies before the lead")
    return _level_deed(deed)


def _article(data: Data, who: str, zone: str) -> str:
    return _("%(who)s made a draft article of an answer: %(title)s") % {
        "who": who,
        "title": data.get("title", ""),
    }


def _rated(data: Data, who: str, zone: str) -> str:
    return _("%(who)s rated this %(score)s of 5") % {"who": who, "score": data.get("score", "")}


def _simple(line: Callable[[], str]) -> Callable[[Data, str, str], str]:
    """A line of one sentence that names who, and what its data holds."""
    return lambda data, who, zone: line() % {**data, "who": who}


def _listed(data: Data, who: str, zone: str) -> str:
    parts = [f"+{name}" for name in data.get("added", ())] + [f"−{name}" for name in data.get("removed", ())]
    return ", ".join(parts)


def _tagged(data: Data, who: str, zone: str) -> str:
    return _("Tags: %(list)s") % {"list": _listed(data, who, zone)}


def _copies(data: Data, who: str, zone: str) -> str:
    return _("%(who)s changed who gets a copy: %(list)s") % {"who": who, "list": _listed(data, who, zone)}


def _flagged(data: Data, who: str, zone: str) -> str:
    why = ", ".join(name_of(FLAG_NAMES, one) for one in data.get("reasons", ()))
    return _("A lead looks at this: %(why)s") % {"why": why}


def _redacted(data: Data, who: str, zone: str) -> str:
    why = name_of(REDACTION_NAMES, data.get("reason"))
    return _("%(who)s took something out for good: %(why)s") % {"who": who, "why": why}


_LINES: dict[str, Callable[[Data, str, str], str]] = {
    "ticket.opened": _opened,
    "ticket.taken": _taken,
    "ticket.assigned": _assigned,
    "ticket.status": _status,
    "ticket.solved": _solved,
    "ticket.closed": _closed,
    "ticket.reopened": _reopened,
    "ticket.priority": _priority,
    "ticket.category": _category,
    "ticket.escalated": _escalated,
    "escalation.asked": _asked,
    "escalation.returned": _returned,
    "escalation.answered": _answered,
    "escalation.accepted": _simple(lambda: _("%(who)s looks at the question")),
    "escalation.asked_back": _simple(lambda: _("%(who)s asks back: %(words)s")),
    "escalation.told": _simple(lambda: _("%(who)s answered what was asked back: %(words)s")),
    "escalation.passed": _simple(lambda: _("%(who)s passed the question on to %(team_name)s: %(words)s")),
    "ticket.rule": _rule,
    "ticket.article": _article,
    "clock.breached": _breached,
    "clock.level": _level,
    "ticket.rated": _rated,
    "ticket.tagged": _tagged,
    "ticket.copies": _copies,
    "message.flagged": _flagged,
    "message.redacted": _redacted,
    "file.redacted": _redacted,
    "message.amended": _simple(lambda: _("%(who)s amended a message")),
    "message.withdrawn": _simple(lambda: _("What came from #%(number)s went back there")),
    "ticket.watched": _simple(lambda: _("%(who_name)s watches this ticket")),
    "ticket.unwatched": _simple(lambda: _("%(who_name)s watches no longer")),
    "ticket.merged": _simple(lambda: _("This goes on in ticket #%(number)s")),
    "ticket.merged_in": _simple(lambda: _("What was said in ticket #%(number)s stands here from now on")),
    "ticket.unmerged": _simple(lambda: _("Taken apart again from ticket #%(number)s")),
    "ticket.split": _simple(lambda: _("A part of this became ticket #%(number)s")),
    "ticket.split_from": _simple(lambda: _("Split out of ticket #%(number)s")),
    "ticket.followed": _simple(lambda: _("It goes on in ticket #%(number)s")),
    "ticket.follows": _simple(lambda: _("Goes on from ticket #%(number)s")),
    "ticket.incident": _simple(lambda: _("A case of the problem in #%(number)s")),
    "ticket.has_incident": _simple(lambda: _("#%(number)s is a case of this problem")),
    "ticket.no_incident": _simple(lambda: _("No longer a case of the problem in #%(number)s")),
    "ticket.exported": _simple(lambda: _("%(who)s took a copy of the whole ticket along")),
    "ticket.spam": _simple(lambda: _("%(who)s marked this as spam")),
    "ticket.not_spam": _simple(lambda: _("%(who)s says this is no spam")),
}


def register_line(verb: str, line: Callable[[Data, str, str], str]) -> None:
    """Rooms above name the line of their own verbs: `line(data, who, zone)`."""
    _LINES[verb] = line


def line_of(verb: str, data: Data, who: str, zone: str) -> str:
    """What an event row says. A verb without a line shows its own `text`, else nothing."""
    make = _LINES.get(verb)
    return make(data, who, zone) if make else str(data.get("text", ""))
