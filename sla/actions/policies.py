"""Saving a policy: whom it is for and what it promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Forbidden, Invalid
from sla._windows import read_time
from sla.clocks import DEFAULT_WARN_PERCENT
from sla.models import Metric, Policy, PolicyVersion, Target, Unit
from sla.problems import Problems, check_code_and_name

MATCH_FIELDS = ("category", "priority", "channel", "member_type", "team", "store")
POLICY_UNITS = (Unit.DESK_SECONDS, Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
LARGEST = {Unit.DESK_SECONDS: 366 * 86_400, Unit.WORKING_DAYS: 500, Unit.CALENDAR_DAYS: 730}
TARGET_FIELDS = ("metric", "amount", "unit", "min_amount", "cutoff", "warn_percent")


def save_policy(
    *,
    actor: Actor,
    code: str,
    name: str,
    position: int,
    match: Mapping[str, Sequence[str]],
    targets: Sequence[Mapping[str, Any]],
) -> Policy:
    """Make or change the policy of that code. Other rules make a new version; running clocks keep theirs.

    `match`: for each of category, priority, channel, member_type, team, store the codes it is for; a field
    left out matches everything. `targets`: metric, amount (> 0), and unit (desk_seconds), min_amount (0),
    cutoff ("close" or "HH:MM"), warn_percent (75) where they differ. Policies are tried by position; the one
    that matches everything is the last resort: it is saved first and keeps the highest position.
    Raises Forbidden unless a manager acts; Invalid with every field that is wrong, and nothing is saved.
    """
    if not actor.is_manager:
        raise Forbidden()
    wanted_match = {field: sorted(set(values)) for field, values in sorted(match.items()) if values}
    wanted = [_complete(target) for target in targets]
    problems = Problems()
    check_code_and_name(problems, code, name)
    _check_match(problems, wanted_match)
    _check_targets(problems, wanted)
    problems.refuse()
    with transaction.atomic():
        others = [one for one in locked(Policy.objects.order_by("position")) if one.code != code]
        _check_order(position, wanted_match, others)
        policy = Policy.objects.filter(code=code).first() or Policy(code=code)
        _write(policy, actor, name, position, wanted_match, wanted)
    return policy


def _complete(target: Mapping[str, Any]) -> dict[str, Any]:
    plain = {"unit": Unit.DESK_SECONDS.value, "min_amount": 0, "cutoff": "close"}
    return {**plain, "warn_percent": DEFAULT_WARN_PERCENT, **target}


def _write(
    policy: Policy,
    actor: Actor,
    name: str,
    position: int,
    match: dict[str, list[str]],
    targets: list[dict[str, Any]],
) -> None:
    changed = policy.pk is None or _content(policy) != _shape(match, targets)
    policy.name, policy.position = name, position
    policy.version += 1 if changed else 0
    policy.save()
    if not changed:
        return
    version = PolicyVersion.objects.create(
        policy=policy,
        number=policy.version,
        match=match,
        created_at=now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    Target.objects.bulk_create(Target(policy_version=version, **target) for target in targets)


def _content(policy: Policy) -> Any:
    version = policy.versions.prefetch_related("targets").get(number=policy.version)
    return _shape(version.match, [{f: getattr(t, f) for f in TARGET_FIELDS} for t in version.targets.all()])


def _shape(match: dict[str, list[str]], targets: list[dict[str, Any]]) -> Any:
    return match, sorted(tuple(str(target[field]) for field in TARGET_FIELDS) for target in targets)


# What is wrong with it -----------------------------------------------------------------------------------


def _check_match(problems: Problems, match: dict[str, list[str]]) -> None:
    for field, values in match.items():
        if field not in MATCH_FIELDS:
            known = ", ".join(MATCH_FIELDS)
            message = _("A policy cannot match “%(field)s”; it can match %(known)s.")
            problems.add("match", message % {"field": field, "known": known})
        if any(not isinstance(value, str) or not value for value in values):
            problems.add("match", _("The values that a policy matches are codes."))


def _check_targets(problems: Problems, targets: list[dict[str, Any]]) -> None:
    for target in targets:
        problems.attempt("targets", lambda target=target: _check_target(target))  # type: ignore[misc]
    metrics = [target.get("metric") for target in targets]
    for metric in sorted({str(one) for one in metrics if metrics.count(one) > 1}):
        problems.add("targets", _("There are two targets for %(metric)s.") % {"metric": metric})
    if not targets:
        problems.add("targets", _("Give it at least one target."))
    if not problems.fields:
        _check_response_before_resolution(problems, {target["metric"]: target for target in targets})


def _check_target(target: dict[str, Any]) -> None:
    """Raises Invalid or ValueError in words that name the metric."""
    metric, unit, amount = target.get("metric"), target["unit"], target.get("amount")
    words = {"metric": metric}
    unknown = sorted(set(target) - set(TARGET_FIELDS))
    if unknown or metric not in Metric.values or unit not in POLICY_UNITS:
        given = ", ".join(unknown) or (metric if metric not in Metric.values else unit)
        raise Invalid(_("A target cannot have “%(given)s”.") % {"given": given})
    if not _is_whole(amount) or not 0 < amount <= LARGEST[unit]:  # type: ignore[operator]
        message = _("The target for %(metric)s must be a whole number from 1 to %(most)d.")
        raise Invalid(message % {**words, "most": LARGEST[unit]})
    if not _is_whole(target["min_amount"]) or not 0 <= target["min_amount"] <= amount:  # type: ignore[operator]
        raise Invalid(_("The least amount for %(metric)s must lie between 0 and its target.") % words)
    if not _is_whole(target["warn_percent"]) or not 1 <= target["warn_percent"] <= 99:
        raise Invalid(_("The warning for %(metric)s must come at 1 to 99 percent.") % words)
    if target["cutoff"] != "close":
        try:
            read_time(target["cutoff"], end=True)
        except ValueError:
            raise Invalid(_("The cut-off for %(metric)s must be “close” or HH:MM.") % words) from None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_response_before_resolution(problems: Problems, targets: dict[str, dict[str, Any]]) -> None:
    """Compared in like units alone: how much desk time a day holds is up to the calendar."""
    first, resolution = targets.get(Metric.FIRST_RESPONSE), targets.get(Metric.RESOLUTION)
    if first is None or resolution is None or first["unit"] != resolution["unit"]:
        return
    if first["amount"] > resolution["amount"]:
        problems.add("targets", _("The first response would be due later than the resolution."))


def _check_order(position: int, match: dict[str, list[str]], others: list[Policy]) -> None:
    """The last resort matches everything and stands last, so that nothing is without a promise."""
    if not _is_whole(position) or position < 0:
        raise Invalid.field("position", _("A position is a whole number from 0."))
    if any(one.position == position for one in others):
        raise Invalid.field("position", _("Another policy has this position."), code="taken")
    active = [one for one in others if one.active]
    current = {
        v.policy_id: v.match for v in PolicyVersion.objects.filter(policy__in=active).order_by("number")
    }
    last_resort = next((one for one in active if not current[one.pk]), None)
    if match and last_resort is None:
        message = _("A policy that matches everything is needed as the last resort; save that one first.")
        raise Invalid.field("match", message, code="no_last_resort")
    if match and last_resort is not None and position > last_resort.position:
        message = _("“%(name)s” matches everything, so this would never be tried. Put it before.")
        raise Invalid.field("position", message % {"name": last_resort.name}, code="never_tried")
    if not match and last_resort is not None:
        message = _("“%(name)s” is the last resort already.") % {"name": last_resort.name}
        raise Invalid.field("match", message, code="two_last_resorts")
    if not match and any(one.position > position for one in active):
        raise Invalid.field("position", _("What matches everything must come last."), code="not_last")
