"""What people type: cleaned once, measured once, with the same words at every door."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from core.errors import Invalid

BODY_LIMIT = 8000
SUBJECT_LIMIT = 200
# Unicode's categories Cc, but for the end of a line and the tabulator, and Cs: halves of pairs that stand alone.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_body(raw: object, *, field: str = "body", limit: int = BODY_LIMIT) -> str:
    """Text as it is stored: line ends unified, control characters dropped, outer blank space cut.

    Raises Invalid (`empty`, `too_long`) that names the field and the limit. Markup stays text.
    """
    if not isinstance(raw, str):
        raise Invalid.field(field, _("Write something first."), code="empty")
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", text).strip()
    if not text or all(unicodedata.category(c) in ("Cf", "Zs", "Zl", "Zp") or c.isspace() for c in text):
        raise Invalid.field(field, _("Write something first."), code="empty")
    if len(text) > limit:
        over = _("This is %(over)d characters too long: at most %(limit)d fit.")
        raise Invalid.field(field, over % {"over": len(text) - limit, "limit": limit}, code="too_long")
    return text


def clean_subject(raw: object, *, field: str = "subject") -> str:
    """One line of at most 200 characters."""
    return " ".join(clean_body(raw, field=field, limit=SUBJECT_LIMIT).split())
