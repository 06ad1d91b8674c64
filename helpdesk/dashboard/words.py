"""How the dashboard says durations, changes and shares."""

from __future__ import annotations

from django.utils.translation import gettext as _


def duration(seconds: float | None) -> str:
    """3 h 46 m, 12 m, 40 s; a dash for None."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return _("%(s)d s") % {"s": whole}
    hours, minutes = divmod(round(whole / 60), 60)
    if not hours:
        return _("%(m)d m") % {"m": minutes}
    if not minutes:
        return _("%(h)d h") % {"h": hours}
    return _("%(h)d h %(m)02d m") % {"h": hours, "m": minutes}


def change(points: float | None) -> str:
    """+0.4 or −1.9, in points; blank for None."""
    if points is None:
        return ""
    return f"{'+' if points > 0 else '−' if points < 0 else ''}{abs(points):.1f}"


def percent(share: float | None, places: int = 1) -> str:
    """98.1%, 100%; a dash for None."""
    if share is None:
        return "–"
    return f"{share:.{0 if share in (0, 100) else places}f}%"
