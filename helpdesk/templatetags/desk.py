"""What pages say alike: money, times in two zones, faces, words and tones of a status, icons."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as dateformat
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from core.clock import now
from helpdesk.console.words import FOUND_BY
from tickets.words import STATUS_NAMES, name_of

register = template.Library()

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥"}
_ORDER = {
    "awaiting_payment": (gettext_lazy("Awaiting payment"), "warn"),
    "under_review": (gettext_lazy("Under review"), "warn"),
    "awaiting_shipping": (gettext_lazy("Awaiting shipping"), "go"),
    "awaiting_delivery": (gettext_lazy("Awaiting delivery"), "go"),
    "delivered": (gettext_lazy("Delivered"), "ok"),
    "cancelled": (gettext_lazy("Cancelled"), ""),
    "returned": (gettext_lazy("Returned"), ""),
}
# As the requester reads them: who is to move next.
_TICKET = {
    "new": (gettext_lazy("Waiting for us"), "go"),
    "open": (gettext_lazy("Waiting for us"), "go"),
    "waiting": (gettext_lazy("Waiting for you"), "warn"),
    "on_hold": (gettext_lazy("On hold"), ""),
    "solved": (gettext_lazy("Solved"), "ok"),
    "closed": (gettext_lazy("Closed"), ""),
}
GOODS = (
    ("shopping-bag", ("tote", "bag", "pouch", "wallet")),
    ("backpack", ("backpack", "pack ")),
    ("coffee", ("mug", "cup", "bowl", "tea", "coffee", "kettle", "pot")),
    ("notebook", ("notebook", "journal", "diary", "paper", "book")),
    ("device-mobile", ("phone", "case", "charger", "cable")),
    ("droplet", ("oil", "serum", "soap", "cream", "lotion", "cleans")),
    ("brush", ("brush", "lip", "tint", "paint", "ink")),
    ("table", ("table", "desk", "chair", "shelf", "bookcase")),
    ("printer", ("printer", "copier", "fax")),
)


# --- money ----------------------------------------------------------------------------------------------
@register.filter
def money(amount: Decimal | str | int | None, currency: str = "USD") -> str:
    """`12.3` as "$12.30"; a minus before the sign. Blank for None."""
    if amount is None or amount == "":
        return ""
    value = Decimal(amount)
    digits = number_format(abs(value), decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'−' if value < 0 else ''}{sign}{digits}"


# --- times ----------------------------------------------------------------------------------------------
def zone_named(name: str | None) -> zoneinfo.ZoneInfo:
    """The zone of that name; UTC where there is none."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")


@register.filter
def city(zone: str) -> str:
    """`America/New_York` as "New York"."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def _local(at: datetime, zone: str | None = None) -> datetime:
    return at.astimezone(zone_named(zone) if zone else timezone.get_current_timezone())


@register.filter
def day(at: datetime | date | None, zone: str | None = None) -> str:
    """Mon 23 Nov, with the year when it is not this one; in the reader's zone unless one is named."""
    if at is None:
        return ""
    local = _local(at, zone) if isinstance(at, datetime) else at
    same_year = local.year == _local(now(), zone).year
    # Translators: a day and a month as Django's date format, without and with the year.
    return dateformat(local, pgettext("date", "D j M") if same_year else pgettext("date", "D j M Y"))


@register.filter
def long_day(at: datetime | date) -> str:
    """Monday 23 November, in the reader's zone."""
    local = _local(at) if isinstance(at, datetime) else at
    same_year = local.year == _local(now()).year
    return dateformat(local, pgettext("date", "l j F") if same_year else pgettext("date", "l j F Y"))


@register.filter
def hour(at: datetime | None, zone: str | None = None) -> str:
    """1:00 PM, in the reader's zone unless one is named."""
    # Translators: a time of day as Django's date format.
    return dateformat(_local(at, zone), pgettext("date", "g:i A")) if at else ""


@register.filter
def when(at: datetime | None, zone: str | None = None) -> str:
    """Mon 23 Nov, 1:00 PM, in the reader's zone unless one is named."""
    if at is None:
        return ""
    return pgettext("date", "%(day)s, %(hour)s") % {"day": day(at, zone), "hour": hour(at, zone)}


@register.filter
def iso(at: datetime | None) -> str:
    """For `datetime=` attributes."""
    return at.isoformat() if at else ""


@register.filter
def day_key(at: datetime) -> str:
    """The day in the reader's zone as YYYY-MM-DD."""
    return _local(at).date().isoformat()


def is_same_zone(at: datetime, zone: str) -> bool:
    """Whether the reader's clock shows the same as the zone's at that instant."""
    return _local(at).replace(tzinfo=None) == _local(at, zone).replace(tzinfo=None)


def _for_you(at: datetime, zone: str) -> str:
    """The reader's time, with its day only when that is another one."""
    return hour(at) if _local(at).date() == _local(at, zone).date() else when(at)


def _weekday_hour(at: datetime, zone: str | None = None) -> str:
    """Monday 1:00 AM; with the date instead from a week on."""
    local = _local(at, zone)
    if (local.date() - _local(now(), zone).date()).days > 6:
        return when(at, zone)
    return f"{dateformat(local, 'l')} {hour(at, zone)}"


