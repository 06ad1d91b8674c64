"""Reads of policies: which one rules, and what it promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from sla import clocks
from sla.models import PolicyVersion, Target
from sla.queries.calendars import current_version

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a promise made at one instant would be. `due` in UTC; `target` in `unit`; `min_target` for ranges."""

    metric: str
    due: datetime
    target: int
    unit: str
    min_target: int
    policy_name: str
    policy_version_id: int
    calendar_version_id: int


def match_policy(facts: Facts) -> PolicyVersion | None:
    """The current version of the first active policy whose every match names the fact's value.

    Its targets are loaded. None when nothing matches: then there is no promise.
    """
    current = (
        PolicyVersion.objects.filter(policy__active=True, number=F("policy__version"))
        .select_related("policy")
        .prefetch_related("targets")
        .order_by("policy__position")
    )
    return next((version for version in current if matches(version.match, facts)), None)


def matches(match: Mapping[str, list[str]], facts: Facts) -> bool:
    """Whether all fields that a policy names hold one of its values; a blank field matches everything."""
    return all(facts.get(name, "") in values for name, values in match.items() if values)


def target_of(version: PolicyVersion | None, metric: str) -> Target | None:
    """What a policy's version promises for a metric; None: nothing."""
    if version is None:
        return None
    for target in version.targets.all():
        if target.metric == metric:
            target.policy_version = version
            return target
    return None


def quote(*, facts: Facts, calendar_id: int, metric: str, at: datetime) -> Quote | None:
    """What the promise would be if it were made at `at`; nothing is written.

    None when no target matches or the desk never opens. The same sums as the clock that would start.
    """
    policy = match_policy(facts)
    target = target_of(policy, metric)
    if policy is None or target is None:
        return None
    version = current_version(calendar_id)
    clock = clocks.draft(owner=("", 0), metric=metric, target=target, version=version, at=clocks.whole(at))
    clocks.schedule(clock)
    if clock.due is None:
        return None
    return Quote(
        metric=metric,
        due=clock.due,
        target=target.amount,
        unit=target.unit,
        min_target=target.min_amount,
        policy_name=policy.policy.name,
        policy_version_id=policy.pk,
        calendar_version_id=version.pk,
    )
