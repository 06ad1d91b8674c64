"""What people type, read kindly: times of day, opening hours in one line, dates, amounts of hours."""

from __future__ import annotations

import re
from datetime import date, datetime

_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_SPAN = re.compile(r"\s*(?:-|–|—|\bto\b)\s*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MOST_HOURS = 10_000


def clock(text: str) -> str:
    """ "9", "9:30", "0930" and "9 pm" as HH:MM; what cannot be read comes back as it is, to be refused in words."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return text.strip()
    hours, minutes, half = int(found[1]), found[2] or "00", (found[3] or "").lower()
    if half and not 1 <= hours <= 12:
        return text.strip()
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0)
    return f"{hours:02}:{minutes}"


def spans(text: str) -> tuple[tuple[str, str], ...]:
    """ "09:00-12:00, 13-18" as pairs of times; nothing or a lone dash is closed. A part without an end is ("x", "")."""
    pairs = []
    for part in re.split(r"[,;\n]", text):
        if part.strip() in ("", "-", "–", "—"):
            continue
        start, *rest = _SPAN.split(part.strip(), maxsplit=1)
        pairs.append((clock(start), clock(rest[0]) if rest else ""))
    return tuple(pairs)


def spans_text(pairs: object) -> str:
    """Pairs of times in one line, as `spans` reads them."""
    return ", ".join(f"{start}–{end}" for start, end in pairs)  # type: ignore[attr-defined]


def day(text: str) -> date | None:
    """YYYY-MM-DD, as the browser's own date field sends it; None for anything else."""
    try:
        return date.fromisoformat(text.strip()) if _DATE.fullmatch(text.strip()) else None
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """A wall clock without a zone ("2026-11-23T09:30"); None for anything else, years past 2199 too."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is None and 1970 <= found.year <= 2199 else None


def hours(text: str) -> int | None:
    """Hours as whole seconds: "4", "1.5", "1,5", "1:30"; None for anything else, for nothing and for too much."""
    text = text.strip().replace(",", ".")
    if found := re.fullmatch(r"(\d{1,5}):([0-5]\d)", text):
        seconds = int(found[1]) * 3600 + int(found[2]) * 60
    elif re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,4})?", text):
        seconds = round(float(text) * 3600)
    else:
        return None
    return seconds if 0 < seconds <= MOST_HOURS * 3600 else None


def number(text: str, most: int) -> int | None:
    """A whole number from 0 to `most`; None for anything else."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return int(text) if int(text) <= most else None