@register.simple_tag
def in_two_zones(at: datetime, zone: str) -> str:
    """Mon 23 Nov, 1:00 PM in New York (Tue 24 Nov, 2:00 AM for you). `zone` is the desk's."""
    words = {"time": when(at, zone), "city": city(zone), "yours": _for_you(at, zone)}
    if is_same_zone(at, zone):
        return _("%(time)s in %(city)s") % words
    return _("%(time)s in %(city)s (%(yours)s for you)") % words


@register.simple_tag
def hour_in_two_zones(at: datetime, zone: str) -> str:
    """11:30 PM in New York (12:30 PM for you); with the day when it is not the desk's today."""
    today = _local(at, zone).date() == _local(now(), zone).date()
    same_day = _local(at).date() == _local(at, zone).date()
    words = {
        "time": hour(at, zone) if today else _weekday_hour(at, zone),
        "city": city(zone),
        "yours": hour(at) if same_day else _weekday_hour(at),
    }
    if is_same_zone(at, zone):
        return _("%(time)s in %(city)s") % words
    return _("%(time)s in %(city)s (%(yours)s for you)") % words


@register.simple_tag
def yours_then_theirs(at: datetime, zone: str) -> str:
    """in Portland, 2:25 PM in New York: stands under the reader's own time."""
    words = {"mine": city(timezone.get_current_timezone_name()), "city": city(zone)}
    if is_same_zone(at, zone):
        return _("in %(mine)s and in %(city)s") % words
    words["theirs"] = hour(at, zone) if _local(at).date() == _local(at, zone).date() else when(at, zone)
    return _("in %(mine)s, %(theirs)s in %(city)s") % words


@register.simple_tag
def server_time() -> str:
    """The house's present instant, for countdowns that do not trust the reader's clock."""
    return now().isoformat(timespec="milliseconds")


# --- faces and tints --------------------------------------------------------------------------------------
@register.filter
def face(key: object) -> str:
    """One of six face classes by a person's public id; the same sum as the live client's."""
    return f"f{sum(map(ord, str(key))) % 6 + 1}"


TINTS = {"blue": "t1", "green": "t2", "orange": "t3", "red": "t3", "purple": "t4", "yellow": "t5"}


@register.filter
def tint_of(name: str) -> str:
    """The tile class of a tint that somebody chose by class or colour; one by the word for any other."""
    chosen = str(name).strip().lower()
    return chosen if chosen in TINTS.values() else TINTS.get(chosen) or tint(chosen)


@register.filter
def tint(key: object) -> str:
    """One of five tile tints by any text."""
    return f"t{sum(map(ord, str(key))) % 5 + 1}"


@register.filter
def goods_icon(name: str) -> str:
    """An icon for a product by its words; a parcel when none fits."""
    low = f"{name} ".lower()
    return next((icon for icon, words in GOODS if any(word in low for word in words)), "package")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the sprite, in the colour of the text around it, hidden from readers of the screen."""
    css = f"icon {extra}".strip()
    markup = '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#i-{}"></use></svg>'
    return format_html(markup, css, static("icons.svg"), name)


# --- statuses -----------------------------------------------------------------------------------------------
@register.filter
def order_status(status: str) -> str:
    """The order's status in words."""
    return str(_ORDER[status][0]) if status in _ORDER else status


@register.filter
def order_tone(status: str) -> str:
    """The chip's class for an order's status."""
    return _ORDER[status][1] if status in _ORDER else ""


@register.filter
def ticket_status(status: str) -> str:
    """The ticket's status as its requester reads it."""
    return str(_TICKET[status][0]) if status in _TICKET else status


@register.filter
def found_by(why: str) -> str:
    """Where a search found what was looked for."""
    return str(FOUND_BY.get(why, why))


@register.filter
def status_words(status: str) -> str:
    """A ticket's status as staff say it."""
    return name_of(STATUS_NAMES, status)


@register.filter
def ticket_tone(status: str) -> str:
    """The chip's class for a ticket's status."""
    return _TICKET[status][1] if status in _TICKET else ""


@register.simple_tag
def theme_url() -> str:
    """The shop's accent as a style sheet; its address changes with the accent."""
    return f"{reverse('portal:theme')}?v={settings.SHOP_ACCENT.lstrip('#')}"


@register.filter
def field_of(form: Any, name: str) -> Any:
    """A form's field by its name."""
    return form[name]


@register.filter
def at_key(mapping: dict[Any, Any], key: Any) -> Any:
    """A mapping's value by a key that the template knows only at run time."""
    return mapping.get(key)


@register.filter
def line_total(line: Any) -> Decimal:
    """What a line of an order costs in all."""
    return Decimal(line.price) * int(line.quantity) - Decimal(line.discount or 0)


@register.filter
def size(number: int) -> str:
    """218 KB, as people say it."""
    if number < 1024:
        return f"{number} B"
    return f"{round(number / 1024)} KB" if number < 1024 * 1024 else f"{number / 1024 / 1024:.1f} MB"


@register.filter
def is_today(at: datetime) -> bool:
    """Whether it is today for the reader."""
    return _local(at).date() == _local(now()).date()
