"""Trying a ticket before there is one: which policy rules it, why, and what it would be promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from sla import clocks
from sla.models import CalendarVersion, Clock, ClockState, ClockTransition, Policy, PolicyVersion, Target
from sla.policy_drafts import PolicyDraft
from sla.policy_words import Names, not_matched
from sla.queries.calendars import current_version
from sla.queries.drafts import EARLIEST, LATEST
from sla.queries.policies import Facts, matches
from sla.queries.policy_order import policies_in_order
from sla.receipts import Line, receipt_by_rows
from sla.zones import read_zone


@dataclass(frozen=True, slots=True)
class Passed:
    """A policy that was tried first and did not match, and why."""

    code: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class LevelTried:
    """When a level would be reached if nobody did anything (UTC; None: the desk does not open again)."""

    number: int
    at: datetime | None
    level: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PromiseTried:
    """What one target would promise. Instants in UTC; `due` is None at a desk that never opens."""

    metric: str
    target: Target
    timezone: str
    due: datetime | None
    warn_at: datetime | None
    levels: list[LevelTried]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Tried:
    """The policy that matches (None: no promise), those above it that did not, and its promises."""

    policy: PolicyVersion | None
    passed: list[Passed]
    promises: list[PromiseTried]


def try_ticket(
    *,
    facts: Facts,
    calendars: Mapping[str, int],
    at: datetime,
    zone: str,
    draft: PolicyDraft | None = None,
    names: Names | None = None,
) -> Tried:
    """What a ticket with these facts, opened at an aware instant, would be promised; nothing is written.

    `calendars`: the calendar's id for each metric; targets of other metrics are left out. `draft` stands in
    for the saved policy of its code, or before the last resort. The sums are those of the clocks that would
    start. Raises Invalid (`at` before 1990 or after 2149, an unknown zone, a draft with problems).
    """
    if at.utcoffset() is None or not EARLIEST <= at < LATEST:
        raise Invalid.field("at", _("Take an instant between 1990 and 2149."))
    read_zone(zone)
    passed: list[Passed] = []
    for version in _tried(draft):
        if matches(version.match, facts):
            return Tried(version, passed, _promises(version, calendars, clocks.whole(at), zone))
        policy = version.policy
        passed.append(Passed(policy.code, policy.name, not_matched(version.match, facts, names)))
    return Tried(None, passed, [])


def _tried(draft: PolicyDraft | None) -> list[PolicyVersion]:
    saved = policies_in_order()
    if draft is None:
        return saved
    draft.check()
    codes = [version.policy.code for version in saved]
    if draft.code in codes:
        index = codes.index(draft.code)
        saved[index] = _unsaved(draft)
    else:
        last = next((i for i, version in enumerate(saved) if not version.match), len(saved))
        saved.insert(last, _unsaved(draft))
    return saved


def _unsaved(draft: PolicyDraft) -> PolicyVersion:
    """A version that is not stored, with its targets at hand."""
    version = PolicyVersion(
        policy=Policy(code=draft.code, name=draft.name), match=draft.match, number=0, pk=0
    )
    targets = [Target(policy_version=version, **row) for row in draft.targets]
    version._prefetched_objects_cache = {"targets": targets}  # type: ignore[attr-defined]
    return version


def _promises(
    policy: PolicyVersion, calendars: Mapping[str, int], at: datetime, zone: str
) -> list[PromiseTried]:
    versions: dict[int, CalendarVersion] = {}
    told = []
    for target in sorted(policy.targets.all(), key=lambda one: one.pk or 0):
        calendar_id = calendars.get(target.metric)
        if calendar_id is None:
            continue
        if calendar_id not in versions:
            versions[calendar_id] = current_version(calendar_id)
        target.policy_version = policy
        told.append(_promise(target, versions[calendar_id], at, zone))
    return told


def _promise(target: Target, version: CalendarVersion, at: datetime, zone: str) -> PromiseTried:
    clock = clocks.draft(owner=("", 0), metric=target.metric, target=target, version=version, at=at)
    clocks.schedule(clock)
    row = ClockTransition(at=at, verb="started", state=clock.state, due=clock.due, consumed=0)
    lines = receipt_by_rows(clock, [row], zone=zone)
    due, warn_at = clock.due, clock.warn_at
    return PromiseTried(target.metric, target, version.spec["timezone"], due, warn_at, _levels(clock), lines)


def _levels(clock: Clock) -> list[LevelTried]:
    """The instants of its levels, if it were broken and nobody came: it is changed for that."""
    if clock.due is None:
        return []
    clock.state, clock.breached_at = ClockState.BREACHED, clock.due
    clock.breach_used = clock.target if clocks.pauses(clock) else 0
    told = []
    for number, level in enumerate(clock.levels, 1):
        clock.levels_fired = number - 1
        told.append(LevelTried(number, clocks.level_at(clock), level))
    return told
