"""Who is who, from outside: raw frames and requests that are forged, used, expired, or somebody else's."""

from __future__ import annotations

import base64
import http.client
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.livechat.server import Server
from tests.livechat.wire import at, events, signed_in
from tests.wsclient import Socket

Pass = dict[str, str]
SCRIPT = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


@pytest.fixture(scope="module")
def site(server: Server) -> Pass:
    made: Pass = server.call("site")
    return made


def post(server: Server, path: str, body: dict[str, Any], access: str = "") -> tuple[int, dict[str, Any]]:
    """As the shop's page does, or as anybody may: no cookie, no token but the visitor's own."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {"Content-Type": "application/json"}
    if access:
        headers["Authorization"] = f"Bearer {access}"
    line.request("POST", path, json.dumps(body), headers)
    answer = line.getresponse()
    told = answer.read()
    line.close()
    return answer.status, json.loads(told) if told else {}


def visitor(server: Server, site: Pass) -> Pass:
    status, made = post(server, f"/api/v1/widget/{site['key']}/visitors/", {})
    assert status == 201, made
    return made


def talk_of(server: Server, site: Pass, one: Pass, body: str = "Is it cotton?") -> dict[str, Any]:
    said = {"body": body, "client_id": str(uuid.uuid4()), "name": SCRIPT}
    status, made = post(server, f"/api/v1/widget/{site['key']}/chats/", said, one["access"])
    assert status == 201, made
    return made


async def hello(server: Server, auth: dict[str, Any], **more: Any) -> Socket:
    socket = await Socket.open(server.port)
    await socket.say("hello", v=1, auth=auth, **more)
    return socket


# --- close codes that nothing else brings about ---------------------------------------------------------------
async def test_a_log_in_whose_access_was_ended_is_forbidden(server: Server) -> None:
    """It came with a ticket that was good a moment ago; coming again would change nothing."""
    ticket = server.call("ticket", name="bo")
    server.call("end_access", name="bo")
    try:
        socket = await hello(server, {"ticket": ticket}, topics=["inbox"])
        assert await socket.closed() == 4403
        assert [frame["op"] for frame in socket.seen] == ["bye"]
    finally:
        server.call("end_access", name="bo", active=True)
    async with signed_in(server, "bo"):
        pass


@pytest.mark.parametrize("name, kind", [("eve", "public"), ("ana", "staff"), ("eve", "none")])
async def test_where_nothing_is_of_what_was_asked_for(
    server: Server, talk: dict[str, str], name: str, kind: str
) -> None:
    """Another person's stream, a staff stream, one that never was: they look alike."""
    asked = at(talk.get(kind, "a" * 20))
    socket = await hello(
        server, {"ticket": server.call("ticket", name=name)}, streams=asked, topics=["inbox"]
    )
    assert await socket.closed() == 4404
    assert [(frame["op"], frame["reason"]) for frame in socket.seen] == [
        ("bye", "nothing that was asked for is here")
    ]


# --- a widget's visitor ---------------------------------------------------------------------------------------
async def test_a_visitor_hears_their_own_talk_and_no_other(server: Server, site: Pass) -> None:
    one, other = visitor(server, site), visitor(server, site)
    mine, theirs = talk_of(server, site, one), talk_of(server, site, other)
    both = at(mine["stream"]) + at(theirs["stream"])
    socket = await hello(server, {"access": one["access"]}, streams=both, topics=["inbox", "dashboard"])
    ready = await socket.expect("ready")
    assert ([info["id"] for info in ready["streams"]], ready["topics"]) == ([mine["stream"]], [])
    said = await events(socket, mine["stream"], 2)
    assert "Is it cotton?" in [event["data"].get("body") for event in said]
    for op, more in (("sync", {"after": 0}), ("read", {"seq": 1}), ("typing", {"on": True})):
        await socket.say(op, stream=theirs["stream"], **more)
        await socket.expect("nack", code="not_found")
    await socket.say("send", id=str(uuid.uuid4()), stream=theirs["stream"], body="Mine!")
    await socket.expect("nack", code="not_found")
    await socket.say("start", id=str(uuid.uuid4()), team="webshop", body="By another door")
    await socket.expect("nack", code="forbidden")
    assert theirs["stream"] not in json.dumps([f for f in socket.seen if f["op"] in ("ev", "batch")])
    await socket.close()


