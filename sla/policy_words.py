"""Metrics, fields, targets and levels of policies in words, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sla.models import Unit
from sla.words import duration

METRIC_WORDS: dict[str, Callable[[], str]] = {
    "first_response": lambda: _("First response"),
    "next_response": lambda: _("Next response"),
    "resolution": lambda: _("Resolution"),
    "escalation_answer": lambda: _("Escalation answer"),
    "chat_pickup": lambda: _("Chat pick-up"),
    "dispatch": lambda: _("Dispatch"),
    "delivery": lambda: _("Delivery"),
    "refund": lambda: _("Refund"),
    "verification": lambda: _("Verification"),
    "privacy": lambda: _("Privacy request"),
}
FIELD_WORDS: dict[str, Callable[[], str]] = {
    "category": lambda: _("Category"),
    "priority": lambda: _("Priority"),
    "channel": lambda: _("Channel"),
    "member_type": lambda: _("Member type"),
    "team": lambda: _("Team"),
    "store": lambda: _("Store"),
}
Names = Mapping[str, Mapping[str, str]]  # field: {code: name}


def metric_words(metric: str) -> str:
    """What a metric is called; its code where it has no name."""
    found = METRIC_WORDS.get(metric)
    return found() if found else metric


def field_words(field: str) -> str:
    """What a match field is called."""
    found = FIELD_WORDS.get(field)
    return found() if found else field


def target_words(target: Mapping[str, Any]) -> str:
    """ "4 h", "6 to 12 working days", "30 calendar days"."""
    amount, least, unit = target["amount"], target["min_amount"], target["unit"]
    if unit == Unit.DESK_SECONDS:
        return duration(amount)
    days = {"n": amount, "least": least, "most": amount}
    if unit == Unit.WORKING_DAYS:
        if least and least != amount:
            return _("%(least)d to %(most)d working days") % days
        return ngettext("%(n)d working day", "%(n)d working days", amount) % days
    return ngettext("%(n)d calendar day", "%(n)d calendar days", amount) % days


def level_words(level: Mapping[str, Any], names: Names | None = None) -> str:
    """ "tell the lead", "raise the priority to high"; `names` of teams under "team"."""
    act, to = str(level["act"]), str(level["to"])
    team = to.removeprefix("team:")
    aim = {
        "assignee": _("the assignee"),
        "lead": _("the team’s lead"),
        "managers": _("the managers"),
        "tier:2": _("the specialists (tier 2)"),
        "tier:3": _("the managers (tier 3)"),
        "high": _("high"),
        "urgent": _("urgent"),
    }.get(to) or _("the team %(name)s") % {"name": (names or {}).get("team", {}).get(team, team)}
    words = {
        "tell": _("tell %(aim)s"),
        "reassign": _("hand over to %(aim)s"),
        "priority": _("raise the priority to %(aim)s"),
        "escalate": _("escalate to %(aim)s"),
    }.get(act, "%(aim)s")
    return words % {"aim": aim}


def level_when(level: Mapping[str, Any]) -> str:
    """ "when due", "1 h after"."""
    after = int(level["after"])
    return _("%(time)s after") % {"time": duration(after)} if after else _("when due")


def match_words(match: Mapping[str, list[str]], names: Names | None = None) -> list[str]:
    """One phrase for each field that is named: "Priority: urgent or high". Empty: it matches everything."""
    told = []
    for field, codes in match.items():
        known = (names or {}).get(field, {})
        values = _(" or ").join(known.get(code, code) for code in codes)
        told.append(_("%(field)s: %(values)s") % {"field": field_words(field), "values": values})
    return told


def not_matched(match: Mapping[str, list[str]], facts: Mapping[str, str], names: Names | None = None) -> str:
    """Why a policy did not match, in words: the fields that differ, with what the ticket has."""
    told = []
    for field, codes in match.items():
        if codes and facts.get(field, "") not in codes:
            known = (names or {}).get(field, {})
            has = facts.get(field, "")
            values = _(" or ").join(known.get(code, code) for code in codes)
            words = {"field": field_words(field), "has": known.get(has, has) or _("none"), "values": values}
            told.append(_("%(field)s is %(has)s, it wants %(values)s") % words)
    return "; ".join(told)
