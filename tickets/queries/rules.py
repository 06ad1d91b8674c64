"""Escalation rules in order, their versions, and a ticket tried on them before there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import NotFound
from sla.queries.versions import VersionTold
from tickets.models import EscalationRule, EscalationRuleVersion
from tickets.rule_drafts import RuleDraft
from tickets.rule_words import Names, Said, not_matched, rule_differences

PAGE = 10


def rules_in_order(*, retired: bool = False) -> list[EscalationRule]:
    """The rules that act, in the order in which they do (`retired`: the others)."""
    return list(EscalationRule.objects.filter(active=not retired).order_by("position", "pk"))


def rule_named(code: str) -> EscalationRule:
    """One rule, retired ones included. Raises NotFound."""
    found = EscalationRule.objects.filter(code=code).first()
    if found is None:
        raise NotFound()
    return found


def draft_of_rule(rule: EscalationRule) -> RuleDraft:
    """A saved rule, ready to be changed."""
    return RuleDraft(rule.code, rule.name, rule.on, dict(rule.match), tuple(rule.acts))


def said_by(row: EscalationRule | EscalationRuleVersion | RuleDraft) -> Said:
    """What is compared of a rule."""
    return row.on, row.match, list(row.acts)


def rule_versions(rule: EscalationRule, names: Names | None = None) -> list[VersionTold]:
    """The newest ten versions, newest first, each with what it changed; one query."""
    found = list(EscalationRuleVersion.objects.filter(rule=rule).order_by("-number")[: PAGE + 1])
    told = []
    for index, version in enumerate(found[:PAGE]):
        older = found[index + 1] if index + 1 < len(found) else None
        changes = tuple(rule_differences(said_by(older), said_by(version), names)) if older else ()
        who = (version.actor_kind, version.actor_id)
        told.append(VersionTold(version.number, version.created_at, *who, changes, version.pk))
    return told


@dataclass(frozen=True, slots=True)
class RuleTried:
    """What a rule would do with a ticket: `does` in order; blank with the reason in `why`."""

    code: str
    name: str
    does: tuple[Mapping[str, str], ...]
    why: str


def try_rules(
    *, on: str, facts: Mapping[str, Any], draft: RuleDraft | None = None, names: Names | None = None
) -> list[RuleTried]:
    """What every rule for that occasion would do with such a ticket, in order; nothing is written.

    `draft` is tried in the place of the rule of its code, or as the last. `facts`: by FACTS; a mark is a number.
    """
    rows: list[EscalationRule | RuleDraft] = [*rules_in_order()]
    if draft is not None:
        rows = [draft if row.code == draft.code else row for row in rows]
        rows += [draft] if draft not in rows else []
    return [_tried(row, facts, names) for row in rows if row.on == on]


def _tried(row: EscalationRule | RuleDraft, facts: Mapping[str, Any], names: Names | None) -> RuleTried:
    why = not_matched(row.match, facts, names)
    does: Sequence[Mapping[str, str]] = () if why else row.acts
    return RuleTried(row.code, row.name, tuple(does), why)
