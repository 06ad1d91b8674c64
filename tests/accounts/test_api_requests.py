"""Privacy and verification by the API: the same rules and words as the pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import actions
from accounts.models import PrivacyRequest, User
from accounts.tokens import issue_token
from tests.accounts.conftest import work
from tests.accounts.test_verification import TUESDAY, Stop, World, sent
from tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"


@pytest.fixture
def world(clock: Stop) -> World:
    clock(TUESDAY)
    cache.clear()
    return World()


class Caller:
    """Somebody with a token."""

    def __init__(self, person: Any, *scopes: str) -> None:
        secret = issue_token(user=User.objects.get(person=person), scopes=list(scopes))
        self.headers = {"Authorization": f"Token {secret}"}

    def get(self, path: str, **query: str) -> Any:
        return Client().get(V1 + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        sent_with = {**self.headers, **headers}
        return Client().post(
            V1 + path, json.dumps(body or {}), content_type="application/json", headers=sent_with
        )


def test_a_copy_from_asking_to_done(world: World) -> None:
    me = Caller(world.person, "privacy:read", "privacy:write")
    asked = me.post("privacy/", {"kind": "export"})
    assert asked.status_code == 201
    assert (asked.json()["state"], asked.json()["due"]) == ("open", "2026-12-11T05:00:00Z")
    work()
    found = me.get(f"privacy/{asked.json()['id']}/").json()
    assert (found["state"], found["due"], found["copy_until"]) == ("done", None, "2026-11-17T15:00:00Z")
    assert [one["id"] for one in me.get("privacy/").json()["results"]] == [found["id"]]
    # The copy itself is for a signed-in person, never for a token.
    assert Client().get(f"/account/privacy/{found['id']}/copy/", headers=me.headers).status_code == 302
    held = {line["what"]: line["number"] for line in me.get("privacy/held/").json()}
    assert held["Privacy requests"] == 1


def test_a_deletion_is_confirmed_withdrawn_and_replayed(world: World) -> None:
    me = Caller(world.person, "privacy:read", "privacy:write")
    key = {"Idempotency-Key": "one"}
    first = me.post("privacy/", {"kind": "delete"}, **key)
    assert me.post("privacy/", {"kind": "delete"}, **key).json() == first.json()
    path = f"privacy/{first.json()['id']}/"
    wrong = me.post(path + "confirm/", {"password": "wrong"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["password"])
    assert me.post(path + "confirm/", {"password": PASSWORD}).json()["state"] == "open"
    assert me.post(path + "withdraw/").json()["state"] == "withdrawn"
    assert me.post(path + "confirm/", {"password": PASSWORD}).json()["code"] == "not_waiting"


def test_passwords_cannot_be_guessed_there_either(world: World) -> None:
    me = Caller(world.person, "privacy:write")
    request = actions.request_privacy(actor=world.buyer, kind="delete")
    path = f"privacy/{request.public_id}/confirm/"
    codes = [me.post(path, {"password": f"guess {n}"}).status_code for n in range(11)]
    assert codes == [400] * 10 + [429]


def test_the_desk_answers(world: World) -> None:
    desk = Caller(make_staff("verification"), "privacy:read", "privacy:write")
    request = actions.request_privacy(actor=world.buyer, kind="correct", words="I am called Anna.")
    queue = desk.get("privacy/", queue="true").json()["results"]
    assert [(one["id"], one["words"]) for one in queue] == [(request.public_id, "I am called Anna.")]
    path = f"privacy/{request.public_id}/answer/"
    assert list(desk.post(path, {"outcome": "done"}).json()["fields"]) == ["words"]
    assert desk.post(path, {"outcome": "done", "words": "It is."}).json()["state"] == "done"
    assert PrivacyRequest.objects.get().answer == "It is."


def test_the_desk_decides(world: World) -> None:
    desk = Caller(make_staff("verification"), "verifications:read", "verifications:write")
    one = sent(world)
    (found,) = desk.get("verifications/").json()["results"]
    assert (found["id"], found["due"]) == (one.public_id, "2026-11-13T23:00:00Z")
    assert [document["name"] for document in found["documents"]] == ["passport.pdf"]
    assert "url" not in found["documents"][0]
    path = f"verifications/{one.public_id}/"
    assert sorted(desk.post(path + "decide/", {"outcome": "refuse"}).json()["fields"]) == ["reason", "words"]
    body = {"outcome": "refuse", "reason": "expired", "words": "Too old."}
    assert desk.post(path + "decide/", body).json()["state"] == "refused"
    assert desk.post(path + "decide/", body).json()["code"] == "decided"
    mine = Caller(world.person, "verifications:read").get(path).json()
    assert (mine["state"], mine["reason"], mine["words"]) == ("refused", "expired", "Too old.")
    assert desk.get("verifications/", state="refused").json()["results"][0]["id"] == one.public_id
