"""Deeds in words: what a macro or a change to many will do, before it does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.queries import team_by_code
from core.errors import NotFound
from tickets import words

KNOWN = ("priority", "team", "assignee", "add_tags", "remove_tags", "status")  # in this order


def lines_of(deeds: dict[str, Any]) -> list[str]:
    """What these deeds will do, in words, in the order in which they are done."""
    said: dict[str, Callable[[Any], str]] = {
        "priority": lambda v: _("Priority: %(to)s") % {"to": words.name_of(words.PRIORITY_NAMES, v)},
        "team": _team_line,
        "assignee": _assignee_line,
        "add_tags": lambda v: _("Tags: %(list)s") % {"list": ", ".join(f"+{name}" for name in v)},
        "remove_tags": lambda v: _("Tags: %(list)s") % {"list": ", ".join(f"−{name}" for name in v)},
        "status": lambda v: _("Status: %(status)s") % {"status": words.name_of(words.STATUS_NAMES, v)},
    }
    return [said[name](deeds[name]) for name in KNOWN if name in deeds]


def deeds_shape(deeds: dict[str, Any]) -> list[dict[str, Any]]:
    """Deeds as pages take them: name, value and the line in words, in the order in which they are done."""
    names = [name for name in KNOWN if name in deeds]
    lines = zip(names, lines_of(deeds), strict=True)
    return [{"name": name, "value": deeds[name], "line": line} for name, line in lines]


def _team_line(value: str) -> str:
    """A team that is gone meanwhile is told by its code: doing it says what is wrong."""
    try:
        name = team_by_code(value).name
    except NotFound:
        name = value
    return _("To the team: %(to)s") % {"to": name}


def _assignee_line(value: str) -> str:
    if value == "me":
        return _("Assigned to you")
    if value == "nobody":
        return _("Assigned to nobody")
    person = Person.objects.filter(public_id=value).first()
    return _("Assigned to %(who)s") % {"who": person.display_name if person else "?"}
