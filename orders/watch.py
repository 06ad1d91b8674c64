"""When a parcel is late or stuck. Pure sums over its news; nothing is read or written here.

A parcel stands on one leg of its way, which its newest scan tells. Each leg has a rule of its own: so long may
it take without news. Some news are a cause by themselves (a failed delivery, a return to the sender). Beside
the leg, the carrier's own expected day is compared with the day that the buyer was promised.

Silence says something only where carriers' news come in: a store without any scan yet has no silent parcels,
and neither has a parcel that left before the first one came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFF, MARK, NOTE, BUYER = "off", "mark", "note", "buyer"
THEN = (OFF, MARK, NOTE, BUYER)
OLDEST = timedelta(days=60)  # what left before is history: it is not taken under watch any more
NOT_SEEN = frozenset({"pending", "info_received", "expired"})  # a label, not a parcel in a carrier's hands
LEGS = {
    "customs": "customs",
    "out_for_delivery": "door",
    "ready_for_pickup": "pickup",
    "attempt_failed": "attempt",
    "exception": "problem",
    "returning": "returning",
    "returned": "returning",
    "damaged": "lost",
    "lost": "lost",
}
UNITS = {
    "unscanned": HOUR, "still": DAY, "customs": DAY, "door": DAY, "pickup": DAY,
}  # fmt: skip
KINDS = (*UNITS, "attempt", "problem", "lost", "returning", "expected")
LONGEST = {HOUR: 24 * 60, DAY: 60}
_CUSTOMS = re.compile(r"\bcustoms?\b|\bduties\b", re.I)
_CLEARED = re.compile(r"\b(cleared|releas\w*|complet\w*|finished|passed)\b", re.I)
_HELD = re.compile(r"\b(held|hold|holding|delay\w*|inspect\w*|detain\w*|retain\w*|await\w*|pending)\b", re.I)
_BACK = re.compile(
    r"\b(return\w*|sent back|on its way back) (?:back )?to (?:the )?(?:sender|shipper|seller|origin)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`after`: how long it may take, in hours or days (see UNITS; 0 for what is a cause by itself)."""

    after: int
    then: str


