"""Hours applied from a date: what is counted anew, what stands, and that every clock has its turn once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import outbox
from core.actors import Actor
from core.errors import Conflict, Forbidden, Invalid, NotFound
from sla import actions, jobs, owners
from sla.actions import _bulk, applying, recompute
from sla.events import ClockBreached, ClocksMoved
from sla.models import Calendar, Clock, ClockTransition, Recompute
from tests.sla import kit
from tests.sla.kit import HOUR, MANAGER, Desk, ny

Clockwork = Callable[[datetime], None]
MORNINGS = [(day, "09:00", "13:00") for day in range(5)]
LONG = [(day, "07:00", "22:00") for day in range(5)]


@pytest.fixture
def office(desk: Desk, clock: Clockwork) -> Desk:
    """An office whose calendar is older than what the tests look at."""
    Calendar.objects.get(code="office").versions.update(created_at=ny(1, 0, month=1))
    clock(ny(19, 9))
    return desk


def edit(clock: Clockwork, at: datetime, windows: list[Any]) -> None:
    clock(at)
    kit.save_office(windows=windows)
    outbox.run_due()


def apply(from_at: datetime, **more: Any) -> Recompute:
    given = {"actor": MANAGER, "code": "office", "reason": "wrong since Monday", **more}
    row = actions.apply_calendar_from(from_at=from_at, **given)
    outbox.run_due()
    row.refresh_from_db()
    return row


def test_an_open_clock_is_counted_anew_from_the_date_on(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 10))
    edit(clock, ny(19, 16), MORNINGS)
    assert office.clock("resolution").due == ny(20, 11)  # six of eight hours stand
    clock(ny(19, 16, 30))
    row = apply(ny(19, 9))
    stored = office.clock("resolution")
    assert (stored.due, stored.consumed, stored.anchor) == (ny(23, 10), 3 * HOUR, ny(19, 16, 30))
    assert office.verbs("resolution") == ["started", "warned", "moved", "recounted"]
    assert (stored.warned_at, stored.next_fire_at) == (None, ny(20, 12))  # of the new due, anew
    last = stored.transitions.order_by("id").last()
    assert (last.reason, last.counted_from, last.actor_kind, last.actor_id) == (
        "wrong since Monday",
        ny(19, 9),
        "staff",
        7,
    )
    assert (row.state, row.total, row.seen, row.moved, row.breached, row.stayed) == ("done", 1, 1, 1, 0, 0)
    assert row.started_at is not None and row.finished_at is not None
    assert office.news[-1] == ClocksMoved("test", (office.owner_id,))


def test_what_was_used_before_the_date_stands(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 10))
    edit(clock, ny(19, 16), MORNINGS)
    apply(ny(19, 15))
    assert office.clock("resolution").consumed == 5 * HOUR
    assert office.clock("resolution").due == ny(20, 12)


def test_a_pause_is_not_counted_whatever_the_hours(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 9))
    office.pause(ny(19, 10), "resolution")
    office.resume(ny(19, 12), "resolution")
    edit(clock, ny(19, 16), MORNINGS)
    apply(ny(19, 9, 30))
    assert office.clock("resolution").consumed == 2 * HOUR  # 9-10 and 12-13


def test_a_paused_clock_is_counted_anew_and_stays_paused(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 12))
    office.pause(ny(19, 15), "resolution")
    edit(clock, ny(19, 16), MORNINGS)
    apply(ny(19, 9))
    stored = office.clock("resolution")
    assert (stored.state, stored.consumed, stored.due) == ("paused", HOUR, None)


def test_past_by_the_hours_applied_it_is_broken_now_and_once(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(18, 17))
    edit(clock, ny(19, 12), LONG)
    assert office.clock("resolution").consumed == 4 * HOUR
    clock(ny(19, 12, 30))
    row = apply(ny(18, 9))  # 17-22 and 7-12:30 are more than eight hours
    stored = office.clock("resolution")
    assert (stored.state, stored.breached_at, stored.due) == ("breached", ny(19, 12, 30), ny(19, 12, 30))
    assert (row.moved, row.breached) == (1, 1)
    assert [event.due for event in office.told(ClockBreached)] == [ny(19, 12, 30)]
    again = apply(ny(18, 9), reason="once more")
    assert (again.seen, again.stayed) == (0, 1)
    assert len(office.told(ClockBreached)) == 1


def test_a_breach_once_recorded_stands(office: Desk, clock: Clockwork) -> None:
    office.start("first_response", ny(19, 11))
    clock(ny(19, 14))
    jobs.fire_due_clocks()
    edit(clock, ny(19, 16), MORNINGS)
    heard = len(office.told(ClockBreached))
    row = apply(ny(19, 9))
    stored = office.clock("first_response")
    assert (stored.state, stored.breached_at) == ("breached", ny(19, 13))
    assert (row.total, row.seen, row.moved, row.stayed) == (0, 0, 0, 1)
    assert len(office.told(ClockBreached)) == heard


def test_promises_in_days_stand(office: Desk, clock: Clockwork) -> None:
    due = office.start("dispatch", ny(18, 10)).due
    edit(clock, ny(19, 16), MORNINGS)
    assert apply(ny(18, 9)).total == 0
    assert office.clock("dispatch").due == due


def test_another_desks_hours_stand(office: Desk, clock: Clockwork) -> None:
    """Counted at another desk until noon: applying the office's hours leaves that part alone."""
    office.calendar = other = kit.save_office(code="other", windows=LONG)
    office.start("resolution", ny(19, 9))
    clock(ny(19, 12))
    office.retarget(ny(19, 12), Calendar.objects.get(code="office"), priority="normal")
    edit(clock, ny(19, 16), MORNINGS)
    apply(ny(19, 8))
    assert other.code == "other"
    assert office.clock("resolution").consumed == 4 * HOUR  # 9-12 there, 12-13 here