async def test_no_forged_or_ended_access_opens_the_socket(server: Server, site: Pass) -> None:
    one = visitor(server, site)
    good = one["access"]
    head, _dot, tail = good.partition(":")
    other = base64.urlsafe_b64encode(b"[1,1]").decode().rstrip("=")
    for forged in (good + "x", good[1:], one["token"], f"{other}:{tail}", head, "x" * 199, "x" * 201, 5, {}):
        socket = await hello(server, {"access": forged})
        assert await socket.closed() == 4401, forged
    assert post(server, f"/api/v1/widget/{site['key']}/reset/", {"token": one["token"]})[0] == 204
    socket = await hello(server, {"access": good})
    assert await socket.closed() == 4401


def signed(site: Pass, **changes: Any) -> str:
    """What the shop's server would sign; `with_key`, `alg` and `kid` for those that it would not."""
    at_, key = int(time.time()), changes.pop("with_key", site["secret"])
    head = {"kid": changes.pop("kid", site["kid"])}
    alg = changes.pop("alg", "HS256")
    told = {"aud": site["key"], "sub": "c-1", "iat": at_, "exp": at_ + 120, "jti": uuid.uuid4().hex}
    return jwt.encode({**told, **changes}, None if alg == "none" else key, algorithm=alg, headers=head)


FORGED: dict[str, Callable[[Pass], str]] = {
    "no algorithm": lambda site: signed(site, alg="none"),
    "another key": lambda site: signed(site, with_key="x" * 43),
    "another algorithm": lambda site: signed(site, alg="HS512", with_key=site["secret"] * 2),
    "an unknown key": lambda site: signed(site, kid="k-0"),
    "too far ahead": lambda site: signed(site, exp=int(time.time()) + 301),
    "over": lambda site: signed(site, iat=int(time.time()) - 200, exp=int(time.time()) - 60),
    "another shop": lambda site: signed(site, aud="another"),
}


@pytest.mark.parametrize("how", FORGED)
async def test_no_forged_identity_is_anybody(server: Server, site: Pass, how: str) -> None:
    """Refused; the visitor stays who they were, and what they hold opens the socket as before."""
    one, home = visitor(server, site), f"/api/v1/widget/{site['key']}/identify/"
    status, told = post(server, home, {"token": one["token"], "identity": FORGED[how](site)})
    assert (status, told["code"]) == (403, "bad_identity"), told
    assert "access" not in told
    socket = await hello(server, {"access": one["access"]})
    await socket.expect("ready")
    await socket.close()


async def test_an_identity_is_good_once_and_ends_the_old_access(server: Server, site: Pass) -> None:
    one, home = visitor(server, site), f"/api/v1/widget/{site['key']}/identify/"
    identity = signed(site, sub=uuid.uuid4().hex, name=SCRIPT)
    open_one = await hello(server, {"access": one["access"]})
    await open_one.expect("ready")
    status, known = post(server, home, {"token": one["token"], "identity": identity})
    assert status == 200, known
    assert post(server, home, {"token": known["token"], "identity": identity})[0] == 403
    old = await hello(server, {"access": one["access"]})
    assert await old.closed() == 4401
    assert await open_one.closed(within=15) == 4401  # it was told at once
    new = await hello(server, {"access": known["access"]})
    await new.expect("ready")
    await new.close()


async def test_script_of_a_visitor_is_text_for_the_agent(server: Server, site: Pass) -> None:
    one = visitor(server, site)
    mine = talk_of(server, site, one, SCRIPT)
    async with signed_in(server, "max", streams=at(mine["stream"])) as boss:
        said = next(e for e in await events(boss, mine["stream"], 2) if e["kind"] == "reply")
        assert said["data"]["body"] == SCRIPT
        assert said["author"]["name"] == "Guest"  # a name that anybody may type is a label of the talk alone


async def test_staff_see_that_the_buyer_is_there_and_buyers_see_nobody(server: Server, site: Pass) -> None:
    one = visitor(server, site)
    stream = talk_of(server, site, one)["stream"]
    mine = await hello(server, {"access": one["access"]}, streams=at(stream))
    await mine.expect("ready")
    async with signed_in(server, "max", streams=at(stream)) as boss:
        server.call("forget_signs")  # that of a moment ago, when nobody looked on
        tab = await hello(server, {"access": one["access"]}, streams=at(stream))
        told = await boss.expect("presence", stream=stream)
        assert (told["who"]["kind"], told["state"], told["ttl"]) == ("buyer", "here", 45)
        await tab.say("ping", n=1)
        await tab.expect("pong")
        await mine.say("ping", n=1)
        await mine.expect("pong")
        assert not [f for f in [*mine.seen, *tab.seen] if f["op"] == "presence"]
        await tab.close()
    await mine.close()
