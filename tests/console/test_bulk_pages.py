"""One change to many from the queue: begun, followed, told what was not done and why, taken back once."""

from __future__ import annotations

import re

from core import outbox
from core.clock import now
from tests.console.conftest import Budget, Scene
from tests.factories import actor, make_buyer, make_ticket
from tickets.actions import post_message, set_priority
from tickets.models import BulkJob, Flag, Mention, Tag

HX = {"headers": {"HX-Request": "true"}}
BULK = "/console/bulk/"


def carried_out(scene: Scene) -> str:
    """Let the worker do its round; what the page then shows of the newest change."""
    job = BulkJob.objects.latest("pk")
    while outbox.run_due():
        pass
    return scene.agent.get(f"{BULK}{job.public_id}/", **HX).content.decode()


def test_a_change_tells_what_was_not_done_and_is_taken_back_once(scene: Scene) -> None:
    others = [make_ticket(make_buyer(f"Buyer {n}"), subject=f"Question {n}") for n in range(2)]
    chosen = [scene.ticket.public_id, *(one.public_id for one in others)]
    read_at = now().isoformat()
    set_priority(actor=actor(scene.house.agent2), ticket=others[1].public_id, priority="low")
    begun = scene.agent.post(
        BULK, {"tickets": chosen, "priority": "high", "add_tags": "sale", "seen_at": read_at}, **HX
    )
    assert begun.status_code == 200 and "data-live-src" in begun.content.decode()
    body = carried_out(scene)
    assert "2 tickets changed." in body and "1 was left as it is" in body and "data-live-src" not in body
    assert f"#{others[1].number} was changed meanwhile." in body
    for one, wanted in ((scene.ticket, "high"), (others[0], "high"), (others[1], "low")):
        one.refresh_from_db()
        assert one.priority == wanted
    undo = f"{BULK}{BulkJob.objects.get().public_id}/undo/"
    assert f'action="{undo}"' in body
    assert scene.agent.post(undo, **HX).status_code == 200
    assert "2 tickets are as they were." in carried_out(scene)
    scene.ticket.refresh_from_db()
    assert (scene.ticket.priority, scene.ticket.tagged.count()) == ("normal", 0)
    assert scene.agent.post(undo, **HX).status_code == 409
    first = BulkJob.objects.earliest("pk")
    assert "It was taken back." in scene.agent.get(f"{BULK}{first.public_id}/", **HX).content.decode()


def test_a_change_that_says_nothing_changes_nothing(scene: Scene) -> None:
    one = {"tickets": [scene.ticket.public_id]}
    bad: list[dict[str, object]] = [
        {"tickets": []},
        {},
        one,
        {**one, "status": "closed"},
        {**one, "status": "odd"},
        {**one, "team": "nobodys"},
        {"tickets": [f"t{n}" for n in range(501)], "status": "open"},
    ]
    for fields in bad:
        answer = scene.agent.post(BULK, fields, **HX)
        assert answer.status_code == 400 and 'role="alert"' in answer.content.decode(), fields
    assert not BulkJob.objects.exists()


def test_a_change_is_its_beginners_alone(scene: Scene) -> None:
    fields = {"tickets": [scene.ticket.public_id], "assignee": "me", "seen_at": "yesterday"}
    assert scene.customer.post(BULK, fields, **HX).status_code == 404
    assert scene.agent.post(BULK, fields, **HX).status_code == 200
    job = BulkJob.objects.get()
    for client in (scene.manager, scene.foreign, scene.customer):
        assert client.get(f"{BULK}{job.public_id}/", **HX).status_code == 404
        assert client.post(f"{BULK}{job.public_id}/undo/", **HX).status_code == 404
    assert scene.agent.post(f"{BULK}{job.public_id}/undo/", **HX).status_code == 409  # it has not ended
    assert "1 ticket changed." in carried_out(scene)


