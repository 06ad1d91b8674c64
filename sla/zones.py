"""Time zones as people name them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.errors import Invalid


def read_zone(name: str, *, field: str = "zone") -> ZoneInfo:
    """The zone of an IANA name; Invalid that names the field otherwise."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        message = _("There is no time zone “%(name)s”. Write one like America/New_York.") % {"name": name}
        raise Invalid.field(field, message, code="unknown_zone") from None
