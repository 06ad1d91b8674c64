"""A policy on the screen: what was typed, each row with what is wrong with it; and a ticket to be tried on it.

A sheet keeps whatever a person wrote. Each metric has its row: amount-<metric>, unit-…, least-…, cutoff-…,
warn-…; its levels are parallel lists: after-<metric>, after_unit-…, does-….
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _

from helpdesk.rules import typed
from sla.models import Metric, Policy, Unit
from sla.policy_drafts import (
    MATCH_FIELDS,
    MOST_LEVELS,
    PolicyDraft,
    complete,
    order_problems,
    problems_by_level,
    target_problems,
)
from sla.policy_words import metric_words

SECONDS = {"s": 1, "m": 60, "h": 3600}
DAYS = {"wd": Unit.WORKING_DAYS.value, "cd": Unit.CALENDAR_DAYS.value}
UNITS_OF = {value: key for key, value in DAYS.items()}
FIRST_UNIT = {  # what an empty row offers; desk hours for the others
    Metric.CHAT_PICKUP.value: "s",
    **dict.fromkeys((Metric.DISPATCH.value, Metric.DELIVERY.value, Metric.REFUND.value), "wd"),
    Metric.VERIFICATION.value: "wd",
    Metric.PRIVACY.value: "cd",
}
MOST_TYPED = 20


def typed_seconds(seconds: int) -> tuple[str, str]:
    """An amount of desk time as people write it: a number, and s, m or h."""
    unit = "h" if seconds % 3600 == 0 and seconds else "m" if seconds % 60 == 0 else "s"
    return str(seconds // SECONDS[unit]), unit


def read_amount(text: str, unit: str) -> int | None:
    """A typed amount in seconds or days, "1.5" hours included; None for what is no such number."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 10**9:
        return None
    number *= SECONDS.get(unit, 1)
    return int(number) if number == int(number) else None


@dataclass
class LevelRow:
    """One level as typed; `does` is "tell|lead" and so on."""

    at: int
    after: str = "0"
    unit: str = "h"
    does: str = ""
    problems: list[str] = field(default_factory=list)

    def level(self) -> dict[str, Any]:
        act, _bar, to = self.does.partition("|")
        return {"after": read_amount(self.after or "0", self.unit), "act": act, "to": to}


@dataclass
class TargetRow:
    """What one metric is promised, as typed; without an amount it is promised nothing."""

    metric: str
    amount: str = ""
    unit: str = "h"
    least: str = ""
    cutoff: str = ""
    warn: str = "75"
    levels: list[LevelRow] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return metric_words(self.metric)

    @property
    def is_blank(self) -> bool:
        return not self.amount.strip()

    @property
    def has_more(self) -> bool:
        """Whether it says more than most rows do: then that is shown at once."""
        return bool(self.least or self.cutoff)

    @property
    def can_grow(self) -> bool:
        return len(self.levels) < MOST_LEVELS

    def target(self) -> dict[str, Any]:
        """The plain row; what cannot be read is None, and is refused in words."""
        unit = DAYS.get(self.unit, Unit.DESK_SECONDS.value)
        return complete(
            {
                "metric": self.metric,
                "amount": read_amount(self.amount, self.unit),
                "unit": unit,
                "min_amount": read_amount(self.least or "0", self.unit),
                "cutoff": typed.clock(self.cutoff) if self.cutoff.strip() else "close",
                "warn_percent": typed.number(self.warn, 100),
                "levels": [row.level() for row in self.levels],
            }
        )

    def check(self) -> None:
        if self.is_blank:
            self.problems = [_("Give the amount, or take its levels away.")] if self.levels else []
            return
        target = self.target()
        self.problems = [words.replace(self.metric, self.name) for words in target_problems(target)]
        for row, found in zip(self.levels, problems_by_level(target), strict=True):
            row.problems = [words.replace(self.metric, self.name) for words in found]

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems or any(row.problems for row in self.levels))


