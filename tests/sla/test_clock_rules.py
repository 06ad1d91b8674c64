"""Each rule about what happens to a clock, by name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.actors import SYSTEM
from core.errors import Invalid
from sla import actions
from sla.events import ClockBreached, ClockMet, ClocksChanged, ClockWarned
from sla.models import Clock, ClockTransition
from tests.sla.kit import HOUR, NIGHTS, Desk, ny, save_nights, save_office, save_standard, save_urgent

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


# Start ---------------------------------------------------------------------------------------------------


def test_due_counts_desk_time_and_is_stored(desk: Desk) -> None:
    clock = desk.start("first_response", ny(19, 17))
    stored = Clock.objects.get(pk=clock.pk)
    assert stored.due == ny(20, 10)
    assert stored.warn_at == stored.next_fire_at == ny(20, 9, 30)
    assert (stored.state, stored.consumed, stored.anchor) == ("running", 0, ny(19, 17))
    assert desk.verbs("first_response") == ["started"]
    assert desk.told(ClocksChanged) == [ClocksChanged("test", desk.owner_id)]


def test_thursday_half_past_ten_with_two_hours_is_monday_two(desk: Desk) -> None:
    desk.calendar = save_nights()
    assert desk.start("first_response", ny(19, 22, 30)).due == ny(23, 2)


def test_fractions_of_a_second_are_cut_off(desk: Desk) -> None:
    clock = desk.start("first_response", ny(19, 10) + timedelta(microseconds=999_999))
    assert (clock.started_at, clock.due) == (ny(19, 10), ny(19, 12))


def test_no_target_no_clock(desk: Desk) -> None:
    assert desk.start("refund", ny(19, 10)) is None
    assert not Clock.objects.exists()
    assert desk.news == []


def test_oldest_unanswered_message_rules(desk: Desk) -> None:
    first = desk.start("next_response", ny(19, 10), ref=1)
    again = desk.start("next_response", ny(19, 11), ref=2)
    assert (again.pk, again.due, again.ref) == (first.pk, ny(19, 12), 1)
    assert desk.verbs("next_response") == ["started"]


def test_the_clock_keeps_the_version_that_it_started_with(desk: Desk) -> None:
    before = desk.start("first_response", ny(19, 10))
    save_standard(targets=[{"metric": "first_response", "amount": HOUR}])
    stored = desk.clock("first_response")
    assert (stored.due, stored.target) == (before.due, 2 * HOUR)
    assert stored.policy_version.number == 1


def test_clocks_change_only_in_a_transaction(transactional_db: None, kinds: None) -> None:
    save_standard()
    with pytest.raises(RuntimeError):
        actions.start_clock(
            actor=SYSTEM,
            owner=("test", 1),
            metric="first_response",
            facts={},
            calendar_id=save_office().pk,
            at=ny(19, 10),
        )
    assert not Clock.objects.exists()


def test_a_naive_instant_is_refused(desk: Desk) -> None:
    with pytest.raises(ValueError):
        desk.start("first_response", ny(19, 10).replace(tzinfo=None))


# Met and late --------------------------------------------------------------------------------------------


def test_met_before_due(desk: Desk) -> None:
    desk.start("first_response", ny(19, 17, 30))
    clock = desk.meet("first_response", ny(20, 9, 15))
    assert (clock.state, clock.ended_at, clock.consumed) == ("met", ny(20, 9, 15), 45 * 60)
    stored = desk.clock("first_response")
    assert (stored.state, stored.next_fire_at, stored.anchor) == ("met", None, None)
    assert [event.late for event in desk.told(ClockMet)] == [False]


@pytest.mark.parametrize(
    ("after_due", "state"),
    [(timedelta(), "met"), (timedelta(microseconds=900_000), "met"), (SECOND, "late")],
)
def test_exactly_at_due_is_met(desk: Desk, after_due: timedelta, state: str) -> None:
    due = desk.start("first_response", ny(19, 10)).due
    assert desk.meet("first_response", due + after_due).state == state
    assert len(desk.told(ClockBreached)) == (state == "late")


def test_late_settles_the_breach_first_and_at_the_due(desk: Desk) -> None:
    desk.start("first_response", ny(19, 10))
    clock = desk.meet("first_response", ny(19, 15))
    assert (clock.state, clock.breached_at, clock.ended_at) == ("late", ny(19, 12), ny(19, 15))
    rows = list(ClockTransition.objects.order_by("id").values_list("verb", "at", "state", "actor_kind"))
    assert rows[1:] == [
        ("breached", ny(19, 12), "breached", "system"),
        ("met", ny(19, 15), "late", "staff"),
    ]
    assert [event.due for event in desk.told(ClockBreached)] == [ny(19, 12)]
    assert [event.late for event in desk.told(ClockMet)] == [True]


def test_meeting_twice_or_nothing_changes_nothing(desk: Desk) -> None:
    assert desk.meet("first_response", ny(19, 11)) is None
    desk.start("first_response", ny(19, 10))
    desk.meet("first_response", ny(19, 11))
    heard = len(desk.news)
    assert desk.meet("first_response", ny(19, 11, 30)) is None
    assert len(desk.news) == heard


def test_late_news_of_a_kept_promise_takes_the_breach_back(desk: Desk, clock) -> None:
    due = desk.start("dispatch", ny(16, 10)).due
    clock(due + timedelta(hours=2))
    assert actions.fire_clock(desk.clock("dispatch").pk)
    kept = desk.meet("dispatch", due - timedelta(hours=3))
    assert (kept.state, kept.breached_at) == ("met", None)
    assert desk.verbs("dispatch") == ["started", "warned", "breached", "met"]


def test_an_event_from_before_the_start_used_nothing(desk: Desk) -> None:
    for metric in ("dispatch", "resolution"):
        desk.start(metric, ny(19, 15))
        clock = desk.meet(metric, ny(19, 10))
        assert (clock.state, clock.consumed, clock.ended_at) == ("met", 0, ny(19, 10))


# Pause and resume ----------------------------------------------------------------------------------------


def test_pause_banks_desk_seconds_and_stops_the_due(desk: Desk) -> None:
    desk.start("resolution", ny(19, 16))
    (clock,) = desk.pause(ny(20, 10), "resolution")
    assert (clock.state, clock.consumed) == ("paused", 3 * HOUR)
    stored = desk.clock("resolution")
    assert (stored.due, stored.warn_at, stored.next_fire_at, stored.anchor) == (None, None, None, None)


def test_resume_counts_on_in_desk_time_not_in_wall_clock_time(desk: Desk) -> None:
    desk.start("resolution", ny(19, 16))
    desk.pause(ny(20, 10), "resolution")
    (clock,) = desk.resume(ny(21, 12), "resolution")  # a Saturday
    assert (clock.state, clock.due) == ("running", ny(23, 14))
    assert clock.warn_at == ny(23, 12)  # 6 h of 8 h, 3 h were used
    assert desk.verbs("resolution") == ["started", "paused", "resumed"]


def test_many_pauses_lose_no_second(desk: Desk) -> None:
    desk.start("resolution", ny(19, 9))
    for n in range(10):
        desk.pause(ny(19, 9, 10 + 20 * (n % 2), n) + timedelta(hours=n // 2), "resolution")
        desk.resume(ny(19, 9, 15 + 20 * (n % 2), 30) + timedelta(hours=n // 2), "resolution")
    rows = list(ClockTransition.objects.order_by("id"))
    paused = sum(
        (b.at - a.at).total_seconds() for a, b in zip(rows, rows[1:], strict=False) if b.verb == "resumed"
    )
    assert paused == sum(5 * 60 + 30 - n for n in range(10))
    assert desk.clock("resolution").due == ny(19, 17) + timedelta(seconds=paused)


def test_pausing_resolution_never_excuses_a_reply(desk: Desk) -> None:
    desk.start("first_response", ny(19, 10))
    desk.start("resolution", ny(19, 10))
    desk.pause(ny(19, 11), "resolution")
    assert desk.clock("first_response").state == "running"
    assert desk.clock("first_response").due == ny(19, 12)


def test_pausing_twice_and_resuming_what_runs_changes_nothing(desk: Desk) -> None:
    desk.start("resolution", ny(19, 10))
    assert desk.resume(ny(19, 11), "resolution") == []
    desk.pause(ny(19, 12), "resolution")
    assert desk.pause(ny(19, 13), "resolution") == []
    assert desk.clock("resolution").consumed == 2 * HOUR


def test_a_pause_after_the_due_does_not_heal_the_breach(desk: Desk) -> None:
    desk.start("resolution", ny(19, 9))
    (paused,) = desk.pause(ny(19, 17, 30), "resolution")
    assert (paused.state, paused.breached_at, paused.due) == ("paused", ny(19, 17), ny(19, 17))
    (resumed,) = desk.resume(ny(20, 9), "resolution")
    assert (resumed.state, resumed.due, resumed.next_fire_at) == ("breached", ny(19, 17), None)
    assert desk.meet("resolution", ny(20, 10)).state == "late"
    assert len(desk.told(ClockBreached)) == 1


def test_paused_at_the_due_is_due_when_resumed(desk: Desk) -> None:
    desk.start("resolution", ny(19, 9))
    desk.pause(ny(19, 17), "resolution")
    (clock,) = desk.resume(ny(21, 12), "resolution")
    assert (clock.state, clock.due) == ("running", ny(21, 12))


def test_met_while_paused(desk: Desk) -> None:
    desk.start("resolution", ny(19, 9))
    desk.pause(ny(19, 10), "resolution")
    clock = desk.meet("resolution", ny(23, 10))
    assert (clock.state, clock.consumed) == ("met", HOUR)


@pytest.mark.parametrize("metric", ["dispatch", "privacy"])
def test_days_never_pause(desk: Desk, metric: str) -> None:
    due = desk.start(metric, ny(19, 10)).due
    assert desk.pause(ny(19, 11), metric) == []
    assert (desk.clock(metric).state, desk.clock(metric).due) == ("running", due)


# Reopened, cancelled -------------------------------------------------------------------------------------


def test_reopened_resolution_goes_on_without_the_time_solved(desk: Desk) -> None:
    desk.start("resolution", ny(19, 9))
    desk.meet("resolution", ny(19, 12))
    (clock,) = desk.resume(ny(20, 9), "resolution")
    assert (clock.state, clock.ended_at, clock.due) == ("running", None, ny(20, 14))
    assert Clock.objects.count() == 1


def test_reopened_after_late_stays_broken(desk: Desk) -> None:
    desk.start("resolution", ny(19, 9))
    desk.meet("resolution", ny(20, 12))
    (clock,) = desk.resume(ny(20, 13), "resolution")
    assert (clock.state, clock.breached_at) == ("breached", ny(19, 17))
    assert desk.meet("resolution", ny(20, 14)).state == "late"
    assert len(desk.told(ClockBreached)) == 1


def test_cancelled_has_no_alarm_afterwards(desk: Desk, clock) -> None:
    desk.start("first_response", ny(19, 10))
    desk.start("resolution", ny(19, 10))
    assert [c.state for c in desk.cancel(ny(19, 11), ["first_response"])] == ["cancelled"]
    clock(ny(23, 12))
    assert not actions.fire_clock(desk.clock("first_response").pk)
    assert desk.told(ClockBreached) == []
    assert desk.clock("resolution").state == "running"
    assert [c.metric for c in desk.cancel(ny(19, 12))] == ["resolution"]
    assert desk.resume(ny(19, 13), "first_response", "resolution") == []


def test_cancelling_settles_what_was_late(desk: Desk) -> None:
    desk.start("first_response", ny(19, 10))
    (clock,) = desk.cancel(ny(19, 15))
    assert (clock.state, clock.breached_at) == ("cancelled", ny(19, 12))
    assert desk.verbs("first_response") == ["started", "breached", "cancelled"]


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
