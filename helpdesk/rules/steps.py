"""The small steps on a sheet: a row more, a row less, a day's hours copied, holidays chosen.

A step is a word with its arguments, "copy:0:1,2,3": the name of a button. Each says which field to go on in.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import QueryDict

from helpdesk.rules import typed
from helpdesk.rules.sheets import DayRow, Sheet, WindowRow

DAYS = 7


def take(sheet: Sheet, name: str, rest: str, post: QueryDict) -> str | None:
    """Do a step; the id of the field to go on in, None for a word that is no step."""
    if name not in _STEPS:
        return None
    focus = _STEPS[name](sheet, rest, post)
    sheet.number()
    return focus() if callable(focus) else focus


Focus = str | Callable[[], str]


def _add(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    day = typed.number(rest, DAYS - 1)
    if day is None:
        return ""
    row = WindowRow(day)
    sheet.windows.append(row)
    return lambda: f"w-{row.at}-start"


def _drop(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    at = typed.number(rest, len(sheet.windows) - 1)
    if at is None:
        return ""
    return f"add-{sheet.windows.pop(at).day}"


def _copy(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    source, _colon, others = rest.partition(":")
    day = typed.number(source, DAYS - 1)
    targets = {typed.number(other, DAYS - 1) for other in others.split(",")} - {None, day}
    if day is None:
        return ""
    own = [row for row in sheet.windows if row.day == day]
    sheet.windows = [row for row in sheet.windows if row.day not in targets]
    sheet.windows += [
        WindowRow(int(to), row.start, row.end) for to in targets if to is not None for row in own
    ]
    return f"copy-{day}"


def _add_holiday(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    row = DayRow()
    sheet.holidays.append(row)
    return lambda: f"h-{row.at}-day"


def _drop_holiday(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    return _popped(sheet.holidays, rest, "h-add")


def _choose(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    """Add what is ticked in the list of a country; what is there already stays as it is."""
    there = {row.date for row in sheet.holidays}
    for words in post.getlist("pick")[:200]:
        text, _space, name = words.partition(" ")
        day = typed.day(text)
        if day is not None and day not in there:
            there.add(day)
            sheet.holidays.append(DayRow(day.isoformat(), name[:100]))
    sheet.holidays.sort(key=lambda row: (row.is_blank, row.day))
    return "holidays"


def _add_special(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    row = DayRow()
    sheet.special.append(row)
    return lambda: f"s-{row.at}-day"


def _drop_special(sheet: Sheet, rest: str, post: QueryDict) -> Focus:
    return _popped(sheet.special, rest, "s-add")


def _popped(rows: list[DayRow], rest: str, focus: str) -> Focus:
    at = typed.number(rest, len(rows) - 1)
    if at is not None:
        rows.pop(at)
    return focus


_STEPS: dict[str, Callable[[Sheet, str, QueryDict], Focus]] = {
    "add": _add,
    "drop": _drop,
    "copy": _copy,
    "h-add": _add_holiday,
    "h-drop": _drop_holiday,
    "h-choose": _choose,
    "s-add": _add_special,
    "s-drop": _drop_special,
}