@dataclass
class PolicySheet:
    """The whole form. `problems` by field: code, name, match, targets."""

    code: str = ""
    name: str = ""
    match: dict[str, list[str]] = field(default_factory=dict)
    targets: list[TargetRow] = field(default_factory=list)
    is_new: bool = False
    problems: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, draft: PolicyDraft) -> PolicySheet:
        """A saved policy, ready to be changed."""
        known = {row["metric"]: row for row in draft.targets}
        rows = [_row_of(metric, known.get(metric)) for metric in Metric.values]
        return cls(draft.code, draft.name, dict(draft.match), rows)

    @classmethod
    def of_post(cls, post: QueryDict, *, code: str | None) -> PolicySheet:
        """What was typed. `code` where the policy has one already."""
        return cls(
            code=post.get("code", "")[:60].strip() if code is None else code,
            name=post.get("name", "")[:200].strip(),
            match={name: found for name in MATCH_FIELDS if (found := post.getlist(f"match-{name}")[:200])},
            targets=[_row_typed(metric, post) for metric in Metric.values],
            is_new=code is None,
        )

    def draft(self) -> PolicyDraft:
        """What would be saved; rows without an amount are none."""
        code = self.code or slugify(self.name)[:50]
        targets = [row.target() for row in self.targets if not row.is_blank]
        return PolicyDraft.of(code=code, name=self.name, match=self.match, targets=targets)

    def check(self) -> bool:
        """Whether it can be saved; finds what is wrong, row by row where a row is at fault."""
        for row in self.targets:
            row.check()
        draft = self.draft()
        found = {name: words for name, words in draft.problems().items() if name != "targets"}
        if not draft.targets:
            found["targets"] = [_("Give it at least one target.")]
        elif not self.has_wrong_rows:
            found["targets"] = order_problems(draft.targets)
        if self.is_new and Policy.objects.filter(code=draft.code).exists():
            found.setdefault("code", []).append(_("Another policy has this code already."))
        self.problems = {name: words for name, words in found.items() if words}
        return not (self.problems or self.has_wrong_rows)

    @property
    def has_wrong_rows(self) -> bool:
        return any(row.is_wrong for row in self.targets)

    def take(self, step: str, detail: str) -> bool:
        """Carry out `add:<metric>` or `drop:<metric>:<n>`; False for another step."""
        metric, _colon, number = detail.partition(":")
        row = next((one for one in self.targets if one.metric == metric), None)
        if row is None or step not in ("add", "drop"):
            return False
        if step == "add" and row.can_grow:
            last = row.levels[-1] if row.levels else LevelRow(0)
            row.levels.append(LevelRow(len(row.levels), last.after, last.unit, "tell|lead"))
        elif step == "drop":
            row.levels = [one for one in row.levels if str(one.at) != number]
        for at, level in enumerate(row.levels):
            level.at = at
        return True


def _row_of(metric: str, target: dict[str, Any] | None) -> TargetRow:
    if target is None:
        return TargetRow(metric, unit=FIRST_UNIT.get(metric, "h"))
    unit = UNITS_OF.get(target["unit"], "")
    amount, unit = (str(target["amount"]), unit) if unit else typed_seconds(target["amount"])
    scale = SECONDS.get(unit, 1)
    levels = [
        LevelRow(at, *typed_seconds(level["after"]), f"{level['act']}|{level['to']}")
        for at, level in enumerate(target["levels"])
    ]
    least = str(Decimal(target["min_amount"]) / scale) if target["min_amount"] else ""
    cutoff = "" if target["cutoff"] == "close" else target["cutoff"]
    return TargetRow(metric, amount, unit, least, cutoff, str(target["warn_percent"]), levels)


def _row_typed(metric: str, post: QueryDict) -> TargetRow:
    def given(name: str) -> str:
        return str(post.get(f"{name}-{metric}", ""))[:MOST_TYPED].strip()

    lists = [post.getlist(f"{name}-{metric}")[:MOST_TYPED] for name in ("after", "after_unit", "does")]
    levels = [
        LevelRow(at, after[:MOST_TYPED], unit if unit in SECONDS else "h", does[:80])
        for at, (after, unit, does) in enumerate(zip(*lists, strict=False))
    ]
    unit = given("unit")
    return TargetRow(
        metric,
        given("amount"),
        unit if unit in SECONDS or unit in DAYS else "h",
        given("least"),
        given("cutoff"),
        given("warn") or "75",
        levels,
    )
