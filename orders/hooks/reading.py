"""What all readers of messages share: values out of JSON that may hold anything, and what a message tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from core.errors import Invalid
from orders.data import CENT, OrderData, ScanData, ShipmentData

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Parcels that a shop sent together. `key` is its id there, `updated_at` when it was told.

    `pieces`: how many of each line (by its id there) are in it, None where that is not told; `there`: it arrived.
    """

    key: str
    updated_at: datetime
    parcels: tuple[ShipmentData, ...]
    cancelled: bool = False
    pieces: Mapping[str, int] | None = None
    there: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What one message says. `key`: the order's id at the source; `number`: as the buyer knows it, if told.

    `pieces`: how many of each line are to be sent; `pieces_back`: by refund, how many are not owed any more.
    `scans` belong to the parcels of the dispatch `scans_of`, or to the parcel itself for a carrier's news, and so
    does `expected_on`, the day on which the carrier thinks that they arrive.
    """

    key: str
    number: str = ""
    order: OrderData | None = None
    dispatches: tuple[Dispatch, ...] = ()
    refunds: Mapping[str, Decimal] = field(default_factory=dict)
    scans: tuple[ScanData, ...] = ()
    scans_of: str = ""
    expected_on: date | None = None
    parcel: ShipmentData | None = None
    pieces: Mapping[str, int] | None = None
    pieces_back: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def load(body: bytes) -> Json:
    """The body as an object. Raises Invalid for anything else."""
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Invalid(_("The message is not JSON."), code="not_json") from None
    if not isinstance(found, dict):
        raise Invalid(_("The message is not a JSON object."), code="not_json")
    return found


def part(data: Json, name: str) -> Json:
    """An object within; empty when there is none."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def parts(data: Json, name: str) -> list[Json]:
    """The objects of a list within."""
    found = data.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(data: Json, *names: str) -> str:
    """The first of these that says something, as text."""
    for name in names:
        value = data.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        if words := str(value).strip():
            return words
    return ""


def need(data: Json, name: str) -> str:
    """A text that must be there. Raises Invalid that names it."""
    found = text(data, name)
    if not found:
        raise Invalid.field(name, _("“%(name)s” is missing.") % {"name": name}, code="missing")
    return found


def money(data: Json, name: str) -> Decimal:
    """An amount, 0 when it is not told; half a cent goes up. Raises Invalid for what is none."""
    raw = data.get(name)
    if raw is None or raw == "":
        return Decimal("0.00")
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float) or len(str(raw)) > 30:
            raise InvalidOperation
        amount = Decimal(str(raw))
        if not amount.is_finite():
            raise InvalidOperation
        return amount.quantize(CENT, "ROUND_HALF_UP")
    except InvalidOperation:
        words = _("“%(given)s” is not an amount of money.") % {"given": str(raw)[:40]}
        raise Invalid.field(name, words) from None


def pieces(data: Json, name: str = "quantity") -> int:
    """A whole number of pieces. Raises Invalid."""
    raw = data.get(name)
    if isinstance(raw, bool) or not isinstance(raw, int):
        words = _("“%(given)s” is not a number of pieces: a whole number from 1.")
        raise Invalid.field(name, words % {"given": str(raw)[:40]})
    return raw


def moment(data: Json, *names: str) -> datetime | None:
    """The first of these instants; one without an offset is UTC. Raises Invalid for what is no time."""
    for name in names:
        raw = data.get(name)
        if raw in (None, ""):
            continue
        try:
            found = parse_datetime(raw) if isinstance(raw, str) else None
        except ValueError:
            found = None
        if found is None:
            words = _("“%(given)s” is not a time.") % {"given": str(raw)[:40]}
            raise Invalid.field(name, words)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def need_moment(data: Json, *names: str) -> datetime:
    """An instant that must be there."""
    found = moment(data, *names)
    if found is None:
        words = _("“%(name)s” is missing.") % {"name": names[0]}
        raise Invalid.field(names[0], words, code="missing")
    return found


def day(raw: object) -> date | None:
    """A date, or the date of an instant by its own clock; None for anything else: a guess stops no message."""
    if not isinstance(raw, str):
        return None
    try:
        return parse_date(raw[:10])
    except ValueError:
        return None


def web_address(raw: str) -> str:
    """A link that can be shown; "" for anything else."""
    return raw if raw.startswith(("https://", "http://")) and len(raw) <= 500 else ""
