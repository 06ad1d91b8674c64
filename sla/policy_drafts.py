"""A policy before it is saved, and everything that can be wrong with it. Pure: nothing is read or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from core.errors import Invalid
from sla._windows import read_time
from sla.clocks import DEFAULT_WARN_PERCENT
from sla.models import Metric, Unit
from sla.problems import Problems, check_code_and_name

MATCH_FIELDS = ("category", "priority", "channel", "member_type", "team", "store")
POLICY_UNITS = (Unit.DESK_SECONDS, Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
LARGEST = {Unit.DESK_SECONDS: 366 * 86_400, Unit.WORKING_DAYS: 500, Unit.CALENDAR_DAYS: 730}
TARGET_FIELDS = ("metric", "amount", "unit", "min_amount", "cutoff", "warn_percent", "levels")
LEVEL_FIELDS = ("after", "act", "to")
MOST_LEVELS = 5
# What a level does, and to whom or what; "team:" stands for team:<code>.
ACTS: dict[str, tuple[str, ...]] = {
    "tell": ("assignee", "lead", "managers", "team:"),
    "reassign": ("lead", "team:"),
    "priority": ("high", "urgent"),
    "escalate": ("tier:2", "tier:3"),
}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """Whom a policy is for and what it promises. `targets` are complete rows of TARGET_FIELDS."""

    code: str
    name: str
    match: dict[str, list[str]]
    targets: tuple[Row, ...]

    @classmethod
    def of(
        cls,
        *,
        code: str,
        name: str,
        match: Mapping[str, Sequence[str]],
        targets: Sequence[Mapping[str, Any]],
    ) -> PolicyDraft:
        """The draft of what a door was given; fields left blank match everything, plain values are filled in."""
        wanted = {field: sorted(set(values)) for field, values in sorted(match.items()) if values}
        return cls(code, name.strip(), wanted, tuple(complete(target) for target in targets))

    def problems(self) -> dict[str, list[str]]:
        """Everything that is wrong, by field (code, name, match, targets); empty when nothing is."""
        problems = Problems()
        check_code_and_name(problems, self.code, self.name)
        _check_match(problems, self.match)
        _check_targets(problems, self.targets)
        return problems.found()

    def check(self) -> None:
        """Raise Invalid with every field that is wrong."""
        if found := self.problems():
            raise Invalid(fields=found)


def complete(target: Mapping[str, Any]) -> Row:
    """A target with what was left out: desk time, no least amount, the close, a warning at 75 %, no levels."""
    plain = {"unit": Unit.DESK_SECONDS.value, "min_amount": 0, "cutoff": "close", "levels": []}
    return {**plain, "warn_percent": DEFAULT_WARN_PERCENT, **target}


def _check_match(problems: Problems, match: dict[str, list[str]]) -> None:
    for field, values in match.items():
        if field not in MATCH_FIELDS:
            known = ", ".join(MATCH_FIELDS)
            message = _("A policy cannot match “%(field)s”; it can match %(known)s.")
            problems.add("match", message % {"field": field, "known": known})
        if any(not isinstance(value, str) or not value for value in values):
            problems.add("match", _("The values that a policy matches are codes."))


def _check_targets(problems: Problems, targets: Sequence[Row]) -> None:
    for target in targets:
        for words in target_problems(target):
            problems.add("targets", words)
        for words in level_problems(target):
            problems.add("targets", words)
    metrics = [target.get("metric") for target in targets]
    for metric in sorted({str(one) for one in metrics if metrics.count(one) > 1}):
        problems.add("targets", _("There are two targets for %(metric)s.") % {"metric": metric})
    if not targets:
        problems.add("targets", _("Give it at least one target."))
    if "targets" not in problems.found():
        for words in order_problems(targets):
            problems.add("targets", words)


# One target ----------------------------------------------------------------------------------------------


def target_problems(target: Row) -> list[str]:
    """What is wrong with one target, its levels apart; the words name its metric."""
    metric, unit = target.get("metric"), target["unit"]
    unknown = sorted(set(target) - set(TARGET_FIELDS))
    if unknown or metric not in Metric.values or unit not in POLICY_UNITS:
        given = ", ".join(unknown) or (metric if metric not in Metric.values else unit)
        return [_("A target cannot have “%(given)s”.") % {"given": given}]
    found = _amount_problems(target, {"metric": metric, "most": LARGEST[unit]})
    if not _is_whole(target["warn_percent"]) or not 1 <= target["warn_percent"] <= 99:
        found.append(_("The warning for %(metric)s must come at 1 to 99 percent.") % {"metric": metric})
    if not _is_cutoff(target["cutoff"]):
        found.append(_("The cut-off for %(metric)s must be “close” or HH:MM.") % {"metric": metric})
    return found


def _amount_problems(target: Row, words: dict[str, Any]) -> list[str]:
    amount, least = target.get("amount"), target["min_amount"]
    if not _is_whole(amount) or not 0 < amount <= words["most"]:  # type: ignore[operator]
        return [_("The target for %(metric)s must be a whole number from 1 to %(most)d.") % words]
    if not _is_whole(least) or not 0 <= least <= amount:  # type: ignore[operator]
        return [_("The least amount for %(metric)s must lie between 0 and its target.") % words]
    return []


def _is_cutoff(value: Any) -> bool:
    try:
        return value == "close" or (isinstance(value, str) and read_time(value, end=True) is not None)
    except ValueError:
        return False


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def order_problems(targets: Sequence[Row]) -> list[str]:
    """A first response that is due later than the resolution, where the two can be compared.

    In like units alone: how much desk time a working day holds is up to the calendar. A working day is never
    shorter than a calendar day, so working days beyond as many calendar days are late for certain.
    """
    by_metric = {target["metric"]: target for target in targets}
    first, resolution = by_metric.get(Metric.FIRST_RESPONSE), by_metric.get(Metric.RESOLUTION)
    if first is None or resolution is None:
        return []
    units = (first["unit"], resolution["unit"])
    comparable = units[0] == units[1] or units == (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
    if comparable and first["amount"] > resolution["amount"]:
        return [_("The first response would be due later than the resolution.")]
    return []


# Levels --------------------------------------------------------------------------------------------------


def level_problems(target: Row) -> list[str]:
    """What is wrong with a target's levels, in words that name the level."""
    return [words for found in problems_by_level(target) for words in found]


