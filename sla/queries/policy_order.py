"""Policies in the order in which they are tried, and their versions with what each changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.errors import NotFound
from sla.models import Policy, PolicyVersion
from sla.policy_drafts import TARGET_FIELDS, PolicyDraft, Row
from sla.policy_words import Names, field_words, level_when, level_words, metric_words, target_words
from sla.queries.versions import DiffLine, VersionTold

PAGE = 20


def policies_in_order(*, retired: bool = False) -> list[PolicyVersion]:
    """The current version of every active policy (`retired`: of every other one), as tried; two queries.

    Its policy and its targets are loaded.
    """
    return list(
        PolicyVersion.objects.filter(policy__active=not retired, number=F("policy__version"))
        .select_related("policy")
        .prefetch_related("targets")
        .order_by("policy__position")
    )


def policy_named(code: str) -> PolicyVersion:
    """The current version of one policy, retired ones included. Raises NotFound."""
    rows = PolicyVersion.objects.filter(policy__code=code, number=F("policy__version"))
    found = rows.select_related("policy").prefetch_related("targets").first()
    if found is None:
        raise NotFound()
    return found


def draft_of_policy(version: PolicyVersion) -> PolicyDraft:
    """A saved version, ready to be changed."""
    policy = version.policy
    return PolicyDraft(policy.code, policy.name, dict(version.match), tuple(rows_of(version)))


def rows_of(version: PolicyVersion) -> list[Row]:
    """The targets of a version as plain rows, in the order in which they were written."""
    targets = sorted(version.targets.all(), key=lambda target: target.pk or 0)
    return [{name: getattr(target, name) for name in TARGET_FIELDS} for target in targets]


def policy_versions(
    policy: Policy, *, before: int | None = None, limit: int = PAGE, names: Names | None = None
) -> list[VersionTold]:
    """The newest versions of a policy, newest first, each with its difference from the one before; two queries.

    `before`: go on under this version's number. `names`: {field: {code: name}} for the words.
    """
    rows = PolicyVersion.objects.filter(policy=policy).prefetch_related("targets")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.order_by("-number")[: limit + 1])
    told = []
    for index, version in enumerate(found[:limit]):
        older = found[index + 1] if index + 1 < len(found) else None
        changes = tuple(version_differences(older, version, names)) if older else ()
        who = (version.actor_kind, version.actor_id)
        told.append(VersionTold(version.number, version.created_at, *who, changes, version.pk))
    return told


def version_differences(old: PolicyVersion, new: PolicyVersion, names: Names | None = None) -> list[DiffLine]:
    """What one saved version changed in another."""
    return list(differences((old.match, rows_of(old)), (new.match, rows_of(new)), names))


Content = tuple[Mapping[str, list[str]], list[Row]]


def differences(old: Content, new: Content, names: Names | None = None) -> Iterator[DiffLine]:
    """What one policy's content (match, targets) changed in another's, in words."""
    yield from _match(old[0], new[0], names or {})
    was, now = ({row["metric"]: row for row in rows} for _match, rows in (old, new))
    for metric in [*was, *(one for one in now if one not in was)]:
        yield from _target(metric_words(metric), was.get(metric), now.get(metric), names)


def _match(old: Mapping[str, list[str]], new: Mapping[str, list[str]], names: Names) -> Iterator[DiffLine]:
    for field in sorted(old.keys() | new.keys()):
        for kind, codes in (
            ("removed", [code for code in old.get(field, []) if code not in new.get(field, [])]),
            ("added", [code for code in new.get(field, []) if code not in old.get(field, [])]),
        ):
            for code in codes:
                told = {"field": field_words(field), "value": names.get(field, {}).get(code, code)}
                yield DiffLine(kind, _("%(field)s: %(value)s") % told)


def _target(metric: str, old: Row | None, new: Row | None, names: Names | None) -> Iterator[DiffLine]:
    if old is None or new is None:
        row = new or old
        assert row is not None
        told = {"metric": metric, "target": target_words(row)}
        yield DiffLine("added" if old is None else "removed", _("%(metric)s: %(target)s") % told)
        yield from _levels(metric, (old or {}).get("levels", []), (new or {}).get("levels", []), names)
        return
    pairs: list[tuple[str, Any, Any]] = [
        ("%(metric)s: %(old)s → %(new)s", target_words(old), target_words(new)),
        (_("%(metric)s warns at: %(old)s %% → %(new)s %%"), old["warn_percent"], new["warn_percent"]),
        (_("%(metric)s, cut-off: %(old)s → %(new)s"), old["cutoff"], new["cutoff"]),
    ]
    for words, was, now in pairs:
        if was != now:
            yield DiffLine("changed", words % {"metric": metric, "old": was, "new": now})
    yield from _levels(metric, old["levels"], new["levels"], names)


def _levels(metric: str, old: list[Row], new: list[Row], names: Names | None) -> Iterator[DiffLine]:
    for kind, levels in (
        ("removed", [level for level in old if level not in new]),
        ("added", [level for level in new if level not in old]),
    ):
        for level in levels:
            told = {"metric": metric, "when": level_when(level), "does": level_words(level, names)}
            yield DiffLine(kind, _("%(metric)s, %(when)s: %(does)s") % told)
