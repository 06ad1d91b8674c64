"""One change to many tickets: told which were not done and why, the rest done; one undo."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.outbox import run_due
from tests.factories import make_ticket
from tickets import actions
from tickets.actions import bulk, tags
from tickets.models import BulkJob, Ticket

World = SimpleNamespace


@pytest.fixture
def many(world: World) -> list[Ticket]:
    return [make_ticket(world.buyer_person, subject=f"No {n}") for n in range(4)]


def change(world: World, many: list[Ticket], who: str = "agent", **deeds: object) -> BulkJob:
    seen_at = deeds.pop("seen_at", None)
    ids = [one.public_id for one in many]
    job = bulk.change_many(actor=getattr(world, who), tickets=ids, change=deeds, seen_at=seen_at)
    run_due()
    job.refresh_from_db()
    for one in many:
        one.refresh_from_db()
    return job


def test_the_change_is_done_and_taken_back(world: World, many: list[Ticket]) -> None:
    tags.change_tags(actor=world.agent, ticket=many[0].public_id, add=["vip"])
    job = change(world, many, assignee="me", priority="high", add_tags=["vip", "size"])
    assert (job.state, job.done) == ("done", 4)
    assert all(row["ok"] for row in job.results)
    assert {one.priority for one in many} == {"high"}
    back = bulk.undo_many(actor=world.agent, job=job.public_id)
    run_due()
    back.refresh_from_db()
    for one in many:
        one.refresh_from_db()
    assert all(row["ok"] for row in back.results)
    assert {(one.priority, one.assignee_id) for one in many} == {("normal", None)}
    kept = [list(one.tagged.values_list("tag__name", flat=True)) for one in many]
    assert kept == [["vip"], [], [], []]
    with pytest.raises(Conflict) as caught:
        bulk.undo_many(actor=world.agent, job=job.public_id)
    assert caught.value.code == "undone"


def test_what_cannot_be_done_is_told_and_the_rest_is_done(world: World, many: list[Ticket]) -> None:
    actions.set_status(actor=world.agent, ticket=many[1].public_id, status="closed")
    stranger = make_ticket(world.other_person, team="complaints")
    job = change(world, [*many, stranger], status="solved")
    codes = [row.get("code", "") for row in job.results]
    assert codes == ["", "closed_ticket", "", "", "not_found"]
    assert "closed" in job.results[1]["message"]
    assert [one.status for one in many] == ["solved", "closed", "solved", "solved"]


def test_what_changed_meanwhile_is_left_alone(world: World, many: list[Ticket]) -> None:
    read = world.now
    world.at(read + timedelta(minutes=1))
    actions.post_message(actor=world.buyer, ticket=many[2].public_id, kind="reply", body="More.")
    job = change(world, many, status="solved", seen_at=read)
    assert [row.get("code") for row in job.results] == [None, None, "changed_meanwhile", None]
    world.at(read + timedelta(minutes=2))
    actions.set_status(actor=world.agent2, ticket=many[0].public_id, status="open")
    back = bulk.undo_many(actor=world.agent, job=job.public_id)
    run_due()
    back.refresh_from_db()
    assert [row["ok"] for row in back.results] == [False, True, True]
    many[1].refresh_from_db()
    assert many[1].status == "open"


def test_a_worker_that_died_is_followed(
    world: World, many: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bulk.change_many(
        actor=world.agent, tickets=[one.public_id for one in many], change={"priority": "high"}
    )
    real, left = bulk._change_one, [2]

    def dies(*args: object) -> object:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(bulk, "_change_one", dies)
    with pytest.raises(KeyboardInterrupt):
        bulk.carry_out(job.pk)
    monkeypatch.setattr(bulk, "_change_one", real)
    bulk.carry_out(job.pk)
    bulk.carry_out(job.pk)
    job.refresh_from_db()
    assert [row["ticket"] for row in job.results] == job.tickets
    assert job.state == "done"


@pytest.mark.parametrize(
    ("deeds", "field"), [({}, "change"), ({"status": "closed"}, "status"), ({"colour": 1}, "deeds")]
)
def test_nonsense_is_refused_at_once(
    world: World, many: list[Ticket], deeds: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        change(world, many, **deeds)
    assert field in caught.value.fields
    assert not BulkJob.objects.exists()


def test_who_may(world: World, many: list[Ticket]) -> None:
    with pytest.raises(Forbidden):
        change(world, many, who="buyer", status="solved")
    with pytest.raises(Invalid):
        change(world, [], status="solved")
    job = change(world, many, priority="high")
    with pytest.raises(NotFound):
        bulk.undo_many(actor=world.agent2, job=job.public_id)
