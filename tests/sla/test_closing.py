"""A desk closed by hand, with notice, and opened again: special days, versions, and nothing opened that was closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.actors import Actor
from core.errors import Forbidden, Invalid, NotFound
from sla import actions, queries
from sla.drafts import draft_of
from sla.models import Calendar, CalendarVersion, DeskClosing, SpecialDay
from tests.sla.kit import ALWAYS, MANAGER, Desk, ny, save_nights, save_office

pytestmark = pytest.mark.django_db
Stop = Callable[[datetime], None]
MON, TUE, WED = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


def close(code: str = "office", **more: Any) -> Calendar:
    given = {"actor": MANAGER, "code": code, "until": None, "notice_minutes": 10, "reason": "Power cut"}
    return actions.close_desk(**{**given, **more})


def reopen(code: str = "office") -> Calendar:
    return actions.reopen_desk(actor=MANAGER, code=code)


def special(code: str = "office") -> dict[date, tuple[str, list[list[str]]]]:
    rows = SpecialDay.objects.filter(calendar__code=code)
    return {row.day: (row.name, row.windows) for row in rows}


def stretches(calendar: Calendar, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """When the desk is open by its newest version, from one instant to another, in UTC."""
    work = queries.work_calendar(queries.current_version(calendar.pk))
    found, here = [], start
    while (opens := work.next_open(here)) is not None and opens < end:
        here = min(work.next_close(opens) or end, end)
        found.append((opens, here))
    return found


@pytest.mark.parametrize(
    ("at", "notice", "until", "windows"),
    [
        (ny(23, 14, 3, 20), 10, None, [["09:00", "14:14"]]),  # the notice ends with a whole minute
        (ny(23, 14, 4), 10, None, [["09:00", "14:14"]]),
        (ny(23, 14, 4), 0, ny(23, 15), [["09:00", "14:04"], ["15:00", "18:00"]]),
        (ny(23, 14, 4), 10, ny(23, 15, 0, 1), [["09:00", "14:14"], ["15:01", "18:00"]]),
        (ny(23, 7), 10, None, []),
        (ny(23, 17, 58), 1, None, [["09:00", "17:59"]]),
    ],
)
def test_a_closing_cuts_the_hours_of_its_date(
    clock: Stop, at: datetime, notice: int, until: datetime | None, windows: list[list[str]]
) -> None:
    save_office()
    clock(at)
    calendar = close(notice_minutes=notice, until=until)
    assert special() == {MON: ("Power cut", windows)}
    assert calendar.version == 2
    version = queries.current_version(calendar.pk)
    assert (version.actor_kind, version.actor_id) == ("staff", MANAGER.id)


def test_a_closing_begins_after_its_notice_and_ends_with_its_date(clock: Stop) -> None:
    save_office()
    clock(ny(23, 14))
    hours = queries.hours(close().pk, ny(23, 14))
    assert (hours.is_open, hours.accepting, hours.closes_at) == (True, True, ny(23, 14, 10))
    assert not queries.hours(Calendar.objects.get().pk, ny(23, 14, 10)).is_open
    assert queries.hours(Calendar.objects.get().pk, ny(23, 14, 10)).opens_at == ny(24, 9)


@pytest.mark.parametrize("at", [ny(21, 12), ny(23, 17, 55), ny(23, 18), ny(26, 12)])
def test_a_closed_desk_stays_as_it_is(clock: Stop, at: datetime) -> None:
    save_office(holidays=[(date(2026, 11, 26), "Thanksgiving")])
    clock(at)
    assert close().version == 1
    assert not SpecialDay.objects.exists()
    assert not DeskClosing.objects.exists()


def test_closing_twice_is_closing_once(clock: Stop) -> None:
    save_office()
    clock(ny(23, 14))
    close()
    clock(ny(23, 14, 1))
    assert close(reason="Again").version == 2
    assert special()[MON][0] == "Power cut"
    assert DeskClosing.objects.get().reason == "Power cut"


def test_over_midnight_both_dates_are_cut(clock: Stop) -> None:
    calendar = save_nights()  # 01:00-06:00 and 21:00-23:30, Monday to Thursday
    clock(ny(23, 22))
    close("nights", until=ny(24, 3))
    assert special("nights") == {
        MON: ("Power cut", [["01:00", "06:00"], ["21:00", "22:10"]]),
        TUE: ("Power cut", [["03:00", "06:00"], ["21:00", "23:30"]]),
    }
    assert stretches(calendar, ny(23, 12), ny(24, 12)) == [
        (ny(23, 21), ny(23, 22, 10)),
        (ny(24, 3), ny(24, 6)),
    ]


def test_a_window_over_midnight_keeps_its_other_half(clock: Stop) -> None:
    """The evening is closed to the end of its date; the tail belongs to the next one."""
    calendar = save_office(windows=[(0, "20:00", "04:00")])
    clock(ny(23, 21))
    close()
    assert stretches(calendar, ny(23, 12), ny(25, 12)) == [
        (ny(23, 20), ny(23, 21, 10)),
        (ny(24, 0), ny(24, 4)),
    ]
    reopen()
    assert stretches(calendar, ny(23, 21), ny(25, 12)) == [(ny(23, 21), ny(24, 4))]


def test_a_special_day_over_midnight_keeps_its_other_half(clock: Stop) -> None:
    """It lends its tail to the next date; cut, that date must say it itself."""
    calendar = save_office(
        special_days=[(MON, "Sale", [["20:00", "04:00"]]), (WED, "Party", [["10:00", "11:00"]])]
    )
    clock(ny(23, 21))
    close()
    assert special()[MON] == ("Power cut", [["20:00", "21:10"]])
    assert special()[TUE] == ("Sale", [["00:00", "04:00"], ["09:00", "18:00"]])
    assert special()[WED] == ("Party", [["10:00", "11:00"]])
    assert stretches(calendar, ny(24, 0), ny(25, 0)) == [(ny(24, 0), ny(24, 4)), (ny(24, 9), ny(24, 18))]
    clock(ny(23, 21, 5))
    reopen()
    assert special() == {
        MON: ("Sale", [["20:00", "04:00"]]),
        WED: ("Party", [["10:00", "11:00"]]),
    }


def test_an_open_holiday_and_a_special_day_are_cut_and_given_back(clock: Stop) -> None:
    save_office(holidays=[(MON, "Feast")], special_days=[(MON, "Open all the same", [["10:00", "16:00"]])])
    clock(ny(23, 12))
    close()
    assert special()[MON] == ("Power cut", [["10:00", "12:10"]])
    clock(ny(23, 12, 5))
    assert reopen().version == 3
    assert special()[MON] == ("Open all the same", [["10:00", "16:00"]])


def test_several_days(clock: Stop) -> None:
    calendar = save_office()
    clock(ny(23, 14))
    close(until=ny(25, 12))
    assert stretches(calendar, ny(23, 0), ny(26, 0)) == [
        (ny(23, 9), ny(23, 14, 10)),
        (ny(25, 12), ny(25, 18)),
    ]


@pytest.mark.parametrize(
    ("at", "until", "opened"),
    [
        # Clocks go back on Sunday 1 November 2026: 01:00-02:00 comes twice. 05:00 UTC is the first 01:00.
        ("2026-11-01T04:50", None, []),
        # Asked in the first round: what is closed stays closed in the second one too.
        ("2026-11-01T05:20", "2026-11-01T09:00", ["09:00"]),
        # It ends in the second 01:30; the wall shows 01:30 twice, so it opens when that hour is over.
        ("2026-11-01T04:50", "2026-11-01T06:30", ["07:00"]),
        # It ends in the first 01:30.
        ("2026-11-01T04:20", "2026-11-01T05:30", ["05:30"]),
    ],
)
def test_on_the_day_that_clocks_go_back(clock: Stop, at: str, until: str | None, opened: list[str]) -> None:
    calendar = save_office(windows=ALWAYS)
    start = datetime.fromisoformat(at).replace(tzinfo=UTC)
    end = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else ny(2, 0)
    clock(start)
    close(until=end if until else None)
    after = stretches(calendar, start + timedelta(minutes=10), ny(2, 0))
    assert [f"{span[0]:%H:%M}" for span in after][:1] == opened


def test_on_the_day_that_clocks_go_forward(clock: Stop) -> None:
    calendar = save_office(windows=ALWAYS)
    clock(ny(8, 1, 55, month=3))  # ten minutes later it is 03:05
    close(until=ny(8, 5, month=3))
    assert stretches(calendar, ny(8, 0, month=3), ny(8, 6, month=3)) == [
        (ny(8, 0, month=3), ny(8, 3, 5, month=3)),
        (ny(8, 5, month=3), ny(8, 6, month=3)),
    ]


# Opening again -------------------------------------------------------------------------------------------


def test_opening_again_gives_back_the_time_ahead(clock: Stop) -> None:
    calendar = save_office()
    clock(ny(23, 14))
    close(until=ny(24, 12))
    clock(ny(23, 16, 0, 40))
    assert reopen().version == 3
    assert special() == {MON: ("Power cut", [["09:00", "14:10"], ["16:00", "18:00"]])}
    assert queries.hours(calendar.pk, ny(23, 16, 0, 40)).is_open
    assert queries.closing_of(calendar.pk, ny(23, 16, 0, 40)) is None
    assert reopen().version == 3


def test_opening_again_within_the_notice_leaves_no_trace_in_the_hours(clock: Stop) -> None:
    save_office()
    clock(ny(23, 14))
    close()
    clock(ny(23, 14, 9))
    reopen()
    assert special() == {}
    specs = list(CalendarVersion.objects.order_by("number").values_list("spec", flat=True))
    assert len(specs) == 3 and specs[0] == specs[2] != specs[1]


def test_what_was_closed_anyway_is_not_opened(clock: Stop) -> None:
    calendar = save_office()
    clock(ny(23, 14))
    close()
    clock(ny(23, 20))
    reopen()
    assert not queries.hours(calendar.pk, ny(23, 20)).is_open
    assert stretches(calendar, ny(23, 0), ny(24, 0)) == [(ny(23, 9), ny(23, 14, 10))]


def test_two_closings_are_taken_back_together(clock: Stop) -> None:
    save_office(special_days=[(TUE, "Inventory", [["09:00", "12:00"]])])
    clock(ny(23, 9, 30))
    close(until=ny(23, 12), reason="Power cut")
    clock(ny(23, 10))
    close(until=ny(24, 11), reason="Still dark")
    assert special()[MON] == ("Still dark", [["09:00", "09:40"]])
    assert special()[TUE] == ("Still dark", [["11:00", "12:00"]])
    closing = DeskClosing.objects.get()
    assert (closing.starts_at, closing.until, closing.reason) == (ny(23, 9, 40), ny(24, 11), "Still dark")
    clock(ny(23, 11))
    reopen()
    assert special()[MON] == ("Still dark", [["09:00", "09:40"], ["11:00", "18:00"]])
    assert special()[TUE] == ("Inventory", [["09:00", "12:00"]])


def test_what_a_manager_changed_meanwhile_stays(clock: Stop) -> None:
    calendar = save_office()
    clock(ny(23, 14))
    close(until=ny(24, 12))
    edited = [(MON, "Short day", [["09:00", "15:00"]]), (TUE, "Power cut", [["12:00", "18:00"]])]
    save_office(actor=MANAGER, special_days=edited)
    clock(ny(23, 14, 30))
    reopen()
    assert special() == {MON: ("Short day", [["09:00", "15:00"]])}
    assert draft_of(calendar).problems() == {}


def test_a_closing_that_is_over_is_no_closing(clock: Stop) -> None:
    calendar = save_office()
    clock(ny(23, 14))
    close()
    clock(ny(24, 10))
    assert queries.closing_of(calendar.pk, ny(24, 10)) is None
    assert reopen().version == 2
    close(reason="Flood")
    told = list(DeskClosing.objects.order_by("id").values_list("reason", "ended_at"))
    assert told == [("Power cut", ny(24, 0)), ("Flood", None)]


# Refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 101}, "reason"),
        ({"notice_minutes": -1}, "notice_minutes"),
        ({"notice_minutes": 24 * 60 + 1}, "notice_minutes"),
        ({"notice_minutes": True}, "notice_minutes"),
        ({"until": ny(23, 14, 10)}, "until"),
        ({"until": ny(22, 14)}, "until"),
        ({"until": ny(23, 14) + timedelta(days=93)}, "until"),
    ],
)
def test_a_closing_that_makes_no_sense_is_refused(clock: Stop, given: dict[str, Any], field: str) -> None:
    save_office()
    clock(ny(23, 14))
    with pytest.raises(Invalid) as refused:
        close(**given)
    assert list(refused.value.fields) == [field]
    assert (CalendarVersion.objects.count(), SpecialDay.objects.count()) == (1, 0)


def test_only_managers_close_and_open(clock: Stop) -> None:
    save_office()
    clock(ny(23, 14))
    for actor in (Actor(kind="staff", id=8, role="agent"), Actor(kind="buyer", id=1)):
        with pytest.raises(Forbidden):
            close(actor=actor)
        with pytest.raises(Forbidden):
            actions.reopen_desk(actor=actor, code="office")
    with pytest.raises(NotFound):
        close("nowhere")
    with pytest.raises(NotFound):
        reopen("nowhere")
    assert not DeskClosing.objects.exists()


def test_clocks_stand_still_while_the_desk_is_closed_by_hand(desk: Desk, clock: Stop) -> None:
    started = desk.start("first_response", ny(23, 14))  # two hours: due 16:00
    assert started is not None and started.due == ny(23, 16)
    clock(ny(23, 14, 30))
    close(until=ny(23, 16))
    actions.move_clocks(calendar_id=desk.calendar.pk)
    assert desk.clock("first_response").due == ny(23, 17, 20)  # 40 min by 14:40, 80 more from 16:00
    clock(ny(23, 15))
    reopen()
    actions.move_clocks(calendar_id=desk.calendar.pk)
    assert desk.clock("first_response").due == ny(23, 16, 20)


def test_a_desk_of_one_day_may_be_closed_for_good(clock: Stop) -> None:
    """An emergency is not refused because nothing would be open after it."""
    clock(ny(23, 10))
    fair = [(MON, "Fair", [["09:00", "18:00"]])]
    calendar = save_office(windows=[], special_days=fair)
    clock(ny(23, 14))
    close(until=ny(23, 20))
    assert not queries.hours(calendar.pk, ny(23, 15)).is_open
