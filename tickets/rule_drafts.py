"""An escalation rule before it is saved, and everything that can be wrong with it. Pure: nothing is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Person
from core.errors import Invalid
from sla.problems import Problems, check_code_and_name
from tickets.models import Channel, EscalationRule, Priority
from tickets.rule_words import fact_words

On = EscalationRule.On
BY_CLOCK = (On.WARNED.value, On.BREACHED.value)
FACTS = ("category", "team", "member_type", "priority", "channel", "score", "metric")
METRICS = ("first_response", "next_response", "resolution", "escalation_answer")
SCORES = (1, 2, 3, 4, 5)
MOST_DEEDS = 5
# What a rule does, and to whom or what; "team:" stands for team:<code>.
TARGETS: dict[str, tuple[str, ...]] = {
    "priority": ("high", "urgent"),
    "tell": ("assignee", "lead", "managers", "team:"),
    "reassign": ("lead", "team:"),
    "flag": ("lead",),
    "escalate": ("tier:2", "tier:3"),
}
# The values of facts that the house fixes; categories and teams are the shop's own.
FIXED: dict[str, tuple[Any, ...]] = {
    "member_type": tuple(Person.MemberType.values),
    "priority": tuple(Priority.values),
    "channel": tuple(Channel.values),
    "score": SCORES,
    "metric": METRICS,
}


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """On what a rule acts, for which tickets, and what it does, in order."""

    code: str
    name: str
    on: str
    match: dict[str, list[Any]]
    acts: tuple[dict[str, str], ...]

    @classmethod
    def of(
        cls,
        *,
        code: str,
        name: str,
        on: str,
        match: Mapping[str, Any],
        acts: Sequence[Mapping[str, Any]],
    ) -> RuleDraft:
        """The draft of what a door was given; a fact without values matches everything."""
        wanted = {fact: _values(fact, values) for fact, values in sorted(match.items()) if values}
        deeds = tuple({"act": str(one.get("act", "")), "to": str(one.get("to", ""))} for one in acts)
        return cls(code, name.strip(), on, wanted, deeds)

    def problems(self, known: Mapping[str, Any] | None = None) -> dict[str, list[str]]:
        """Everything that is wrong, by field (code, name, on, match, acts); empty when nothing is.

        `known`: the shop's codes under "category" and "team"; None: those are not looked at.
        """
        found = Problems()
        check_code_and_name(found, self.code, self.name)
        if self.on not in On.values:
            found.add(
                "on", _("A rule acts when a ticket is opened or rated, or when a promise nears or breaks.")
            )
        for words in _match_problems(self.on, self.match, known or {}):
            found.add("match", words)
        for words in _deed_problems(self.on, self.acts, known or {}):
            found.add("acts", words)
        return found.found()

    def check(self, known: Mapping[str, Any] | None = None) -> None:
        """Raise Invalid with every field that is wrong."""
        if found := self.problems(known):
            raise Invalid(fields=found)


def _values(fact: str, values: Any) -> list[Any]:
    """Each value once, in order; a mark that came as text is a number. What is no plain list stays to be refused."""
    if not isinstance(values, list | tuple):
        return [values, None]
    if not all(_is_plain(one) for one in values):
        return list(values)
    read = [int(one) if fact == "score" and one in list("12345") else one for one in values]
    return sorted(dict.fromkeys(read), key=str)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _match_problems(on: str, match: Mapping[str, list[Any]], known: Mapping[str, Any]) -> Iterator[str]:
    for fact, values in match.items():
        if fact not in FACTS:
            yield _("A rule cannot look at “%(fact)s”; it can look at %(known)s.") % {
                "fact": fact,
                "known": ", ".join(FACTS),
            }
        elif fact == "score" and on != On.RATED:
            yield _("A mark is known only once a ticket is rated.")
        elif fact == "metric" and on not in BY_CLOCK:
            yield _("Which promise it is, is known only when one nears or breaks.")
        else:
            allowed = FIXED.get(fact, known.get(fact))
            for value in values:
                if not _is_plain(value) or (allowed is not None and value not in allowed):
                    words = {"field": fact_words(fact), "value": "" if value is None else value}
                    yield _("%(field)s cannot be “%(value)s”.") % words


def _deed_problems(on: str, acts: Sequence[Mapping[str, str]], known: Mapping[str, Any]) -> Iterator[str]:
    if not acts:
        yield _("A rule does at least one thing.")
    if len(acts) > MOST_DEEDS:
        yield _("A rule does at most %(n)d things.") % {"n": MOST_DEEDS}
    for number, one in enumerate(acts, 1):
        yield from deed_problems(on, number, one, known)
    pairs = [(one["act"], one["to"]) for one in acts]
    if len(set(pairs)) < len(pairs):
        yield _("A rule does each thing once.")


def deed_problems(on: str, number: int, one: Mapping[str, str], known: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one thing that a rule does; `number` counts from 1."""
    act, to = one["act"], one["to"]
    aims = TARGETS.get(act, ())
    is_team = to.startswith("team:") and "team:" in aims
    if is_team and "team" in known and to.removeprefix("team:") not in known["team"]:
        yield _("%(n)d: there is no such team.") % {"n": number}
    elif not is_team and (to not in aims or to == "team:"):
        yield _("%(n)d: choose what is done, and to whom.") % {"n": number}
    elif act == "flag" and on == On.OPENED:
        yield _("%(n)d: a ticket that was just opened has no answer that a lead could look at.") % {
            "n": number
        }