DEFAULTS: Mapping[str, Rule] = {
    "unscanned": Rule(72, NOTE),
    "still": Rule(7, BUYER),
    "customs": Rule(4, BUYER),
    "door": Rule(2, NOTE),
    "pickup": Rule(4, BUYER),
    "attempt": Rule(0, BUYER),
    "problem": Rule(0, BUYER),
    "lost": Rule(0, BUYER),
    "returning": Rule(0, BUYER),
    "expected": Rule(0, NOTE),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """A store's rules; `carriers`: days without a scan on the way, for carriers that are slower or quicker."""

    kinds: Mapping[str, Rule] = field(default_factory=lambda: dict(DEFAULTS))
    carriers: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def allowed(self, kind: str, carrier: str) -> timedelta:
        """How long a parcel may stand on a leg without news."""
        after = self.kinds[kind].after
        if kind == "still":
            after = self.carriers.get(carrier, after)
        return after * UNITS.get(kind, HOUR)

    def spec(self) -> dict[str, Any]:
        """As it is kept and as the API shows it."""
        kinds = {kind: {"after": rule.after, "then": rule.then} for kind, rule in self.kinds.items()}
        return {"kinds": kinds, "carriers": dict(self.carriers)}


def rules_of_spec(spec: Mapping[str, Any], version: int = 0) -> Rules:
    """Rules as kept; a kind that was not known then has its default."""
    told = {kind: Rule(one["after"], one["then"]) for kind, one in spec.get("kinds", {}).items()}
    return Rules({**DEFAULTS, **told}, dict(spec.get("carriers", {})), version)


def check_rules(spec: Any, carriers: Iterable[str]) -> Rules:
    """Rules as somebody wrote them; a kind that is left out has its default. Raises Invalid by field."""
    problems: dict[str, list[str]] = {}
    kinds = dict(DEFAULTS)
    given = spec.get("kinds", {}) if isinstance(spec, Mapping) else None
    slow = spec.get("carriers", {}) if isinstance(spec, Mapping) else None
    if not isinstance(given, Mapping) or not isinstance(slow, Mapping):
        raise Invalid.field("kinds", _("Give the rules by kind."))
    for kind, one in given.items():
        if kind not in KINDS or not isinstance(one, Mapping):
            problems[f"kinds.{kind}"] = [_("This kind is not known.")]
            continue
        kinds[kind] = _rule(kind, one, problems)
    known = set(carriers)
    for carrier, days in slow.items():
        if carrier not in known:
            problems[f"carriers.{carrier}"] = [_("This carrier is not known.")]
        elif not _is_whole(days, LONGEST[DAY]):
            problems[f"carriers.{carrier}"] = [
                _("Give whole days, from 1 to %(most)d.") % {"most": LONGEST[DAY]}
            ]
    if problems:
        raise Invalid(_("Some rules need another look."), fields=problems)
    return Rules(kinds, {str(carrier): int(days) for carrier, days in sorted(slow.items())})


def _rule(kind: str, told: Mapping[str, Any], problems: dict[str, list[str]]) -> Rule:
    known = DEFAULTS[kind]
    then = told.get("then", known.then)
    if then not in THEN:
        problems[f"kinds.{kind}.then"] = [_("Choose what is done about it.")]
        then = known.then
    unit = UNITS.get(kind)
    if unit is None:
        return Rule(0, then)
    after = told.get("after", known.after)
    if not _is_whole(after, LONGEST[unit]):
        words = (
            _("Give whole hours, from 1 to %(most)d.")
            if unit is HOUR
            else _("Give whole days, from 1 to %(most)d.")
        )
        problems[f"kinds.{kind}.after"] = [words % {"most": LONGEST[unit]}]
        return known
    return Rule(after, then)


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


# One parcel ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scan:
    at: datetime
    status: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What is known of a parcel. `scans`: oldest first, at one instant in the order of their standing.

    `over`: it arrived, never left, or its order is over. `promised_on`: the day that the buyer was promised,
    in the store's calendar. `listening`: since when the store hears from carriers.
    """

    carrier: str
    status: str
    dispatched_at: datetime | None
    scans: tuple[Scan, ...] = ()
    over: bool = False
    expected_on: date | None = None
    promised_on: date | None = None
    listening: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong: its kind, since when, and the status that the parcel has there."""

    kind: str
    since: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, and when to look again; None: not before there is news."""

    found: tuple[Found, ...] = ()
    again_at: datetime | None = None


def leg_of(status: str, words: str) -> str:
    """The leg that a scan puts a parcel on: "still" is on its way. Its words tell what its status leaves open."""
    if status in ("in_transit", "exception"):
        if _BACK.search(words):
            return "returning"
        if _CUSTOMS.search(words) and _HELD.search(words) and not _CLEARED.search(words):
            return "customs"
    return LEGS.get(status, "still")


def look_at(news: News, rules: Rules, at: datetime) -> Look:
    """Whether a parcel is late or stuck at an instant by a store's rules."""
    if news.over:
        return Look()
    look = _leg(news, rules, at)
    late = _expected(news, rules, at)
    return replace(look, found=(*look.found, late)) if late else look


def _leg(news: News, rules: Rules, at: datetime) -> Look:
    seen = [scan for scan in news.scans if scan.status not in NOT_SEEN and scan.at <= at]
    if not seen:
        return _before_the_first_scan(news, rules, at)
    last = seen[-1]
    kind = leg_of(last.status, last.words)
    since = _since(seen, kind)
    if kind not in UNITS:
        return _if_on(rules, Found(kind, since, last.status))
    if kind == "still" and news.status == "expired":
        return _if_on(rules, Found(kind, since, news.status))
    return _unless_soon(rules, Found(kind, since, last.status), since + rules.allowed(kind, news.carrier), at)


def _since(seen: list[Scan], kind: str) -> datetime:
    """Customs and the way back begin with their first scan in a row; silence begins with the last one."""
    if kind not in ("customs", "returning"):
        return seen[-1].at
    since = seen[-1].at
    for scan in reversed(seen):
        if leg_of(scan.status, scan.words) != kind:
            break
        since = scan.at
    return since


def _before_the_first_scan(news: News, rules: Rules, at: datetime) -> Look:
    since = news.dispatched_at
    kind = LEGS.get(news.status, "")
    if kind and kind not in UNITS:  # a shop's system tells the state and no scans
        return _if_on(rules, Found(kind, since or at, news.status))
    heard = news.listening
    if since is None or heard is None or since < heard or kind:
        return Look()
    found = Found("unscanned", since, news.status)
    return _unless_soon(rules, found, since + rules.allowed("unscanned", news.carrier), at)


def _expected(news: News, rules: Rules, at: datetime) -> Found | None:
    late = news.expected_on and news.promised_on and news.expected_on > news.promised_on
    if not late or rules.kinds["expected"].then == OFF:
        return None
    return Found("expected", news.scans[-1].at if news.scans else at, news.status)


def _if_on(rules: Rules, found: Found) -> Look:
    return Look() if rules.kinds[found.kind].then == OFF else Look((found,))


def _unless_soon(rules: Rules, found: Found, due: datetime, at: datetime) -> Look:
    if rules.kinds[found.kind].then == OFF:
        return Look()
    return Look((found,)) if due <= at else Look(again_at=due)


# Scans ---------------------------------------------------------------------------------------------------

# Which of two scans of the same second is the later one.
STANDING = (
    *("pending", "info_received", "in_transit", "exception", "customs", "expired", "attempt_failed"),
    *("ready_for_pickup", "out_for_delivery", "damaged", "lost", "returning", "returned", "delivered"),
)


def standing(status: str) -> int:
    """The place of a status on a parcel's way; 0 for one that is not known."""
    return STANDING.index(status) if status in STANDING else 0
