"""What saving would do is what saving does: the same sums, told beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Invalid
from sla import actions, queries
from sla.drafts import CalendarDraft, draft_of
from sla.models import Clock, ClockState
from sla.queries import effects
from tests.sla import kit
from tests.sla.kit import MANAGER, Desk, ny

Stop = Callable[[datetime], None]
AT = ny(23, 12)
SHORT = tuple((day, "09:00", "15:00") for day in range(5))
LONG = tuple((day, "08:00", "20:00") for day in range(5))
THANKSGIVING = ((date(2026, 11, 26), "Thanksgiving"),)
TODAY_OFF = ((date(2026, 11, 23), "Off at once"),)


def more(desk: Desk) -> Desk:
    return Desk(desk.calendar, kit.make_owner(), news=desk.news)


@pytest.fixture
def busy(desk: Desk, clock: Stop) -> Desk:
    """Clocks in every state that a change of hours may meet."""
    clock(ny(23, 9))
    for metric in ("first_response", "resolution", "dispatch", "privacy"):
        desk.start(metric, ny(23, 9, 30))
    desk.meet("first_response", ny(23, 10))
    late = more(desk)
    late.start("first_response", ny(20, 9))  # due Friday 11:00
    parked = more(desk)
    parked.start("resolution", ny(23, 10))
    parked.pause(ny(23, 11), "resolution")
    resumed = more(desk)
    resumed.start("resolution", ny(23, 9))
    resumed.pause(ny(23, 9, 20), "resolution")
    resumed.resume(ny(23, 11), "resolution")
    for minute in (0, 15, 30):
        one = more(desk)
        one.start("first_response", ny(23, 11, minute))
        one.start("resolution", ny(23, 11, minute))
    told = more(desk)
    told.start("escalation_answer", ny(23, 11), due=ny(24, 12))
    clock(AT)
    return desk


def dues() -> dict[int, datetime | None]:
    return dict(Clock.objects.values_list("id", "due"))


@pytest.mark.parametrize(
    "changes",
    [
        {"windows": SHORT},
        {"windows": LONG},
        {"holidays": THANKSGIVING},
        {"holidays": TODAY_OFF},
        {"special_days": ((date(2026, 11, 23), "", (("09:00", "12:30"),)),)},
        {"timezone": "Europe/London"},
        {"windows": ((5, "10:00", "11:00"),)},
        {"name": "Another name"},
    ],
)
def test_what_is_told_is_what_happens(busy: Desk, changes: dict[str, Any]) -> None:
    draft = replace(draft_of(busy.calendar), **changes)
    told = queries.effects_of(draft, at=AT)
    before, rows = dues(), Clock.objects.count()
    assert not busy.calendar.versions.filter(number__gt=1).exists()

    actions.save_calendar(actor=MANAGER, draft=draft)
    actions.move_clocks(calendar_id=busy.calendar.pk)

    after = dues()
    moved = {pk for pk in after if after[pk] != before[pk]}
    assert told.moving == len(moved)
    assert told.earlier == sum(after[pk] < before[pk] for pk in moved)
    assert told.later == sum(after[pk] > before[pk] for pk in moved)
    assert told.newly_late == Clock.objects.filter(pk__in=moved, state=ClockState.BREACHED).count()
    assert {(one.clock_id, one.old_due, one.new_due) for one in told.samples} == {
        (pk, before[pk], after[pk]) for pk in moved
    }
    assert (told.capped, Clock.objects.count()) == (False, rows)


def test_each_kind_of_change_is_seen(busy: Desk) -> None:
    saved = draft_of(busy.calendar)
    shorter = queries.effects_of(replace(saved, windows=SHORT), at=AT)
    longer = queries.effects_of(replace(saved, windows=LONG), at=AT)
    assert shorter.later == shorter.moving > 0 and shorter.earlier == 0
    assert longer.earlier == longer.moving > 0 and longer.later == 0
    assert shorter.samples[0].title.startswith("Owner ") and shorter.samples[0].url.startswith("/owners/")


def test_an_edit_that_clocks_were_not_told_of_yet_comes_first(busy: Desk, clock: Stop) -> None:
    actions.save_calendar(actor=MANAGER, draft=replace(draft_of(busy.calendar), windows=LONG))
    clock(ny(23, 13))
    draft = replace(draft_of(busy.calendar), windows=SHORT)
    told = queries.effects_of(draft, at=ny(23, 13))
    actions.move_clocks(calendar_id=busy.calendar.pk)
    before = dues()
    actions.save_calendar(actor=MANAGER, draft=draft)
    actions.move_clocks(calendar_id=busy.calendar.pk)
    after = dues()
    moved = {pk for pk in after if after[pk] != before[pk]}
    assert moved
    assert (told.moving, told.later) == (len(moved), sum(after[pk] > before[pk] for pk in moved))


def test_the_same_hours_and_a_new_calendar_move_nothing(busy: Desk) -> None:
    saved = draft_of(busy.calendar)
    assert queries.effects_of(saved, at=AT).seen == 0
    assert queries.effects_of(replace(saved, code="new", windows=SHORT), at=AT).moving == 0
    with pytest.raises(Invalid):
        queries.effects_of(replace(saved, windows=()), at=AT)


def test_reading_is_capped_and_costs_few_queries(busy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    draft: CalendarDraft = replace(draft_of(busy.calendar), windows=SHORT)
    with CaptureQueriesContext(connection) as seen:
        whole = queries.effects_of(draft, at=AT)
    assert len(seen) <= 3
    monkeypatch.setattr(effects, "MOST_ROWS", 3)
    part = queries.effects_of(draft, at=AT)
    assert (part.capped, part.seen, whole.capped) == (True, 3, False)
    assert part.moving <= 3 < whole.seen