def problems_by_level(target: Row) -> list[list[str]]:
    """The same, a list for each level; too many of them is said at the first that is."""
    levels = target.get("levels")
    if not isinstance(levels, list | tuple):
        return [[_("Levels are a list.")]]
    found, before = [], 0
    for number, level in enumerate(levels, 1):
        told = {"metric": target.get("metric"), "n": number, "most": MOST_LEVELS}
        words = _one_level(level, before, told)
        if number == MOST_LEVELS + 1:
            words.append(_("There are %(most)d levels at most.") % told)
        if not words:
            before = level["after"]
        found.append(words)
    return found


def _one_level(level: Any, before: int, told: dict[str, Any]) -> list[str]:
    if not isinstance(level, Mapping) or set(level) != set(LEVEL_FIELDS):
        return [_("Level %(n)d of %(metric)s needs after, act and to, and nothing else.") % told]
    after, act, to = (level[name] for name in LEVEL_FIELDS)
    found = []
    if not _is_whole(after) or not 0 <= after <= LARGEST[Unit.DESK_SECONDS]:
        words = _("Level %(n)d of %(metric)s must come 0 or more seconds of desk time after the due time.")
        found.append(words % told)
    elif after < before:
        words = _("Level %(n)d of %(metric)s would come before the one above it. Put levels in their order.")
        found.append(words % told)
    if act not in ACTS:
        acts = {**told, "acts": ", ".join(ACTS)}
        found.append(_("Level %(n)d of %(metric)s must do one of: %(acts)s.") % acts)
    elif not is_aim(act, to):
        aims = {
            **told,
            "act": act,
            "aims": ", ".join(f"{aim}…" if aim == "team:" else aim for aim in ACTS[act]),
        }
        found.append(_("Level %(n)d of %(metric)s: %(act)s needs one of: %(aims)s.") % aims)
    return found


def is_aim(act: str, to: Any) -> bool:
    """Whether this deed can be done to that."""
    if not isinstance(to, str):
        return False
    if to.startswith("team:") and "team:" in ACTS[act]:
        try:
            validate_slug(to.removeprefix("team:"))
        except ValidationError:
            return False
        return True
    return to in ACTS[act] and to != "team:"
