"""What people and platforms write into cells: money, moments, pieces, in the forms that are clear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from orders.data import CENT, MOST_PIECES
from orders.imports.results import Bad

SURROGATE = re.compile("[\ud800-\udfff]")
QUOTED = re.compile(r'="([^"]*)"\Z')  # how platforms keep spreadsheets from counting a number
GUARDED = re.compile(r"'[=+\-@\t\r]")
GUARDS = ("=", "+", "-", "@", "\t", "\r")
SIGNS = {"$": "USD", "US$": "USD", "C$": "CAD", "AU$": "AUD", "£": "GBP", "€": "EUR", "¥": "JPY"}
AMOUNT = re.compile(r"-?\d{1,12}(?:\.\d{1,10})?\Z")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
NAMED_DAY = re.compile(r"([A-Za-z]{3})[a-z]*[-\s.](\d{1,2}),?[-\s](\d{2}|\d{4})(?:\s+(\S.*))?\Z")
DAY_NAMED = re.compile(r"(\d{1,2})[-\s.]([A-Za-z]{3})[a-z]*,?[-\s](\d{2}|\d{4})(?:\s+(\S.*))?\Z")
DAY_IN_FIGURES = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:,?\s+(\S.*))?\Z")
OFFSET = re.compile(r"\s*(?:UTC|GMT)\Z")
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Context:
    """What a file does not say: the store's currency and zone, which column means what, how it writes dates.

    `dates` is "dmy" or "mdy" where days stand in figures; blank: only those that are clear are taken.
    """

    currency: str = "USD"
    zone: str = "UTC"
    mapping: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""


def plain(raw: str, *, unguard: bool = False) -> str:
    """A cell without outer space and tabs, and without the signs by which platforms guard long numbers."""
    cell = raw.strip()
    if match := QUOTED.match(cell):
        return match[1].strip()
    return cell[1:] if unguard and GUARDED.match(cell) else cell


def guarded(text: str) -> str:
    """A cell for a file that a spreadsheet may open: nothing in it is taken for a formula."""
    return f"'{text}" if text.startswith(GUARDS) else text


def money_of(raw: str, column: str) -> Decimal:
    """An amount with two places: `1,234.50`, `1.234,50`, `$12.30`, `12,30 EUR`. Raises Bad."""
    text = re.sub(r"[A-Za-z$£€¥\s'\u00a0\u202f]", "", raw)
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "").replace(",", ".")
    elif "," in text:
        head, _comma, tail = text.rpartition(",")
        text = text.replace(",", "") if len(tail) == 3 else f"{head}.{tail}"
    if not AMOUNT.match(text):
        raise Bad(column, _("“%(given)s” is not an amount of money, such as 12.30.") % {"given": raw[:40]})
    if text.startswith("-"):
        raise Bad(column, _("An amount of money is not negative here."))
    amount = Decimal(text)
    cents = amount.quantize(CENT, ROUND_HALF_UP)
    if abs(amount - cents) > Decimal("0.00001"):  # a spreadsheet's own rounding is none of the amount
        raise Bad(column, _("“%(given)s” has more than two decimal places.") % {"given": raw[:40]})
    return cents


def currency_in(raw: str) -> str:
    """The currency that an amount names by its sign or code; blank when it names none."""
    letters = re.sub(r"[\d.,\s'\u00a0\u202f-]", "", raw).upper()
    return SIGNS.get(letters, letters if len(letters) == 3 else "")


def pieces_of(raw: str, column: str, *, least: int = 1) -> int:
    """A whole number of pieces. Raises Bad."""
    text = raw.removesuffix(".0")
    if text.isascii() and text.isdecimal() and least <= int(text[:9]) <= MOST_PIECES and len(text) < 10:
        return int(text)
    raise Bad(
        column, _("“%(given)s” is not a number of pieces: a whole number from 1.") % {"given": raw[:40]}
    )


def moment_of(raw: str, column: str, context: Context) -> datetime | None:
    """An instant in UTC; blank is None. Without an offset it is the store's wall clock, without an hour noon.

    Raises Bad for what is no date, and for `03/04/2026` where nobody said which figure is the day.
    """
    if not raw:
        return None
    try:
        day, hour = _day_and_hour(OFFSET.sub("+00:00", raw), column, context)
        moment = hour if isinstance(hour, datetime) else datetime.combine(day, hour)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(context.zone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        words = _("“%(given)s” is no date or time that is clear, such as 2026-01-31 18:05.")
        raise Bad(column, words % {"given": raw[:40]}) from None


def _day_and_hour(raw: str, column: str, context: Context) -> tuple[date, time | datetime]:
    if match := NAMED_DAY.match(raw):
        month, day, year, rest = match.groups()
        return _day(year, MONTHS.index(month.lower()) + 1, int(day)), _hour(rest)
    if match := DAY_NAMED.match(raw):
        day, month, year, rest = match.groups()
        return _day(year, MONTHS.index(month.lower()) + 1, int(day)), _hour(rest)
    if match := DAY_IN_FIGURES.match(raw):
        first, _sign, second, year, rest = match.groups()
        of_month, in_year = _which(int(first), int(second), raw, column, context)
        return _day(year, in_year, of_month), _hour(rest)
    if len(raw) == 10:
        return date.fromisoformat(raw), NOON
    text = re.sub(r"\s+([+-]\d{2}:?\d{2})\Z", r"\1", raw)
    moment = datetime.fromisoformat(text)
    return moment.date(), moment


def _which(first: int, second: int, raw: str, column: str, context: Context) -> tuple[int, int]:
    """Day and month of two figures."""
    if first > 12 or (context.dates == "dmy" and second <= 12):
        return first, second
    if second > 12 or context.dates == "mdy" or first == second:
        return second, first
    words = _("“%(given)s” can be two dates. Say which figure is the day, or write it as 2026-01-31.")
    raise Bad(column, words % {"given": raw[:40]})


def _day(year: str, month: int, day: int) -> date:
    return date(int(year) + (2000 if len(year) == 2 else 0), month, day)


def _hour(rest: str | None) -> time:
    if not rest:
        return NOON
    text = rest.strip().upper().replace(".", ":")
    if text.endswith(("AM", "PM")):
        form = "%I:%M:%S %p" if text.count(":") == 2 else "%I:%M %p"
        return datetime.strptime(f"{text[:-2].strip()} {text[-2:]}", form).time()  # noqa: DTZ007 (an hour alone)
    return time.fromisoformat(text)
