"""What saving a sheet would change, looked at before it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from helpdesk.dashboard.queries import metric_name
from helpdesk.rules import queries
from helpdesk.rules.sheets import Sheet, Wrong, print_of
from livechat.queries import ChatsClosing, chats_closing
from sla.clock_changes import edge_warnings
from sla.drafts import CalendarDraft, draft_of
from sla.models import Calendar
from sla.queries import Effects, effects_of
from sla.queries.versions import DiffLine


@dataclass(frozen=True, slots=True)
class Sample:
    """One promise that moves: its words, where it is read, both its times."""

    title: str
    url: str
    metric: str
    old_due: datetime | None
    new_due: datetime | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """What the panel says. `kind`: wrong, same, ready, or other (saved or deleted by somebody meanwhile).

    `seen` is the print of what was looked at; only that can be saved. `based_on` is the print of what stands now.
    """

    kind: str
    wrong: list[Wrong] = field(default_factory=list)
    changes: list[DiffLine] = field(default_factory=list)
    turn: str = ""
    effects: Effects | None = None
    samples: list[Sample] = field(default_factory=list)
    chats: ChatsClosing | None = None
    warnings: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    seen: str = ""
    based_on: str = ""
    number: int = 1
    makes_version: bool = True
    saver: queries.Saved | None = None


def refused(sheet: Sheet) -> Panel:
    """Nothing can be saved: what is marked, in a list."""
    return Panel("wrong", wrong=sheet.wrong)


def panel(calendar: Calendar | None, sheet: Sheet, based_on: str, at: datetime) -> Panel:
    """What saving would do at an instant. Expects a sheet that was checked."""
    if sheet.wrong:
        return refused(sheet)
    draft = sheet.draft()
    standing = draft_of(calendar) if calendar else None
    now_print = print_of(standing) if standing else ""
    if calendar and based_on != now_print:
        kind = "other"
    elif standing == draft or print_of(draft) == now_print:
        return Panel("same", based_on=now_print)
    else:
        kind = "ready"
    return _ready(kind, calendar, standing, draft, now_print, at)


def _ready(
    kind: str,
    calendar: Calendar | None,
    standing: CalendarDraft | None,
    draft: CalendarDraft,
    now_print: str,
    at: datetime,
) -> Panel:
    found = effects_of(draft, at=at)
    sums = draft.work_calendar()
    version = queries.newest(calendar) if calendar else None
    return Panel(
        kind,
        changes=queries.differences(standing, draft) if standing else [],
        turn=_turn(standing, sums.is_open(at), at),
        effects=found,
        samples=[
            Sample(
                one.title,
                one.url,
                metric_name(one.metric),
                one.old_due,
                one.new_due,
                one.new_due is not None and one.new_due < at,
            )
            for one in found.samples
        ],
        chats=chats_closing(calendar_id=calendar.pk, calendar=sums, at=at) if calendar else None,
        warnings=edge_warnings(draft, at=at),
        notices=draft.notices(),
        seen=print_of(draft),
        based_on=now_print,
        number=calendar.version + 1 if calendar else 1,
        makes_version=standing is None or standing.spec() != draft.spec(),
        saver=version if kind == "other" else None,
    )


def _turn(standing: CalendarDraft | None, is_open: bool, at: datetime) -> str:
    """Whether the desk opens or closes by the saving itself."""
    if standing is None:
        return ""
    was_open = standing.work_calendar().is_open(at)
    if was_open == is_open:
        return ""
    return (
        _("It is closed now and opens with saving.")
        if is_open
        else _("It is open now and closes with saving.")
    )
