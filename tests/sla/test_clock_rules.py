"""Each rule about what happens to a clock, by name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.actors import SYSTEM
from sla import actions, jobs
from sla.events import ClockBreached, ClockMet, ClocksChanged
from sla.models import Clock, ClockTransition
from tests.sla.kit import HOUR, Desk, give_levels, make_owner, ny, save_nights, save_office, save_standard

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


def test_merged_or_spam_ends_every_clock_whatever_its_state(desk: Desk, clock) -> None:
    give_levels("first_response", (0, "tell", "lead"), (HOUR, "tell", "managers"))
    for metric in ("first_response", "next_response", "resolution", "dispatch"):
        desk.start(metric, ny(19, 9))
    desk.pause(ny(19, 10), "resolution")
    clock(ny(19, 11, 30))
    jobs.fire_due_clocks()
    ended = desk.cancel(ny(19, 11, 45))
    assert {c.state for c in ended} == {"cancelled"} and len(ended) == 4
    heard = len(desk.news)
    clock(ny(30, 12))
    assert jobs.fire_due_clocks() == 0
    assert len(desk.news) == heard
    assert not Clock.objects.filter(next_fire_at__isnull=False).exists()


def test_messages_that_a_merge_moves_count_on_the_target_from_their_own_instant(desk: Desk, clock) -> None:
    """Asked at 9 on the source, moved at 12: the promise on the target is as old as the question."""
    source = Desk(desk.calendar, make_owner(), news=desk.news)
    source.start("next_response", ny(19, 9))
    clock(ny(19, 12))
    jobs.fire_due_clocks()
    source.cancel(ny(19, 12), ["next_response"])
    made = desk.start("next_response", ny(19, 9))
    assert made.due == ny(19, 11)
    jobs.fire_due_clocks()
    assert desk.clock("next_response").breached_at == ny(19, 11)


def test_resolution_of_a_solved_and_closed_owner_does_not_tick(desk: Desk, clock) -> None:
    desk.start("resolution", ny(19, 9))
    desk.meet("resolution", ny(19, 12))
    clock(ny(30, 12))
    assert jobs.fire_due_clocks() == 0
    assert desk.clock("resolution").state == "met"


def test_breached_then_paused_has_one_breach_and_keeps_its_due(desk: Desk, clock) -> None:
    desk.start("resolution", ny(19, 9))
    clock(ny(19, 17, 30))
    jobs.fire_due_clocks()
    (paused,) = desk.pause(ny(19, 17, 40), "resolution")
    clock(ny(23, 12))
    assert jobs.fire_due_clocks() == 0
    assert (paused.state, paused.breached_at, paused.due) == ("paused", ny(19, 17), ny(19, 17))
    assert len(desk.told(ClockBreached)) == 1
