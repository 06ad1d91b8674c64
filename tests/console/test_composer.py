"""The composer's doors: drafts, sending that can be taken back, doubts, macros, who else is there."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.console.conftest import Budget, Scene
from tests.factories import actor, log_in
from tickets.actions import post_message, set_status
from tickets.actions.held import release_reply
from tickets.actions.looking import look_at
from tickets.actions.macros import save_macro
from tickets.models import Draft, Flag, HeldReply, Looking, Macro, Message, TicketTag

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JSON = {"Accept": "application/json"}


@pytest.fixture
def at(scene: Scene) -> str:
    return f"/t/{scene.ticket.public_id}/"


def post(client: Client, url: str, status: int = 200, **fields: Any) -> dict[str, Any]:
    response = client.post(url, fields, headers=JSON)
    assert response.status_code == status, response.content
    return response.json() if response.content else {}


def keep(scene: Scene, at: str, body: str, version: int = 0, **more: Any) -> dict[str, Any]:
    return post(
        scene.agent, f"{at}draft/", kind=more.pop("kind", "reply"), body=body, version=version, **more
    )


def send(
    scene: Scene, at: str, body: str = "It is on its way to you.", status: int = 200, **more: Any
) -> Any:
    return post(scene.agent, f"{at}send/", status, body=body, client_id=str(uuid.uuid4()), **more)


def macro(scene: Scene, body: str, **deeds: Any) -> Macro:
    boss = actor(scene.house.manager)
    return save_macro(actor=boss, name="On its way", body=body, deeds=deeds, shared="all")


def replies(scene: Scene) -> list[str]:
    rows = Message.objects.filter(stream__ticket=scene.ticket, kind="reply", author=scene.house.agent)
    return list(rows.values_list("body", flat=True))


# --- drafts --------------------------------------------------------------------------------------------------
def test_a_draft_stands_in_the_page_of_another_browser(scene: Scene, at: str) -> None:
    upload = SimpleUploadedFile("label.pdf", PDF, "application/pdf")
    file = scene.agent.post(f"{at}files/", {"file": upload}).json()["id"]
    assert keep(scene, at, "The <b>parcel", attachment_ids=[file])["version"] == 1
    keep(scene, at, "Carrier is slow.", kind="note")
    page = log_in(Client(), scene.house.agent).get(scene.page).content.decode()
    assert ">The &lt;b&gt;parcel</textarea>" in page
    assert "Carrier is slow." in page
    assert f'name="attachment_ids" value="{file}"' in page  # also without script
    assert "The &lt;b&gt;parcel" not in scene.manager.get(scene.page).content.decode()
    both = scene.agent.get(f"{at}draft/").json()
    assert (both["reply"]["body"], both["note"]["body"]) == ("The <b>parcel", "Carrier is slow.")
    assert [one["name"] for one in both["reply"]["files"]] == ["label.pdf"]


def test_the_window_that_is_behind_gets_the_other_text(scene: Scene, at: str) -> None:
    keep(scene, at, "Monday")
    keep(scene, at, "Monday, or so", version=1)
    told = post(scene.agent, f"{at}draft/", 409, kind="reply", body="Tuesday", version=1)
    assert (told["code"], told["draft"]["body"], told["draft"]["version"]) == (
        "newer_draft",
        "Monday, or so",
        2,
    )
    assert Draft.objects.get().body == "Monday, or so"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "poem", "body": "x", "version": "0"}, "kind"),
        ({"kind": "reply", "body": "x", "version": "-1"}, "version"),
        ({"kind": "reply", "body": "x", "version": "9" * 40}, "version"),
        ({"kind": "reply", "body": "x" * 20_000, "version": "0"}, "body"),
        ({"kind": "reply", "body": "x", "version": "0", "attachment_ids": "nobodys"}, "attachments"),
    ],
)
def test_a_bad_draft_is_told_by_field(scene: Scene, at: str, fields: dict[str, str], field: str) -> None:
    assert field in post(scene.agent, f"{at}draft/", 400, **fields)["fields"]
    assert not Draft.objects.exists()


# --- sending -------------------------------------------------------------------------------------------------
def test_a_reply_can_be_taken_back_with_its_deeds(scene: Scene, at: str) -> None:
    keep(scene, at, "It is on its way to you.")
    held = send(scene, at, then=json.dumps({"add_tags": ["delay"]}), then_status="waiting")["held"]
    assert not Draft.objects.exists()  # its words wait elsewhere
    bar = scene.agent.get("/console/sending/").content.decode()
    assert f'data-undo="{held}"' in bar
    assert "data-undo" not in scene.manager.get("/console/sending/").content.decode()
    keep(scene, at, "And another thing.")
    back = post(scene.agent, f"{at}held/{held}/back/")
    assert back["draft"]["body"] == "It is on its way to you.\n\nAnd another thing."
    assert [(deed["name"], deed["value"]) for deed in back["draft"]["deeds"]] == [
        ("add_tags", ["delay"]), ("status", "waiting"),
    ]  # fmt: skip
    assert post(scene.agent, f"{at}held/{held}/back/", 409)["code"] == "sent"
    assert replies(scene) == []
    assert "data-undo" not in scene.agent.get("/console/sending/").content.decode()


def test_without_script_undo_leads_back_to_the_ticket(scene: Scene, at: str) -> None:
    held = send(scene, at)["held"]
    assert scene.agent.post(f"{at}held/{held}/back/").url == scene.page
    assert scene.foreign.post(f"{at}held/{held}/back/").status_code == 404


def test_what_is_begun_within_the_ten_seconds_stays_a_draft(scene: Scene, at: str) -> None:
    send(scene, at, then_status="solved")
    keep(scene, at, "The next one")
    HeldReply.objects.update(release_at="2020-01-01T00:00Z")
    assert release_reply(HeldReply.objects.get().pk)
    scene.ticket.refresh_from_db()
    assert (replies(scene), scene.ticket.status) == (["It is on its way to you."], "solved")
    assert Draft.objects.get().body == "The next one"


def test_a_refused_one_says_why_and_where_its_words_are(scene: Scene, at: str) -> None:
    send(scene, at)
    boss = actor(scene.house.manager)
    set_status(actor=boss, ticket=scene.ticket.public_id, status="solved")
    type(scene.ticket).objects.filter(pk=scene.ticket.pk).update(status="closed")
    row = HeldReply.objects.get()
    HeldReply.objects.update(release_at=row.created_at)
    assert not release_reply(row.pk)
    told = scene.agent.get("/console/sending/").content.decode()
    assert "Not sent to Ana Reyes" in told
    assert "back in the draft" in told
    assert scene.agent.get(f"{at}draft/").json()["reply"]["body"] == "It is on its way to you."


def test_while_the_buyer_looks_on_it_is_there_at_once(scene: Scene, at: str) -> None:
    assert scene.customer.post(f"{at}here/").status_code == 204
    assert send(scene, at)["seq"]
    assert replies(scene) == ["It is on its way to you."]


def test_a_note_with_deeds_is_no_reply(scene: Scene, at: str) -> None:
    send(scene, at, "For the next shift.", kind="note", then=json.dumps({"add_tags": ["shift"]}))
    assert replies(scene) == []
    assert TicketTag.objects.get().tag.name == "shift"


def test_a_reply_that_a_lead_would_ask_about_is_doubted_once(scene: Scene, at: str) -> None:
    told = send(scene, at, "ok", 409)
    assert told["code"] == "doubts"
    assert told["doubts"] == ["the reply says next to nothing"]
    assert not HeldReply.objects.exists()
    held = send(scene, at, "ok", sure="1")["held"]
    HeldReply.objects.update(release_at="2020-01-01T00:00Z")
    release_reply(HeldReply.objects.get(public_id=held).pk)
    assert Flag.objects.get().reasons == ["empty"]


def test_a_placeholder_without_a_value_and_solving_unanswered_are_doubted(scene: Scene, at: str) -> None:
    assert "{{ order.tracking }}" in send(scene, at, "Follow it as {{ order.tracking }}.", 409)["doubts"][0]
    post_message(actor=actor(scene.buyer), ticket=scene.ticket.public_id, kind="reply", body="Hello?")
    assert send(scene, at, "Done with it.", 409, kind="note", then_status="solved")["doubts"]


@pytest.mark.parametrize(
    "then", ["[]", "{", '{"fly": 1}', '{"status": "eaten"}', '{"assignee": "nobody-such"}']
)
def test_deeds_that_nobody_can_do_are_refused_and_nothing_is_sent(scene: Scene, at: str, then: str) -> None:
    response = scene.agent.post(
        f"{at}send/", {"body": "Long enough to say.", "kind": "note", "then": then, "client_id": uuid.uuid4()}
    )
    assert response.status_code in (400, 404)
    assert response.json()["message"]
    assert replies(scene) == []


# --- macros --------------------------------------------------------------------------------------------------
def test_a_macro_says_what_it_will_do_and_does_nothing(scene: Scene, at: str) -> None:
    row = macro(
        scene, "Dear {{ buyer.first_name }}, {{ order.tracking }}.", status="waiting", add_tags=["delay"]
    )
    (found,) = scene.agent.get(f"{at}macros/", {"q": "way"}).json()["macros"]
    assert (found["id"], found["of"]) == (row.pk, "everybody’s")
    seen = scene.agent.get(f"{at}macros/{row.pk}/").json()
    assert seen["body"] == "Dear Ana, {{ order.tracking }}."
    assert seen["missing"] == ["order.tracking"]
    assert [deed["line"] for deed in seen["deeds"]] == ["Tags: +delay", "Status: waiting for the buyer"]
    scene.ticket.refresh_from_db()
    assert scene.ticket.status == "new"
    assert scene.agent.post(f"{at}macros/{row.pk}/").status_code == 204
    row.refresh_from_db()
    assert row.used == 1


def test_macros_are_kept_by_who_may(scene: Scene) -> None:
    new = {
        "name": "Thanks",
        "body": "Thank you, {{ buyer.name }}.",
        "shared": "me",
        "status": "solved",
        "add_tags": "a, b",
    }
    assert scene.agent.post("/console/macros/new/", new).status_code == 302
    row = Macro.objects.get()
    assert (row.owner, row.deeds) == (scene.house.agent, {"status": "solved", "add_tags": ["a", "b"]})
    page = scene.agent.get(f"/console/macros/{row.pk}/").content.decode()
    assert 'value="a, b"' in page
    assert "{{ order.number }}" in page
    assert scene.foreign.get(f"/console/macros/{row.pk}/").status_code == 404
    refused = scene.agent.post("/console/macros/new/", {**new, "shared": "all"})
    assert refused.status_code == 403
    assert "Thank you, {{ buyer.name }}." in refused.content.decode()
    wrong = scene.agent.post("/console/macros/new/", {**new, "body": "{{ buyer.shoe }}"})
    assert wrong.status_code == 400
    assert "{{ buyer.shoe }}" in wrong.content.decode()
    assert Macro.objects.count() == 1
    scene.agent.post(f"/console/macros/{row.pk}/retire/")
    row.refresh_from_db()
    assert not row.active
    assert scene.agent.get(f"/console/macros/{row.pk}/").status_code == 404


# --- others --------------------------------------------------------------------------------------------------
def test_colleagues_see_who_looks_and_who_writes(scene: Scene, at: str) -> None:
    others = f"{scene.page}others/"
    assert "looks at this" not in scene.agent.get(others).content.decode()
    scene.manager.post(f"{at}here/")
    name = scene.house.manager.display_name
    assert f"{name} looks at this too" in scene.agent.get(others).content.decode()
    scene.manager.post(f"{at}here/", {"writes": "1"})
    assert f"{name} is writing" in scene.agent.get(others).content.decode()
    scene.manager.post(f"{at}here/", {"gone": "1"})
    assert name not in scene.agent.get(others).content.decode()
    assert not Looking.objects.exists()
    look_at(actor=actor(scene.buyer), ticket=scene.ticket.public_id)
    assert "Ana" not in scene.agent.get(others).content.decode()


def test_names_for_a_note(scene: Scene) -> None:
    found = {one["name"]: one["teams"] for one in scene.agent.get("/t/colleagues/").json()["colleagues"]}
    assert scene.house.agent2.display_name in found
    assert scene.house.agent.display_name not in found
    assert scene.customer.get("/t/colleagues/").status_code == 403


def test_drafts_cost_one_query(scene: Scene, at: str, at_most: Budget) -> None:
    for n in range(3):
        macro(scene, f"Text {n}")
    with at_most(8):
        scene.agent.get(f"{at}macros/")
    with at_most(8):
        scene.agent.get("/console/sending/")
    with at_most(8):
        scene.agent.get(f"{scene.page}others/")
