"""The dashboard's own tags: durations, shares, links to the rows behind a number with its definition."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from helpdesk.dashboard import words
from helpdesk.dashboard.definitions import NUMBERS

register = template.Library()
register.filter("duration", words.duration)
register.filter("points", words.change)
register.filter("percent", words.percent)


@register.simple_tag
def number(code: str, value: Any) -> SafeString:
    """A number of the present: opens its rows, and says what it counts on hover and focus."""
    one = NUMBERS[code]
    return format_html(
        '<a class="n" href="{}" data-def data-title="{}" data-words="{}">{}</a>',
        reverse("dashboard:rows", args=[code]),
        one.title,
        one.words,
        value,
    )


@register.filter
def part(value: float, whole: float) -> str:
    """A share of a bar 100 wide, for SVG attributes."""
    return f"{100 * value / whole:.2f}" if whole else "0"


@register.filter
def above(value: float, floor: float) -> str:
    """Where a percentage stands on a bar that begins at `floor`."""
    return f"{max(0.0, 100 * (value - floor) / (100 - floor)):.1f}"


@register.filter
def short_day(day: Any) -> str:
    """27 Oct"""
    from django.utils.dateformat import format as dateformat

    return dateformat(day, "j M")


@register.filter
def heat_line(day: int) -> int:
    """Where a weekday's name stands in the week's map."""
    return 20 + 33 * day


@register.filter
def heat_column(hour: int) -> int:
    """Where an hour's name stands in the week's map."""
    return 37 + 27 * hour
