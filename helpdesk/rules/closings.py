"""Closing a desk by hand: what was typed, and what would happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Invalid
from helpdesk.rules import typed
from livechat.queries import ChatsClosing, chats_closing
from sla.actions import close_desk
from sla.drafts import CalendarDraft, draft_of
from sla.models import Calendar, DeskClosing
from sla.queries import Effects, effects_of

NOTICE = 10


@dataclass
class ClosingForm:
    """What was typed, kept as it is. `till`: "today" or "then"."""

    zone: ZoneInfo
    till: str = "today"
    until: str = ""
    notice: str = str(NOTICE)
    reason: str = ""
    problems: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def blank(cls, zone: ZoneInfo, at: datetime) -> ClosingForm:
        """Until the end of today, in ten minutes."""
        return cls(zone, until=(at.astimezone(zone) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))

    @classmethod
    def of_post(cls, zone: ZoneInfo, post: QueryDict) -> ClosingForm:
        till, until, notice, reason = (
            post.get(name, "")[:200] for name in ("till", "until", "notice", "reason")
        )
        return cls(zone, till, until, notice, reason)

    def values(self) -> tuple[datetime | None, int, str]:
        """Until, minutes of notice and reason. Raises Invalid that names the field."""
        notice = typed.number(self.notice, 100_000)
        if notice is None:
            raise Invalid.field("notice_minutes", _("The notice is a number of minutes, from 0 to a day."))
        if self.till == "today":
            return None, notice, self.reason
        local = typed.moment(self.until)
        if local is None:
            raise Invalid.field("until", _("Give a date and a time."))
        return local.replace(tzinfo=self.zone).astimezone(UTC), notice, self.reason

    def refuse(self, error: Invalid) -> None:
        """Keep what was refused, beside its fields."""
        self.problems = {name: [str(word) for word in words] for name, words in error.fields.items()}


@dataclass(frozen=True, slots=True)
class Happens:
    """What a closing would do. `starts` and `until` in UTC; None where the desk is closed then anyway."""

    starts: datetime | None
    until: datetime | None
    reopens: datetime | None
    chats: ChatsClosing
    effects: Effects


def rehearse(actor: Actor, calendar: Calendar, form: ClosingForm, at: datetime) -> Happens:
    """Do it, look, and take it back: nothing is written. Raises Invalid as the closing itself does.

    A reason is asked for only at the end.
    """
    until, notice, reason = form.values()
    with transaction.atomic():
        before = draft_of(calendar)
        close_desk(
            actor=actor, code=calendar.code, until=until, notice_minutes=notice, reason=reason.strip() or "–"
        )
        draft = draft_of(calendar)
        made = calendar.closings.filter(ended_at=None).first()
        transaction.set_rollback(True)
    return _told(calendar, draft, made if draft != before else None, at)


def _told(calendar: Calendar, draft: CalendarDraft, made: DeskClosing | None, at: datetime) -> Happens:
    sums = draft.work_calendar()
    if made is None:
        return Happens(None, None, sums.next_open(at), ChatsClosing(0, 0), effects_of(draft, at=at))
    return Happens(
        starts=made.starts_at,
        until=made.until,
        reopens=sums.next_open(made.starts_at),
        chats=chats_closing(calendar_id=calendar.pk, calendar=sums, at=made.starts_at),
        effects=effects_of(draft, at=at),
    )
