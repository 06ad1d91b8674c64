"""Keeping escalation rules: saved with versions, put in order, retired, deleted. Managers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Team
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tickets.models import Category, EscalationRule, EscalationRuleVersion
from tickets.rule_drafts import RuleDraft

# What a shop begins with; a manager changes or switches off each.
FIRST: tuple[dict[str, Any], ...] = (
    {
        "code": "complaint",
        "name": gettext_noop("Complaints come first"),
        "on": "opened",
        "match": {"category": ["complaint"]},
        "acts": [{"act": "priority", "to": "high"}, {"act": "tell", "to": "lead"}],
    },
    {
        "code": "wholesaler",
        "name": gettext_noop("Wholesalers wait less"),
        "on": "opened",
        "match": {"member_type": ["wholesaler"]},
        "acts": [{"act": "priority", "to": "high"}],
    },
    {
        "code": "low-mark",
        "name": gettext_noop("A low mark is followed up"),
        "on": "rated",
        "match": {"score": [1, 2]},
        "acts": [{"act": "flag", "to": "lead"}, {"act": "tell", "to": "lead"}],
    },
)


def save_rule(
    *,
    actor: Actor,
    code: str = "",
    name: str = "",
    on: str = "",
    match: Mapping[str, Sequence[Any]] | None = None,
    acts: Sequence[Mapping[str, str]] = (),
    position: int | None = None,
    draft: RuleDraft | None = None,
    expected_version: int | None = None,
) -> EscalationRule:
    """Make or change the rule of that code; each change leaves a version, saying the same again none.

    A `draft` says all at once and instead. A new rule comes last. Raises Forbidden unless a manager acts;
    Invalid with every field that is wrong; Conflict when the newest version is not the `expected_version`
    that the writer had read (0: there is none). Then nothing is saved.
    """
    _managers(actor)
    wanted = draft or RuleDraft.of(code=code, name=name, on=on, match=match or {}, acts=acts)
    with transaction.atomic():
        every = _locked()
        rule = next((one for one in every if one.code == wanted.code), None)
        wanted.check(known_codes(rule))
        if expected_version is not None and expected_version != (rule.version if rule else 0):
            raise Conflict(_("Somebody has saved this rule meanwhile. Look at it as it is now."))
        if rule is None:
            rule = EscalationRule(code=wanted.code, position=_after(every))
        if position is not None:
            rule.position = position
        _write(actor, rule, wanted)
    return rule


def known_codes(rule: EscalationRule | None = None) -> dict[str, set[str]]:
    """The shop's categories and teams by code; those that the rule names already stay allowed. Two queries."""
    known = {
        "category": set(Category.objects.values_list("code", flat=True)),
        "team": set(Team.objects.values_list("code", flat=True)),
    }
    if rule is not None:
        for fact, codes in known.items():
            codes.update(map(str, rule.match.get(fact, ())))
        known["team"].update(one["to"].removeprefix("team:") for one in rule.acts)
    return known


def _managers(actor: Actor) -> None:
    if not actor.is_manager:
        raise Forbidden()


def _locked() -> list[EscalationRule]:
    return list(locked(EscalationRule.objects.order_by("position", "pk")))


def _after(every: Sequence[EscalationRule]) -> int:
    return max((one.position for one in every), default=-1) + 1


def _write(actor: Actor, rule: EscalationRule, wanted: RuleDraft) -> None:
    said = {"name": wanted.name, "on": wanted.on, "match": wanted.match, "acts": list(wanted.acts)}
    if rule.pk is not None and all(getattr(rule, name) == value for name, value in said.items()):
        rule.save(update_fields=["position"])
        return
    for name, value in said.items():
        setattr(rule, name, value)
    rule.version += 1
    rule.updated_at = now()
    rule.save()
    EscalationRuleVersion.objects.create(
        rule=rule,
        number=rule.version,
        created_at=rule.updated_at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        **said,
    )


def save_first_rules() -> None:
    """What a shop begins with; a rule that is there already keeps what managers made of it."""
    known = set(EscalationRule.objects.values_list("code", flat=True))
    for rule in FIRST:
        if rule["code"] not in known:
            save_rule(actor=SYSTEM, **rule)


def reorder_rules(*, actor: Actor, codes: Sequence[str]) -> list[EscalationRule]:
    """Act in this order from now on; every rule that acts is named once.

    Raises Forbidden unless a manager acts; Invalid (`codes`) otherwise, and nothing is changed.
    """
    _managers(actor)
    with transaction.atomic():
        every = _locked()
        active = {one.code: one for one in every if one.active}
        if sorted(codes) != sorted(active):
            words = _("Name every rule that acts once: %(codes)s.") % {"codes": ", ".join(active)}
            raise Invalid.field("codes", words, code="not_all")
        for place, rule in enumerate([*(active[code] for code in codes), *_retired(every)]):
            if rule.position != place:
                rule.position = place
                rule.save(update_fields=["position"])
    return list(EscalationRule.objects.filter(active=True))


def _retired(every: Sequence[EscalationRule]) -> list[EscalationRule]:
    return [one for one in every if not one.active]


def set_rule_active(*, actor: Actor, code: str, active: bool) -> EscalationRule:
    """Retire a rule, or let it act again, then as the last. Raises Forbidden unless a manager acts, NotFound."""
    _managers(actor)
    with transaction.atomic():
        every = _locked()
        rule = _named(every, code)
        if rule.active != active:
            rule.active, rule.position, rule.updated_at = active, _after(every), now()
            rule.save(update_fields=["active", "position", "updated_at"])
    return rule


def delete_rule(*, actor: Actor, code: str) -> bool:
    """Take a rule away. True: it is gone; False: it has acted on tickets, so it is retired with its versions.

    Raises Forbidden unless a manager acts, NotFound.
    """
    _managers(actor)
    with transaction.atomic():
        rule = _named(_locked(), code)
        if rule.acted:
            set_rule_active(actor=actor, code=code, active=False)
            return False
        rule.delete()
    return True


def _named(every: Sequence[EscalationRule], code: str) -> EscalationRule:
    found = next((one for one in every if one.code == code), None)
    if found is None:
        raise NotFound()
    return found
