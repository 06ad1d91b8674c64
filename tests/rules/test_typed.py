"""What people type, read kindly and never wrongly."""

from __future__ import annotations

import pytest

from helpdesk.rules import typed


@pytest.mark.parametrize(
    "text,told",
    [
        ("9", "09:00"), ("09:00", "09:00"), ("9:30", "09:30"), ("0930", "09:30"), ("9.30", "09:30"), ("9h30", "09:30"),
        ("9 pm", "21:00"), ("12am", "00:00"), ("12 PM", "12:00"), ("24", "24:00"), ("24:00", "24:00"), (" 7 ", "07:00"),
        ("13 pm", "13 pm"), ("25:00", "25:00"), ("soon", "soon"), ("", ""), ("9:3", "9:3"), ("-1", "-1"),
    ],
)  # fmt: skip
def test_times_of_day(text: str, told: str) -> None:
    assert typed.clock(text) == told


@pytest.mark.parametrize(
    "text,told",
    [
        ("", ()), ("–", ()), ("09:00-12:00", (("09:00", "12:00"),)),
        ("9–12, 13 to 17:30", (("09:00", "12:00"), ("13:00", "17:30"))), ("9", (("09:00", ""),)),
        ("9-12; 1 pm – 5 pm", (("09:00", "12:00"), ("13:00", "17:00"))), ("all day", (("all day", ""),)),
    ],
)  # fmt: skip
def test_hours_in_a_line(text: str, told: tuple[tuple[str, str], ...]) -> None:
    assert typed.spans(text) == told
    if all(end for _start, end in told):
        assert typed.spans(typed.spans_text(told)) == told


@pytest.mark.parametrize(
    "text,seconds",
    [("4", 14_400), ("1.5", 5400), ("1,5", 5400), ("0:45", 2700), ("10000", 36_000_000), ("0.01", 36)]
    + [(bad, None) for bad in ("0", "0:00", "10001", "", "x", "-1", "1e3", "1:60", "٣", "nan", "inf")],
)
def test_amounts_of_hours(text: str, seconds: int | None) -> None:
    assert typed.hours(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13-01", "2026-02-30", "20260101", "2026-W01-1", "２０２６-01-01"]
)
def test_no_dates(text: str) -> None:
    assert typed.day(text) is None


@pytest.mark.parametrize(
    "text", ["", "x", "2026-11-10T09:00:00Z", "2026-11-10T09:00+01:00", "9999-01-01T00:00"]
)
def test_no_moments(text: str) -> None:
    assert typed.moment(text) is None
