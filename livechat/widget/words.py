"""The line that staff read when a shop has vouched for a visitor."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def identified(data: dict[str, Any], who: str, zone: str) -> str:
    """Whose conversation it is now."""
    return _("The shop says that this is %(name)s, signed in there") % {"name": data.get("name", "")}
