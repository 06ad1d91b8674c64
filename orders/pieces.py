"""Whether everything that an order owes is in parcels that arrived, where the shop's system told what is in which.

Pure sums over what is remembered of an order's messages (`OrderKey.pieces`), by the line's id there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from orders.hooks.reading import Told

Kept = dict[str, Any]  # {"owed": {"mark", "lines"}, "back": {refund: lines}, "sent": {dispatch: one}}


def remember(kept: Mapping[str, Any], told: Told) -> Kept:
    """What is known after a message, whatever came first: of two about the same thing the newer one counts."""
    owed, back, sent = kept.get("owed"), dict(kept.get("back", {})), dict(kept.get("sent", {}))
    if told.order is not None and told.pieces is not None:
        mark = _mark(told.order.updated_at) if told.order.updated_at else ""
        owed = _newer(owed, {"mark": mark, "lines": dict(told.pieces)})
    back.update({refund: dict(lines) for refund, lines in told.pieces_back.items()})
    for one in told.dispatches:
        lines = None if one.pieces is None else dict(one.pieces)
        row = {
            "mark": _mark(one.updated_at),
            "off": one.cancelled,
            "there": one.there,
            "lines": lines,
            "numbers": [parcel.tracking_number for parcel in one.parcels],
        }
        sent[one.key] = _newer(sent.get(one.key), row)
    return {"owed": owed, "back": back, "sent": sent}


def _mark(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _newer(known: Kept | None, told: Kept) -> Kept:
    if known is None or _rank(told) > _rank(known):
        return told
    return known


def _rank(one: Kept) -> tuple[str, str]:
    return one["mark"], json.dumps(one, sort_keys=True)


def all_there(kept: Mapping[str, Any], parcels: Iterable[str]) -> bool:
    """Whether nothing is missing once these parcels arrived (tracking numbers, those called off left out).

    True where it is not known what is in one of them: then parcels alone decide. What was cancelled or refunded
    is not waited for; a dispatch without a tracking number is there when the shop's system says so.
    """
    owed, sent = kept.get("owed"), [one for one in kept.get("sent", {}).values() if not one["off"]]
    told = {number for one in sent for number in one["numbers"]}
    if owed is None or any(one["lines"] is None for one in sent) or set(parcels) - told:
        return True
    missing = Counter(owed["lines"])
    for lines in kept.get("back", {}).values():
        missing.subtract(lines)
    for one in sent:
        if one["numbers"] or one["there"]:
            missing.subtract(one["lines"])
    return all(count <= 0 for count in missing.values())
