"""Clocks when the rules move: targets, teams, calendars, days, warnings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import Invalid
from sla import actions
from sla.events import ClockBreached, ClockWarned
from sla.models import Clock
from tests.sla.kit import HOUR, NIGHTS, Desk, ny, save_nights, save_office, save_standard, save_urgent

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


# Retargeted ----------------------------------------------------------------------------------------------


def test_new_target_keeps_what_was_consumed(desk: Desk) -> None:
    save_urgent(first=HOUR)
    desk.start("first_response", ny(19, 10))
    (clock,) = desk.retarget(ny(19, 10, 30), priority="urgent")
    assert (clock.due, clock.consumed, clock.target) == (ny(19, 11), 1800, HOUR)
    assert clock.facts == {"priority": "urgent"}
    assert clock.warn_at == ny(19, 10, 45)


def test_already_past_is_breached_at_the_change_once(desk: Desk) -> None:
    save_urgent(first=HOUR)
    desk.start("first_response", ny(19, 10))
    (clock,) = desk.retarget(ny(19, 11, 30), priority="urgent")
    assert (clock.state, clock.breached_at, clock.due) == ("breached", ny(19, 11, 30), ny(19, 11, 30))
    assert desk.retarget(ny(19, 11, 40), priority="normal") == []
    assert desk.retarget(ny(19, 11, 50), priority="urgent") == []
    assert [event.due for event in desk.told(ClockBreached)] == [ny(19, 11, 30)]
    assert desk.verbs("first_response") == ["started", "retargeted", "breached"]


def test_an_answer_in_the_second_of_such_a_change_is_late(desk: Desk) -> None:
    save_urgent(first=HOUR)
    desk.start("first_response", ny(19, 10))
    desk.retarget(ny(19, 11, 30), priority="urgent")
    assert desk.meet("first_response", ny(19, 11, 30)).state == "late"


def test_nothing_left_at_the_change_is_due_then_and_not_broken(desk: Desk) -> None:
    save_urgent(first=HOUR)
    desk.start("first_response", ny(19, 10))
    (clock,) = desk.retarget(ny(19, 11), priority="urgent")
    assert (clock.state, clock.due) == ("running", ny(19, 11))


def test_same_target_is_no_transition(desk: Desk) -> None:
    desk.start("first_response", ny(19, 10))
    heard = len(desk.news)
    assert desk.retarget(ny(19, 10, 30), priority="low") == []
    assert len(desk.news) == heard
    assert desk.clock("first_response").facts == {"priority": "low"}
    assert desk.verbs("first_response") == ["started"]


def test_another_teams_hours_rule_from_the_change_on(desk: Desk) -> None:
    desk.start("first_response", ny(19, 17))
    (clock,) = desk.retarget(ny(19, 18), save_nights(), priority="normal")
    assert (clock.consumed, clock.due) == (HOUR, ny(19, 22))


def test_no_target_any_more_cancels(desk: Desk) -> None:
    save_urgent()
    desk.start("next_response", ny(19, 10))
    (clock,) = desk.retarget(ny(19, 11), priority="urgent")
    assert clock.state == "cancelled"


def test_a_paused_clock_takes_the_new_target_and_stays_paused(desk: Desk) -> None:
    save_urgent(resolution=4 * HOUR)
    desk.start("resolution", ny(19, 9))
    desk.pause(ny(19, 10), "resolution")
    (clock,) = desk.retarget(ny(19, 12), priority="urgent")
    assert (clock.state, clock.due, clock.target) == ("paused", None, 4 * HOUR)
    (clock,) = desk.resume(ny(20, 9), "resolution")
    assert clock.due == ny(20, 12)


def test_a_new_due_warns_anew_and_only_when_that_lies_ahead(desk: Desk, clock) -> None:
    save_urgent(first=2 * HOUR - 60)
    desk.start("first_response", ny(19, 10))
    clock(ny(19, 11, 31))
    assert actions.fire_clock(desk.clock("first_response").pk)
    desk.retarget(ny(19, 11, 32), priority="urgent")
    clock(ny(19, 11, 33))
    assert not actions.fire_clock(desk.clock("first_response").pk)
    assert len(desk.told(ClockWarned)) == 1
    save_standard(targets=[{"metric": "first_response", "amount": 9 * HOUR}])
    (longer,) = desk.retarget(ny(19, 11, 34), priority="normal")
    assert longer.warned_at is None
    assert longer.next_fire_at == longer.warn_at == ny(19, 16, 45)


# Calendars edited ----------------------------------------------------------------------------------------


def test_an_edited_calendar_is_prospective(desk: Desk, clock) -> None:
    desk.start("resolution", ny(19, 16))
    clock(ny(19, 17))
    save_office(windows=[(day, "10:00", "18:00") for day in range(5)])
    met = desk.meet("resolution", ny(20, 11))
    assert met.consumed == 3 * HOUR  # 16-18 under the old hours, 10-11 under the new
    assert desk.verbs("resolution") == ["started", "moved", "met"]


def test_what_was_due_before_the_edit_stays_broken(desk: Desk, clock) -> None:
    desk.start("first_response", ny(19, 10))
    clock(ny(19, 13))
    save_office(windows=NIGHTS)
    broken = desk.meet("first_response", ny(19, 14))
    assert (broken.state, broken.breached_at) == ("late", ny(19, 12))


def test_days_that_a_person_was_told_stand_after_an_edit(desk: Desk, clock) -> None:
    due = desk.start("dispatch", ny(16, 10)).due
    clock(ny(16, 11))
    save_office(holidays=[(ny(18, 12).date(), "Inventory")])
    assert desk.meet("dispatch", due).state == "met"


# Days and instants ---------------------------------------------------------------------------------------


def test_working_days_are_due_at_the_close_of_the_last_day(desk: Desk) -> None:
    clock = desk.start("dispatch", ny(20, 18))  # Friday at the close: Monday is day 0
    assert clock.due == ny(26, 18)
    assert (clock.min_target, clock.unit) == (1, "working_days")
    assert clock.warn_at < clock.due


def test_calendar_days_are_due_at_the_end_of_the_last_day(desk: Desk) -> None:
    assert desk.start("privacy", ny(1, 0, month=10)).due == ny(1, 0, month=11)


def test_days_are_retargeted_from_their_start(desk: Desk) -> None:
    desk.start("dispatch", ny(16, 10))
    save_standard(targets=[{"metric": "dispatch", "amount": 1, "unit": "working_days"}])
    (clock,) = desk.retarget(ny(16, 11), priority="normal")
    assert clock.due == ny(17, 18)
    save_standard(targets=[{"metric": "dispatch", "amount": 2, "unit": "working_days"}])
    (broken,) = desk.retarget(ny(18, 9), priority="normal")  # since Tuesday evening: no change mends it
    assert (broken.state, broken.breached_at, broken.target) == ("breached", ny(17, 18), 1)
    assert desk.verbs("dispatch") == ["started", "retargeted", "breached"]


def test_an_instant_that_a_person_was_told(desk: Desk) -> None:
    clock = desk.start("escalation_answer", ny(19, 10), due=ny(19, 14), ref=5)
    assert (clock.unit, clock.due, clock.warn_at, clock.ref) == ("instant", ny(19, 14), ny(19, 13), 5)
    save_urgent()
    assert desk.retarget(ny(19, 11), priority="urgent") == []
    assert desk.pause(ny(19, 11), "escalation_answer") == []
    assert desk.meet("escalation_answer", ny(19, 14)).state == "met"


def test_an_instant_must_lie_ahead(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.start("escalation_answer", ny(19, 10), due=ny(19, 10))
    assert list(refused.value.fields) == ["due"]
    assert not Clock.objects.exists()


# Warnings ------------------------------------------------------------------------------------------------


def test_warning_comes_in_business_time_and_then_the_due(desk: Desk, clock) -> None:
    pk = desk.start("first_response", ny(19, 17)).pk
    clock(ny(20, 9, 29))
    assert not actions.fire_clock(pk)
    clock(ny(20, 9, 31))
    assert actions.fire_clock(pk)
    stored = desk.clock("first_response")
    assert (stored.state, stored.warned_at, stored.next_fire_at) == ("running", ny(20, 9, 30), ny(20, 10))
    assert [event.due for event in desk.told(ClockWarned)] == [ny(20, 10)]


def test_a_warning_that_is_past_at_the_start_comes_at_once(desk: Desk, clock) -> None:
    made = desk.start("escalation_answer", ny(21, 10), due=ny(22, 10))  # closed all weekend
    assert made.next_fire_at == ny(21, 10)
    clock(ny(21, 10, 0, 1))
    assert actions.fire_clock(made.pk)
    assert desk.clock("escalation_answer").warned_at == ny(21, 10)


def test_a_desk_that_never_opens_gives_no_due_and_no_loop(desk: Desk, clock) -> None:
    clock(ny(19, 10))
    desk.calendar = save_office(windows=[], special_days=[(ny(19, 12).date(), "Sale", [["09:00", "10:30"]])])
    made = desk.start("resolution", ny(19, 10))
    assert (made.state, made.due, made.next_fire_at) == ("running", None, None)
    assert desk.meet("resolution", ny(20, 10)).state == "met"
