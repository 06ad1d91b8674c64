"""Escalation: what happens after a promise was broken, level by level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sla import jobs
from sla.events import ClockBreached, ClockEscalated, ClocksChanged
from sla.models import Clock, ClockTransition
from sla.receipts import receipt
from tests.sla import kit
from tests.sla.kit import HOUR, Desk, ny

Clockwork = Callable[[datetime], None]
LEVELS = [(0, "tell", "assignee"), (HOUR, "reassign", "lead"), (8 * HOUR, "escalate", "tier:2")]


@pytest.fixture
def ladder(desk: Desk) -> Desk:
    """First responses and resolutions with three levels: at the due, one and eight desk hours after."""
    for metric in ("first_response", "resolution", "dispatch", "privacy", "escalation_answer"):
        kit.give_levels(metric, *LEVELS)
    return desk


def fire(clock: Clockwork, at: datetime) -> int:
    clock(at)
    return jobs.fire_due_clocks()


def told(desk: Desk) -> list[tuple[int, str, str]]:
    return [(event.level, event.act, event.to) for event in desk.told(ClockEscalated)]


def stamps(desk: Desk, metric: str = "first_response") -> list[datetime]:
    rows = desk.clock(metric).transitions.filter(verb="escalated").order_by("id")
    return list(rows.values_list("at", flat=True))


def test_level_after_level_in_desk_time(ladder: Desk, clock: Clockwork) -> None:
    ladder.start("first_response", ny(19, 15))
    assert fire(clock, ny(19, 17, 0, 1)) == 1
    assert told(ladder) == [(1, "tell", "assignee")]
    assert ladder.clock("first_response").next_fire_at == ny(19, 18)
    assert fire(clock, ny(19, 17, 59)) == 0
    assert fire(clock, ny(19, 18)) == 1
    assert told(ladder)[1:] == [(2, "reassign", "lead")]
    assert ladder.clock("first_response").next_fire_at == ny(20, 16)  # the night is nobody's
    assert fire(clock, ny(20, 16)) == 1
    assert told(ladder)[2:] == [(3, "escalate", "tier:2")]
    assert ladder.clock("first_response").next_fire_at is None
    assert fire(clock, ny(30, 16)) == 0
    assert len(ladder.told(ClockBreached)) == 1


def test_each_level_is_a_row_and_one_news_with_the_due(ladder: Desk, clock: Clockwork) -> None:
    pk = ladder.start("first_response", ny(19, 10)).pk
    fire(clock, ny(19, 13))
    rows = ClockTransition.objects.filter(verb="escalated").order_by("id")
    assert list(rows.values_list("at", "state", "due", "reason", "actor_kind")) == [
        (ny(19, 12), "breached", ny(19, 12), "level 1: tell assignee", "system"),
        (ny(19, 13), "breached", ny(19, 12), "level 2: reassign lead", "system"),
    ]
    assert ladder.told(ClockEscalated)[0] == ClockEscalated(
        pk, "test", ladder.owner_id, "first_response", ny(19, 12), 1, "tell", "assignee"
    )
    assert ladder.news[-1] == ClocksChanged("test", ladder.owner_id)


def test_a_late_worker_tells_the_missed_levels_in_order_at_their_instants(
    ladder: Desk, clock: Clockwork
) -> None:
    ladder.start("first_response", ny(19, 10))
    assert fire(clock, ny(23, 15)) == 1
    assert [level for level, _act, _to in told(ladder)] == [1, 2, 3]
    assert stamps(ladder) == [ny(19, 12), ny(19, 13), ny(20, 11)]
    assert ladder.verbs("first_response") == ["started", "warned", "breached", *["escalated"] * 3]


def test_levels_are_ordered_by_their_offset(desk: Desk, clock: Clockwork) -> None:
    kit.give_levels("first_response", (HOUR, "tell", "managers"), (60, "tell", "lead"))
    desk.start("first_response", ny(19, 10))
    fire(clock, ny(19, 14))
    assert told(desk) == [(1, "tell", "lead"), (2, "tell", "managers")]


def test_two_levels_at_one_instant_are_both_told(desk: Desk, clock: Clockwork) -> None:
    kit.give_levels("first_response", (HOUR, "tell", "lead"), (HOUR, "priority", "urgent"))
    desk.start("first_response", ny(19, 10))
    fire(clock, ny(19, 13))
    assert told(desk) == [(1, "tell", "lead"), (2, "priority", "urgent")]


def test_a_clock_without_levels_is_not_looked_at_again(desk: Desk, clock: Clockwork) -> None:
    desk.start("first_response", ny(19, 10))
    fire(clock, ny(19, 13))
    assert desk.clock("first_response").next_fire_at is None
    assert told(desk) == []


@pytest.mark.parametrize("end", ["meet", "cancel"])
def test_met_or_cancelled_nobody_is_told_any_more(ladder: Desk, clock: Clockwork, end: str) -> None:
    ladder.start("first_response", ny(19, 10))
    fire(clock, ny(19, 12, 30))
    ladder.meet("first_response", ny(19, 12, 45)) if end == "meet" else ladder.cancel(ny(19, 12, 45))
    assert fire(clock, ny(23, 15)) == 0
    assert told(ladder) == [(1, "tell", "assignee")]


def test_an_answer_before_the_workers_round_tells_no_level(ladder: Desk, clock: Clockwork) -> None:
    ladder.start("first_response", ny(19, 10))
    ladder.meet("first_response", ny(19, 15))
    assert fire(clock, ny(19, 16)) == 0
    assert (told(ladder), len(ladder.told(ClockBreached))) == ([], 1)


def test_paused_no_level_is_reached_and_the_pause_does_not_count(ladder: Desk, clock: Clockwork) -> None:
    ladder.start("resolution", ny(19, 9))
    fire(clock, ny(19, 17, 30))
    ladder.pause(ny(19, 17, 30), "resolution")
    assert ladder.clock("resolution").next_fire_at is None
    assert fire(clock, ny(20, 12)) == 0
    ladder.resume(ny(20, 14), "resolution")
    assert ladder.clock("resolution").next_fire_at == ny(20, 14, 30)  # half an hour was used up before
    fire(clock, ny(20, 15))
    assert stamps(ladder, "resolution") == [ny(19, 17), ny(20, 14, 30)]


def test_a_change_of_target_or_desk_tells_nothing_again(ladder: Desk, clock: Clockwork) -> None:
    kit.save_urgent()
    ladder.start("first_response", ny(19, 10))
    fire(clock, ny(19, 12, 30))
    assert ladder.retarget(ny(19, 12, 40), priority="urgent") == []
    assert ladder.retarget(ny(19, 12, 45), kit.save_nights(), priority="normal") == []
    fire(clock, ny(19, 12, 50))
    assert told(ladder) == [(1, "tell", "assignee")]
    assert ladder.clock("first_response").next_fire_at == ny(19, 13)


def test_a_target_cut_below_what_was_used_counts_levels_from_the_change(
    ladder: Desk, clock: Clockwork
) -> None:
    kit.save_urgent(first=HOUR)
    kit.give_levels("first_response", *LEVELS)
    ladder.start("first_response", ny(19, 10))
    ladder.retarget(ny(19, 11, 30), priority="urgent")
    fire(clock, ny(19, 12, 30))
    assert stamps(ladder) == [ny(19, 11, 30), ny(19, 12, 30)]


def test_a_breach_taken_back_and_broken_again_at_the_same_due_tells_nothing_twice(
    ladder: Desk, clock: Clockwork
) -> None:
    ladder.start("resolution", ny(19, 9))
    fire(clock, ny(19, 17, 30))
    assert ladder.meet("resolution", ny(19, 16)).state == "met"  # news of an hour before the due
    ladder.resume(ny(19, 16), "resolution")
    assert ladder.clock("resolution").due == ny(19, 17)
    fire(clock, ny(19, 17, 45))
    assert told(ladder) == [(1, "tell", "assignee")]
    fire(clock, ny(19, 18))
    assert [level for level, _act, _to in told(ladder)] == [1, 2]


def test_broken_again_at_another_due_the_levels_begin_anew(ladder: Desk, clock: Clockwork) -> None:
    ladder.start("resolution", ny(19, 9))
    fire(clock, ny(19, 17, 30))
    ladder.meet("resolution", ny(19, 16))
    ladder.resume(ny(20, 9), "resolution")
    fire(clock, ny(20, 10, 1))
    assert [(e.level, e.due) for e in ladder.told(ClockEscalated)] == [(1, ny(19, 17)), (1, ny(20, 10))]


def test_reopened_after_late_goes_on_with_the_level_that_is_next(ladder: Desk, clock: Clockwork) -> None:
    ladder.start("resolution", ny(19, 9))
    fire(clock, ny(19, 17, 30))
    ladder.meet("resolution", ny(19, 17, 30))
    ladder.resume(ny(20, 9), "resolution")
    assert ladder.clock("resolution").next_fire_at == ny(20, 9, 30)


@pytest.mark.parametrize(
    ("metric", "start", "due", "second"),
    [
        ("dispatch", ny(16, 10), ny(19, 18), ny(20, 10)),  # the close of the third working day
        ("privacy", ny(1, 0, month=10), ny(1, 0, month=11), ny(2, 10)),  # midnight into a Sunday
    ],
)
def test_days_reach_their_levels_in_desk_time_too(
    ladder: Desk, clock: Clockwork, metric: str, start: datetime, due: datetime, second: datetime
) -> None:
    assert ladder.start(metric, start).due == due
    fire(clock, due + timedelta(days=4))
    assert stamps(ladder, metric)[:2] == [due, second]


def test_an_instant_that_a_person_was_told_has_levels(ladder: Desk, clock: Clockwork) -> None:
    given = {"metric": "escalation_answer", "amount": HOUR}
    kit.save_standard(targets=[*kit.TARGETS, given])
    kit.give_levels("escalation_answer", *LEVELS)
    ladder.start("escalation_answer", ny(19, 10), due=ny(19, 20))  # after the close
    fire(clock, ny(20, 12))
    assert stamps(ladder, "escalation_answer") == [ny(19, 20), ny(20, 10)]


def test_other_hours_move_the_levels_that_are_still_ahead(ladder: Desk, clock: Clockwork) -> None:
    clock(ny(19, 9))
    ladder.start("first_response", ny(19, 10))
    fire(clock, ny(19, 12, 30))
    clock(ny(19, 12, 30))
    kit.save_office(windows=[(day, "09:00", "12:30") for day in range(5)])
    clock(ny(19, 12, 31))
    jobs.move_clocks({"calendar_id": ladder.calendar.pk})
    assert ladder.clock("first_response").next_fire_at == ny(20, 9, 30)  # half an hour was used under the old
    fire(clock, ny(20, 9, 30))
    assert stamps(ladder) == [ny(19, 12), ny(20, 9, 30)]


def test_a_clock_keeps_the_levels_that_it_started_with(ladder: Desk, clock: Clockwork) -> None:
    ladder.start("first_response", ny(19, 10))
    kit.give_levels("first_response", (0, "tell", "managers"))
    fire(clock, ny(19, 12, 1))
    assert told(ladder) == [(1, "tell", "assignee")]
    assert len(Clock.objects.get().levels) == 3


def test_the_receipt_tells_each_level(ladder: Desk, clock: Clockwork) -> None:
    ladder.start("first_response", ny(19, 10))
    fire(clock, ny(19, 13))
    lines = [line.text for line in receipt(ladder.clock("first_response"), zone="America/New_York")]
    assert lines[-2:] == [
        "Escalated Thu 19 Nov 12:00 (level 1)",
        "Escalated Thu 19 Nov 13:00 (level 2)",
    ]