def test_another_desks_ticket_is_named_by_nothing(scene: Scene) -> None:
    hidden = make_ticket(make_buyer(), category="logistics", subject="Where is the parcel?")
    scene.agent.post(BULK, {"tickets": [hidden.public_id], "status": "solved"}, **HX)
    body = carried_out(scene)
    assert "1 was left as it is" in body and str(hidden.number) not in re.findall(r"#(\d+)", body)
    hidden.refresh_from_db()
    assert hidden.status == "new"


def test_who_was_named_reads_it_until_they_looked(scene: Scene) -> None:
    words = f"@{scene.house.agent.name} can you say which shelf?"
    post_message(actor=actor(scene.house.agent2), ticket=scene.ticket.public_id, kind="note", body=words)
    inbox = scene.agent.get("/console/queue/").content.decode()
    assert 'id="named"' in inbox and "which shelf?" in inbox and "1 not looked at" in inbox
    assert 'id="named"' not in scene.manager.get("/console/queue/").content.decode()
    assert scene.manager.get(f"{scene.page}panes/").status_code == 200
    assert Mention.objects.filter(seen_at=None).count() == 1
    assert scene.agent.get(f"{scene.page}panes/").status_code == 200
    assert 'id="named"' not in scene.agent.get("/console/queue/").content.decode()


def test_the_palette_finds_by_number_name_and_view(scene: Scene) -> None:
    scene.agent.post("/console/views/save/", {"name": "Hot things", "priority": "urgent"}, **HX)
    find = "/console/palette/"
    assert (
        f'data-open="{scene.ticket.number}"'
        in scene.agent.get(find, {"q": str(scene.ticket.number)}).content.decode()
    )
    assert f"/orders/{scene.order.public_id}/" in scene.agent.get(find, {"q": "2041"}).content.decode()
    assert "Hot things" in scene.agent.get(find, {"q": "hot"}).content.decode()
    assert "Hot things" not in scene.foreign.get(find, {"q": "hot"}).content.decode()
    assert str(scene.ticket.number) not in scene.foreign.get(find, {"q": "front desk"}).content.decode()
    assert scene.agent.get(find, {"q": "\x00%_'\"<b>"}).status_code == 200


def test_a_lead_looks_at_flagged_replies_once(scene: Scene) -> None:
    post_message(actor=actor(scene.house.agent), ticket=scene.ticket.public_id, kind="reply", body="ok")
    flag = Flag.objects.get()
    url = f"/console/flags/{flag.pk}/"
    assert url not in scene.agent.get("/console/flags/").content.decode()
    assert scene.agent.post(url, {"state": "fine"}).status_code == 404
    page = scene.manager.get("/console/flags/").content.decode()
    assert "the reply says next to nothing" in page and url in page
    assert scene.manager.post(url, {"state": "coached", "words": ""}).status_code == 400
    assert scene.manager.post(url, {"state": "coached", "words": "Say a whole sentence."}).status_code == 302
    assert scene.manager.post(url, {"state": "fine"}).status_code == 409
    flag.refresh_from_db()
    assert (flag.state, flag.words) == ("coached", "Say a whole sentence.")
    assert url not in scene.manager.get("/console/flags/").content.decode()
    assert "Say a whole sentence." in scene.manager.get("/console/flags/?state=done").content.decode()
    assert "Say a whole sentence." in scene.agent.get("/console/flags/").content.decode()
    assert "Say a whole" not in scene.foreign.get("/console/flags/?state=done").content.decode()


def test_known_tags_by_their_letters(scene: Scene, at_most: Budget) -> None:
    for name in ("size", "wrong-size", "silk", "blue"):
        Tag.objects.create(name=name)
    ask = "/console/tags/"
    with at_most(6):
        assert scene.agent.get(ask, {"q": "SI"}).json() == {"tags": ["silk", "size", "wrong-size"]}
    assert scene.agent.get(ask, {"q": "wrong s"}).json() == {"tags": ["wrong-size"]}
    assert scene.agent.get(ask, {"q": " "}).json() == {"tags": []}
    assert scene.agent.get(ask, {"q": "%"}).json() == {"tags": []}
    assert scene.customer.get(ask).status_code == 404
    act = scene.agent.get(f"{scene.page}act/tags/").content.decode()
    assert 'data-tags="/console/tags/"' in act