def test_applied_twice_the_second_changes_nothing(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 10))
    edit(clock, ny(19, 16), MORNINGS)
    apply(ny(19, 9))
    rows = ClockTransition.objects.count()
    again = apply(ny(19, 9))
    assert (again.seen, again.moved, ClockTransition.objects.count()) == (1, 0, rows)


def test_a_later_date_keeps_what_an_earlier_one_corrected(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 10))
    edit(clock, ny(19, 15), MORNINGS)
    apply(ny(19, 9))
    edit(clock, ny(19, 16), LONG)
    apply(ny(19, 15, 30))  # 10-13 by the first, 15:30-16 by the second
    assert office.clock("resolution").consumed == 3 * HOUR + HOUR // 2
    apply(ny(19, 9))
    assert office.clock("resolution").consumed == 6 * HOUR


def test_a_newer_edit_than_the_one_applied_stands(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 9))
    edit(clock, ny(19, 15), MORNINGS)
    row = actions.apply_calendar_from(actor=MANAGER, code="office", from_at=ny(19, 9), reason="x")
    clock(ny(19, 16))
    kit.save_office(windows=LONG)
    clock(ny(19, 17))
    assert actions.carry_on(recompute_id=row.pk)
    assert office.clock("resolution").consumed == 5 * HOUR  # 9-13 by the mornings, 16-17 by the long day


@pytest.mark.parametrize("seed", range(12))
def test_the_same_hours_applied_change_no_count(office: Desk, clock: Clockwork, seed: int) -> None:
    """However often it was paused, moved by edits and resumed: what was counted is what the rows tell."""
    dice = random.Random(seed)
    at = ny(19, 9, dice.randrange(60))
    office.start("resolution", at)
    for _ in range(dice.randrange(6)):
        at += timedelta(minutes=dice.randrange(1, 40), seconds=dice.randrange(60))
        clock(at)
        turn = dice.choice((office.pause, office.resume))
        turn(at, "resolution")
    before = office.clock("resolution")
    clock(at + timedelta(minutes=5))
    row = apply(at - timedelta(minutes=dice.randrange(600)))
    assert (row.seen, row.moved) == (1, 0)
    after = office.clock("resolution")
    assert (after.due, after.consumed, after.state) == (before.due, before.consumed, before.state)


# Refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"actor": Actor(kind="staff", id=3, role="specialist")}, Forbidden, None),
        ({"code": "nowhere"}, NotFound, None),
        ({"from_at": ny(19, 16, 0, 1)}, Invalid, "from_at"),
        ({"from_at": ny(19, 16) - timedelta(days=90, seconds=1)}, Invalid, "from_at"),
        ({"reason": "  "}, Invalid, "reason"),
        ({"reason": "x" * 201}, Invalid, "reason"),
    ],
)
def test_refused_and_nothing_changed(
    office: Desk, clock: Clockwork, changes: dict[str, Any], error: type[Exception], field: str | None
) -> None:
    clock(ny(19, 16))
    given = {"actor": MANAGER, "code": "office", "from_at": ny(19, 9), "reason": "wrong", **changes}
    with pytest.raises(error) as refused:
        actions.apply_calendar_from(**given)
    assert field is None or list(refused.value.fields) == [field]
    assert not Recompute.objects.exists()


def test_one_at_a_time_for_a_calendar(office: Desk, clock: Clockwork) -> None:
    clock(ny(19, 16))
    actions.apply_calendar_from(actor=MANAGER, code="office", from_at=ny(19, 9), reason="first")
    with pytest.raises(Conflict) as refused:
        actions.apply_calendar_from(actor=MANAGER, code="office", from_at=ny(19, 9), reason="second")
    assert refused.value.code == "running"
    assert Recompute.objects.count() == 1


# In batches ------------------------------------------------------------------------------------------------


