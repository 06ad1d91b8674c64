"""Saving a policy, putting policies in order, retiring and deleting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound
from sla.models import Clock, Policy, PolicyVersion, Target
from sla.policy_drafts import TARGET_FIELDS, PolicyDraft

STEP = 10  # between positions, so that one may be put between two by hand
ASIDE = 1_000_000  # positions are unique at every moment: rows are set aside before they get new ones


def save_policy(
    *,
    actor: Actor,
    code: str = "",
    name: str = "",
    position: int | None = None,
    match: Mapping[str, Sequence[str]] | None = None,
    targets: Sequence[Mapping[str, Any]] = (),
    draft: PolicyDraft | None = None,
    expected_version: int | None = None,
) -> Policy:
    """Make or change the policy of that code. Other rules make a new version; running clocks keep theirs.

    `match`: for each of category, priority, channel, member_type, team, store the codes it is for; a field
    left out matches everything. `targets`: metric, amount (> 0), and unit (desk_seconds), min_amount (0),
    cutoff ("close" or "HH:MM"), warn_percent (75) and levels ([]) where they differ; a level is after (desk
    seconds past due), act and to. A `draft` says all of this at once and instead.
    Policies are tried by position; without one a policy keeps its place, and a new one stands before the last
    resort. The last resort matches everything: it is saved first and stays last.
    Raises Forbidden unless a manager acts; Invalid with every field that is wrong; Conflict when the newest
    version is not the `expected_version` that the writer had read (0: there is none). Then nothing is saved.
    """
    if not actor.is_manager:
        raise Forbidden()
    wanted = draft or PolicyDraft.of(code=code, name=name, match=match or {}, targets=targets)
    wanted.check()
    with transaction.atomic():
        every = _locked()
        policy = next((one for one in every if one.code == wanted.code), None) or Policy(code=wanted.code)
        if expected_version is not None and expected_version != policy.version:
            raise Conflict(_("Somebody has saved this policy meanwhile. Look at it as it is now."))
        others = [one for one in every if one.code != wanted.code]
        if position is None:
            position = _own_place(policy, wanted, others)
        if policy.active:
            _check_order(position, wanted.match, others)
        _write(policy, actor, wanted, position)
    return policy


def _locked() -> list[Policy]:
    return list(locked(Policy.objects.order_by("position")))


def _own_place(policy: Policy, wanted: PolicyDraft, others: list[Policy]) -> int:
    """Where it stands; room for a new one is made before the last resort."""
    if policy.pk is not None:
        return policy.position
    last = _last_resort(others)
    if not wanted.match or last is None:
        return max((one.position for one in others), default=0) + STEP
    tried = [one for one in others if one.active and one.pk != last.pk]
    _number([*tried, None, last, *(one for one in others if not one.active)])
    for one in others:
        one.refresh_from_db(fields=["position"])
    return STEP * (len(tried) + 1)


def _number(order: Sequence[Policy | None]) -> None:
    """Give the policies positions in this order; None keeps a place free."""
    Policy.objects.update(position=F("position") + ASIDE)
    for index, policy in enumerate(order, 1):
        if policy is not None:
            Policy.objects.filter(pk=policy.pk).update(position=STEP * index)


def _write(policy: Policy, actor: Actor, wanted: PolicyDraft, position: int) -> None:
    changed = policy.pk is None or _content(policy) != _shape(wanted.match, wanted.targets)
    if not changed and (policy.name, policy.position) == (wanted.name, position):
        return
    policy.name, policy.position = wanted.name, position
    policy.version += 1 if changed else 0
    policy.save()
    if not changed:
        return
    version = PolicyVersion.objects.create(
        policy=policy,
        number=policy.version,
        match=wanted.match,
        created_at=now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    Target.objects.bulk_create(Target(policy_version=version, **target) for target in wanted.targets)


def _content(policy: Policy) -> Any:
    version = policy.versions.prefetch_related("targets").get(number=policy.version)
    return _shape(version.match, [{f: getattr(t, f) for f in TARGET_FIELDS} for t in version.targets.all()])


def _shape(match: dict[str, list[str]], targets: Sequence[Mapping[str, Any]]) -> Any:
    return match, sorted(tuple(_plain(target[field]) for field in TARGET_FIELDS) for target in targets)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return repr([sorted((str(k), str(v)) for k, v in level.items()) for level in value])
    return str(value)


# Order ---------------------------------------------------------------------------------------------------


def _last_resort(policies: Sequence[Policy]) -> Policy | None:
    """The active policy that matches everything."""
    active = [one for one in policies if one.active]
    rows = PolicyVersion.objects.filter(policy__in=active, number=F("policy__version"))
    current = dict(rows.values_list("policy_id", "match"))
    return next((one for one in active if not current[one.pk]), None)


def _check_order(position: int, match: dict[str, list[str]], others: list[Policy]) -> None:
    """The last resort matches everything and stands last, so that nothing is without a promise."""
    if isinstance(position, bool) or not isinstance(position, int) or position < 0:
        raise Invalid.field("position", _("A position is a whole number from 0."))
    if any(one.position == position for one in others):
        raise Invalid.field("position", _("Another policy has this position."), code="taken")
    last_resort = _last_resort(others)
    if match and last_resort is None:
        message = _("A policy that matches everything is needed as the last resort; save that one first.")
        raise Invalid.field("match", message, code="no_last_resort")
    if match and last_resort is not None and position > last_resort.position:
        message = _("“%(name)s” matches everything, so this would never be tried. Put it before.")
        raise Invalid.field("position", message % {"name": last_resort.name}, code="never_tried")
    if not match and last_resort is not None:
        message = _("“%(name)s” is the last resort already.") % {"name": last_resort.name}
        raise Invalid.field("match", message, code="two_last_resorts")
    if not match and any(one.position > position for one in others if one.active):
        raise Invalid.field("position", _("What matches everything must come last."), code="not_last")


def reorder_policies(*, actor: Actor, codes: Sequence[str]) -> list[Policy]:
    """Try the active policies in this order from now on; clocks that run keep what they have.

    `codes` names every active policy once, the last resort at the end. Raises Forbidden unless a manager
    acts; Invalid (`codes`) otherwise, and nothing is changed; also when a policy came or went meanwhile.
    """
    if not actor.is_manager:
        raise Forbidden()
    with transaction.atomic():
        every = _locked()
        active = {one.code: one for one in every if one.active}
        if sorted(codes) != sorted(active):
            words = _("Name every policy that is tried once: %(codes)s.") % {"codes": ", ".join(active)}
            raise Invalid.field("codes", words, code="not_all")
        last = _last_resort(every)
        if last is not None and codes and codes[-1] != last.code:
            words = _("“%(name)s” matches everything, so it comes last.") % {"name": last.name}
            raise Invalid.field("codes", words, code="not_last")
        if list(codes) != list(active):
            _number([*(active[code] for code in codes), *(one for one in every if not one.active)])
    return list(Policy.objects.filter(active=True).order_by("position"))


# Retiring ------------------------------------------------------------------------------------------------


def set_policy_active(*, actor: Actor, code: str, active: bool) -> Policy:
    """Retire a policy, or try it again, then as the last before the last resort. Running clocks keep theirs.

    Raises Forbidden unless a manager acts, NotFound, Conflict `last_resort` for the one that matches
    everything, `two_last_resorts` when another does so now.
    """
    if not actor.is_manager:
        raise Forbidden()
    with transaction.atomic():
        every = _locked()
        policy = _named(every, code)
        if policy.active == active:
            return policy
        last = _last_resort(every)
        if not active:
            _refuse_last_resort(policy, last)
        elif not policy.versions.get(number=policy.version).match:
            raise Conflict(_("Another policy is the last resort by now."), code="two_last_resorts")
        policy.active = active
        policy.save(update_fields=["active"])
        tried = [one for one in every if one.active and one != last]
        stays = [one for one in tried if one != policy]
        _number([*stays, *([policy] if active else []), *([last] if last else []),
                 *(one for one in every if not one.active)])  # fmt: skip
        policy.refresh_from_db()
    return policy


def delete_policy(*, actor: Actor, code: str) -> bool:
    """Take a policy away. True: it is gone; False: clocks have counted by it, so it is retired with its versions.

    Raises Forbidden unless a manager acts, NotFound, Conflict `last_resort`.
    """
    if not actor.is_manager:
        raise Forbidden()
    with transaction.atomic():
        every = _locked()
        policy = _named(every, code)
        _refuse_last_resort(policy, _last_resort(every))
        if Clock.objects.filter(policy_version__policy=policy).exists():
            set_policy_active(actor=actor, code=code, active=False)
            return False
        policy.versions.all().delete()
        policy.delete()
    return True


def _named(policies: Sequence[Policy], code: str) -> Policy:
    found = next((one for one in policies if one.code == code), None)
    if found is None:
        raise NotFound()
    return found


def _refuse_last_resort(policy: Policy, last: Policy | None) -> None:
    if last is not None and policy.pk == last.pk:
        words = _("“%(name)s” is the last resort: without it some tickets would have no promise.")
        raise Conflict(words % {"name": policy.name}, code="last_resort")
