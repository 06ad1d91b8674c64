"""An escalation rule on the screen: what was typed, with what is wrong with it. A sheet keeps whatever was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tickets.models import EscalationRule
from tickets.rule_drafts import BY_CLOCK, FACTS, MOST_DEEDS, RuleDraft, deed_problems

FITS = {"score": ("rated",), "metric": BY_CLOCK}  # facts that are known on some occasions only


@dataclass
class DeedRow:
    """One thing that it does as typed: "tell|lead" and so on."""

    at: int
    does: str = ""
    problems: list[str] = field(default_factory=list)

    def deed(self) -> dict[str, str]:
        act, _bar, to = self.does.partition("|")
        return {"act": act, "to": to}


@dataclass
class RuleSheet:
    """The whole form. `problems` by field: code, name, on, match, acts."""

    code: str = ""
    name: str = ""
    on: str = EscalationRule.On.OPENED.value
    match: dict[str, list[Any]] = field(default_factory=dict)
    deeds: list[DeedRow] = field(default_factory=list)
    is_new: bool = False
    problems: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, draft: RuleDraft) -> RuleSheet:
        """A saved rule, ready to be changed."""
        deeds = [DeedRow(at, f"{one['act']}|{one['to']}") for at, one in enumerate(draft.acts)]
        return cls(draft.code, draft.name, draft.on, dict(draft.match), deeds)

    @classmethod
    def of_post(cls, post: QueryDict, *, code: str | None) -> RuleSheet:
        """What was typed. `code` where the rule has one already."""
        return cls(
            code=post.get("code", "")[:60].strip() if code is None else code,
            name=post.get("name", "")[:200].strip(),
            on=post.get("on", "")[:20],
            match={fact: found for fact in FACTS if (found := post.getlist(f"match-{fact}")[:200])},
            deeds=[DeedRow(at, does[:80]) for at, does in enumerate(post.getlist("does")[: 2 * MOST_DEEDS])],
            is_new=code is None,
        )

    @property
    def facts(self) -> list[str]:
        """The facts that are asked for: those that this occasion knows, and what was chosen though it does not."""
        return [fact for fact in FACTS if self.on in FITS.get(fact, (self.on,)) or fact in self.match]

    @property
    def can_grow(self) -> bool:
        return len(self.deeds) < MOST_DEEDS

    def draft(self) -> RuleDraft:
        """What would be saved."""
        deeds = [row.deed() for row in self.deeds]
        code = self.code or slugify(self.name)[:50]
        return RuleDraft.of(code=code, name=self.name, on=self.on, match=self.match, acts=deeds)

    def check(self, known: Mapping[str, Any]) -> bool:
        """Whether it can be saved; finds what is wrong, row by row where a row is at fault."""
        draft = self.draft()
        for row, deed in zip(self.deeds, draft.acts, strict=True):
            row.problems = list(deed_problems(self.on, row.at + 1, deed, known))
        beside = {words for row in self.deeds for words in row.problems}
        found = draft.problems(known)
        found["acts"] = [words for words in found.get("acts", []) if words not in beside]
        if self.is_new and EscalationRule.objects.filter(code=draft.code).exists():
            found.setdefault("code", []).append(_("Another rule has this code already."))
        self.problems = {name: words for name, words in found.items() if words}
        return not (self.problems or beside)

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems or any(row.problems for row in self.deeds))

    def take(self, step: str, detail: str) -> bool:
        """Carry out `add`, `drop:<n>` or `fit` (the occasion was changed); False for another step."""
        if step == "fit":
            self.match = {
                fact: found for fact, found in self.match.items() if self.on in FITS.get(fact, (self.on,))
            }
        elif step == "add" and self.can_grow:
            self.deeds.append(DeedRow(len(self.deeds), "tell|lead"))
        elif step == "drop":
            self.deeds = [row for row in self.deeds if str(row.at) != detail]
            for at, row in enumerate(self.deeds):
                row.at = at
        else:
            return False
        return True
