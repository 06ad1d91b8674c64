"""Receipts: the words of each step, from the same sums that made the due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from core.actors import SYSTEM
from core.errors import Invalid
from sla import actions
from sla.models import Clock
from sla.receipts import duration, receipt
from tests.sla.kit import ALWAYS, HOUR, Desk, ny, save_nights, save_office, save_standard, save_urgent


def texts(clock: Clock | None, zone: str = "America/New_York") -> list[str]:
    assert clock is not None
    return [line.text for line in receipt(Clock.objects.get(pk=clock.pk), zone=zone)]


def test_the_receipt_of_monday_two(desk: Desk) -> None:
    desk.calendar = save_nights()
    clock = desk.start("first_response", ny(19, 22, 30))
    assert texts(clock, "Asia/Shanghai") == [
        "Opened Thu 19 Nov 22:30 in New York (Fri 20 Nov 11:30 for you); target 2 h",
        "1 h counted until the desk closed at 23:30",
        "Next open Mon 23 Nov 01:00",
        "1 h left → due Mon 23 Nov 02:00 in New York (15:00 for you)",
    ]


def test_lines_carry_their_instants_and_end_at_the_due(desk: Desk) -> None:
    clock = desk.start("resolution", ny(19, 16))
    lines = receipt(clock, zone="UTC")
    assert [line.at for line in lines] == [ny(19, 16), ny(19, 18), ny(20, 9), clock.due]


def test_a_reader_in_the_desks_zone_reads_one_time(desk: Desk) -> None:
    assert texts(desk.start("first_response", ny(19, 10))) == [
        "Opened Thu 19 Nov 10:00 in New York; target 2 h",
        "2 h left → due Thu 19 Nov 12:00 in New York",
    ]


def test_pauses_and_what_was_used_are_told(desk: Desk) -> None:
    desk.start("resolution", ny(19, 16))
    desk.pause(ny(19, 17, 30), "resolution")
    paused = texts(desk.clock("resolution"))
    assert paused[1] == "Paused Thu 19 Nov 17:30; 1 h 30 min used by then"
    assert paused[-1] == "Paused: no due time; 6 h 30 min left"
    desk.resume(ny(23, 10), "resolution")
    assert texts(desk.clock("resolution"))[2:] == [
        "Resumed Mon 23 Nov 10:00; 1 h 30 min used before",
        "6 h 30 min left → due Mon 23 Nov 16:30 in New York",
    ]


def test_a_changed_target_is_told(desk: Desk) -> None:
    save_urgent(first=HOUR)
    desk.start("first_response", ny(19, 10))
    desk.retarget(ny(19, 10, 30), priority="urgent")
    assert texts(desk.clock("first_response"))[1:] == [
        "Changed Thu 19 Nov 10:30: target now 1 h; 30 min used by then",
        "30 min left → due Thu 19 Nov 11:00 in New York",
    ]


def test_how_it_ended_is_told(desk: Desk) -> None:
    desk.start("first_response", ny(19, 10))
    desk.meet("first_response", ny(19, 13, 0, 5))
    assert texts(desk.clock("first_response"))[1:] == [
        "2 h left → due Thu 19 Nov 12:00 in New York",
        "Missed Thu 19 Nov 12:00",
        "Met late, Thu 19 Nov 13:00:05",
    ]
    desk.start("next_response", ny(19, 13))
    desk.cancel(ny(19, 14))
    last = texts(desk.clock("next_response"))
    assert last[0].startswith("Asked Thu 19 Nov 13:00")
    assert last[-1] == "Cancelled Thu 19 Nov 14:00 (spam)"


def test_nothing_left_at_the_change(desk: Desk) -> None:
    save_urgent(first=HOUR)
    desk.start("first_response", ny(19, 10))
    desk.retarget(ny(19, 11, 30), priority="urgent")
    assert texts(desk.clock("first_response"))[2:] == [
        "Nothing left → due Thu 19 Nov 11:30 in New York",
        "Missed Thu 19 Nov 11:30",
    ]


def test_working_days_name_the_days_that_do_not_count(desk: Desk) -> None:
    save_office(holidays=[(ny(26, 12).date(), "Thanksgiving")])
    assert texts(desk.start("dispatch", ny(20, 18, 5)), "UTC") == [
        "Started Fri 20 Nov 18:05 in New York (23:05 for you); promised in 1 to 3 working days",
        "After the cut-off or on a day off: counting starts from Mon 23 Nov",
        "Not counted: Thu 26 Nov",
        "Kept until the close of Fri 27 Nov → due Fri 27 Nov 18:00 in New York (23:00 for you)",
    ]


def test_calendar_days_and_instants(desk: Desk) -> None:
    assert texts(desk.start("privacy", ny(1, 10))) == [
        "Started Sun 1 Nov 10:00 in New York; 30 calendar days, this one not counted",
        "Kept until the end of Tue 1 Dec → due Wed 2 Dec 00:00 in New York",
    ]
    assert texts(desk.start("escalation_answer", ny(19, 10), due=ny(19, 14))) == [
        "Started Thu 19 Nov 10:00 in New York; promised for a set time",
        "Due Thu 19 Nov 14:00 in New York, as it was promised",
    ]


def test_a_long_way_is_summed_up(desk: Desk) -> None:
    targets = [{"metric": "resolution", "amount": 90 * 9 * HOUR}]
    save_standard(targets=targets)
    clock = desk.start("resolution", ny(2, 9))
    lines = texts(clock)
    assert len(lines) <= 51
    assert any("counted in the opening hours until" in line for line in lines)
    assert lines[-1].startswith("9 h left → due")


def test_a_desk_that_is_always_open_has_two_lines(desk: Desk) -> None:
    desk.calendar = actions.save_calendar(
        actor=SYSTEM, code="always", name="Always", timezone="UTC", windows=ALWAYS
    )
    clock = desk.start("first_response", ny(19, 10))
    assert texts(clock, "UTC")[1:] == ["2 h left → due Thu 19 Nov 17:00 in UTC"]
    assert clock.due == ny(19, 10) + timedelta(hours=2)


def test_words_are_translatable(desk: Desk) -> None:
    clock = desk.start("first_response", ny(19, 10))
    with translation.override("es"):
        assert "jue 19 nov" in texts(clock)[-1].lower()


def test_an_unknown_zone_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        receipt(desk.start("first_response", ny(19, 10)), zone="Mars/Base")
    assert list(refused.value.fields) == ["zone"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (45, "45 s"), (5400, "1 h 30 min"), (90_061, "25 h 1 min 1 s")]
)
def test_durations(seconds: int, words: str) -> None:
    assert duration(seconds) == words
