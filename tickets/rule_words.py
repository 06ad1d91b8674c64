"""Escalation rules in words, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from sla.policy_words import field_words, level_words, metric_words
from sla.queries.versions import DiffLine

Names = Mapping[str, Mapping[str, str]]  # fact: {code: name}

ON_WORDS: dict[str, Callable[[], str]] = {
    "opened": lambda: _("when a ticket is opened"),
    "rated": lambda: _("when a ticket is rated"),
    "warned": lambda: _("when a promise nears its end"),
    "breached": lambda: _("when a promise is broken"),
}


def on_words(on: str) -> str:
    """ "when a ticket is opened"; the code where it has no name."""
    found = ON_WORDS.get(on)
    return found() if found else on


def fact_words(fact: str) -> str:
    """What a fact is called."""
    return {"score": _("Mark"), "metric": _("Promise")}.get(fact) or field_words(fact)


def value_words(fact: str, value: Any, names: Names | None = None) -> str:
    """What a value of a fact is called."""
    if fact == "score":
        return _("%(score)s of 5") % {"score": value}
    if fact == "metric":
        return metric_words(str(value))
    return (names or {}).get(fact, {}).get(str(value), str(value))


def deed_words(deed: Mapping[str, Any], names: Names | None = None) -> str:
    """ "tell the team’s lead", "put the last answer before the lead"."""
    if deed["act"] == "flag":
        return _("put the last answer before the team’s lead")
    return level_words(deed, names)


def match_words(match: Mapping[str, Sequence[Any]], names: Names | None = None) -> list[str]:
    """One phrase for each fact that is named. Empty: it acts on every ticket."""
    return [
        _("%(field)s: %(values)s") % {"field": fact_words(fact), "values": _any_of(fact, values, names)}
        for fact, values in match.items()
    ]


def _any_of(fact: str, values: Sequence[Any], names: Names | None) -> str:
    return _(" or ").join(value_words(fact, one, names) for one in values)


def not_matched(
    match: Mapping[str, Sequence[Any]], facts: Mapping[str, Any], names: Names | None = None
) -> str:
    """Why a rule leaves a ticket alone: the facts that differ, with what the ticket has. Blank: it acts."""
    told = []
    for fact, values in match.items():
        if facts.get(fact) not in values:
            has = facts.get(fact)
            words = {"field": fact_words(fact), "values": _any_of(fact, values, names)}
            words["has"] = _("none") if has in (None, "") else value_words(fact, has, names)
            told.append(_("%(field)s is %(has)s, it wants %(values)s") % words)
    return "; ".join(told)


Said = tuple[str, Mapping[str, Sequence[Any]], Sequence[Mapping[str, Any]]]  # on, match, acts


def rule_differences(old: Said | None, new: Said, names: Names | None = None) -> Iterator[DiffLine]:
    """What one saying of a rule changed in another, in words. `old` None: the rule is new."""
    was = _lines(old, names) if old else []
    now = _lines(new, names)
    for kind, lines in (
        ("removed", [line for line in was if line not in now]),
        ("added", [line for line in now if line not in was]),
    ):
        for line in lines:
            yield DiffLine(kind, line)
    if sorted(was) == sorted(now) and was != now:
        yield DiffLine("changed", _("The order in which it does things"))


def _lines(said: Said, names: Names | None) -> list[str]:
    on, match, acts = said
    facts = [
        _("%(field)s: %(value)s") % {"field": fact_words(fact), "value": value_words(fact, one, names)}
        for fact, values in match.items()
        for one in values
    ]
    deeds = [_("It does: %(deed)s") % {"deed": deed_words(one, names)} for one in acts]
    return [_("It acts %(when)s") % {"when": on_words(on)}, *facts, *deeds]
