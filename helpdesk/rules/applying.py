"""Applying hours from a date: what was typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.errors import DeskError, Invalid
from helpdesk.rules import typed


@dataclass
class ApplyForm:
    """A moment on the desk's wall clock and a reason, kept as typed."""

    zone: ZoneInfo
    from_at: str = ""
    reason: str = ""
    problems: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def blank(cls, zone: ZoneInfo, at: datetime) -> ApplyForm:
        """From the start of the desk's yesterday."""
        day = at.astimezone(zone).date() - timedelta(days=1)
        return cls(zone, from_at=f"{day.isoformat()}T00:00")

    @classmethod
    def of_post(cls, zone: ZoneInfo, post: QueryDict) -> ApplyForm:
        return cls(zone, post.get("from_at", "")[:40], post.get("reason", "")[:400])

    def values(self) -> tuple[datetime, str]:
        """From when (UTC) and why. Raises Invalid that names the field."""
        local = typed.moment(self.from_at)
        if local is None:
            raise Invalid.field("from_at", _("Give a date and a time."))
        return local.replace(tzinfo=self.zone).astimezone(UTC), self.reason

    def refuse(self, error: DeskError) -> None:
        """Keep what was refused, beside its field, or above the form where it has none."""
        named = {name: [str(word) for word in words] for name, words in error.fields.items()}
        self.problems = named or {"form": [str(error.message)]}