@pytest.fixture
def many(office: Desk, clock: Clockwork, monkeypatch: pytest.MonkeyPatch) -> list[Desk]:
    """Ten clocks, three to a batch, at 16:00 after an edit."""
    monkeypatch.setattr(applying, "BATCH", 3)
    desks = [Desk(office.calendar, kit.make_owner(), news=office.news) for _ in range(10)]
    for one in desks:
        one.start("resolution", ny(19, 10))
    edit(clock, ny(19, 16), MORNINGS)
    return desks


def all_anew(row: Recompute) -> None:
    row.refresh_from_db()
    assert set(Clock.objects.values_list("consumed", flat=True)) == {3 * HOUR}
    assert ClockTransition.objects.filter(verb="recounted").count() == 10
    assert (row.state, row.seen, row.moved, row.left) == ("done", 10, 10, [])


def test_a_slice_at_a_time_and_others_between(many: list[Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLICE", 0.0)
    row = actions.apply_calendar_from(actor=MANAGER, code="office", from_at=ny(19, 9), reason="wrong")
    assert outbox.run_due() == 1
    row.refresh_from_db()
    assert (row.state, row.seen, row.total) == ("running", 3, 10)
    while outbox.run_due():
        pass
    all_anew(row)


class PowerCut(BaseException):
    """What no handler catches."""


@pytest.mark.parametrize("after", range(1, 7))
def test_killed_anywhere_it_goes_on_and_no_clock_has_two_turns(
    many: list[Desk], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Each transaction may be the last one that commits; the third owner can only be had one by one."""
    awkward = many[2].owner_id

    def free(ids: list[int]) -> set[int]:
        return {pk for pk in ids if pk != awkward}

    monkeypatch.setattr(kit, "lock_owners", free)
    kit.register_owner()
    row = actions.apply_calendar_from(actor=MANAGER, code="office", from_at=ny(19, 9), reason="wrong")
    plain, done = _bulk.in_transaction, 0

    def cut(work: Callable[[], Any]) -> Any:
        nonlocal done
        done += 1
        if done == after:
            raise PowerCut
        return plain(work)

    monkeypatch.setattr(_bulk, "in_transaction", cut)
    try:
        actions.carry_on(recompute_id=row.pk)
    except PowerCut:
        actions.carry_on(recompute_id=row.pk)
    all_anew(row)


def test_a_clock_that_fails_stops_no_other(many: list[Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    bad = many[4].clock("resolution").pk
    plain = applying.recount.used

    def used(rows: list[Any], *args: Any, **more: Any) -> int:
        if rows[0].clock_id == bad:
            raise ValueError("no sum")
        return plain(rows, *args, **more)

    monkeypatch.setattr(applying.recount, "used", used)
    row = apply(ny(19, 9))
    assert (row.state, row.seen, row.moved, row.failed) == ("done", 10, 9, 1)
    assert Clock.objects.get(pk=bad).consumed == 6 * HOUR


# Moving, by the same batches -------------------------------------------------------------------------------


def test_the_command_moves_all_and_says_so(
    office: Desk, clock: Clockwork, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import call_command

    desks = [Desk(office.calendar, kit.make_owner(), news=office.news) for _ in range(5)]
    for one in desks:
        one.start("resolution", ny(19, 10))
    clock(ny(19, 16))
    kit.save_office(windows=MORNINGS)
    clock(ny(19, 16, 1))
    call_command("recompute_clocks", calendar="office", batch=2)
    said = capsys.readouterr().out
    assert "2 of 5" in said and "5 of 5" in said
    assert "seen=5 moved=5 breached=0 seconds=" in said.splitlines()[-1]
    assert set(Clock.objects.values_list("due", flat=True)) == {ny(20, 11)}
    assert recompute.recompute_clocks().seen == 0


def test_other_zone_rules_are_a_version_more(office: Desk, clock: Clockwork) -> None:
    office.start("resolution", ny(19, 10))
    version = office.calendar.versions.get()
    version.spec = {**version.spec, "tzdata": "2020.1"}
    version.save(update_fields=["spec"])
    clock(ny(19, 11))
    done = recompute.recompute_clocks(calendar_code="office")
    assert (done.seen, done.moved, done.failed) == (1, 1, 0)
    assert office.clock("resolution").calendar_version.number == 2
    assert office.clock("resolution").due == ny(19, 18)


def test_an_unknown_calendar_is_refused(office: Desk) -> None:
    with pytest.raises(NotFound):
        recompute.recompute_clocks(calendar_code="nowhere")


def test_kinds_without_a_bulk_lock_go_one_by_one(office: Desk, clock: Clockwork) -> None:
    kit.register_owner("slow", in_bulk=False)
    slow = Desk(office.calendar, kit.make_owner(), kind="slow", news=office.news)
    slow.start("resolution", ny(19, 10))
    office.start("resolution", ny(19, 10))
    edit(clock, ny(19, 16), MORNINGS)
    assert slow.clock("resolution").due == office.clock("resolution").due == ny(20, 11)
    assert [event.owner_kind for event in office.told(ClocksMoved)] == ["test"]
    assert owners.lock_many([("slow", slow.owner_id), ("nobody", 1)]) == set()
