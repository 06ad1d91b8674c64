"""What is too fast, and for whom: counted for a person and for a network address."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.cache import cache

from core.errors import TooFast
from core.text import BODY_LIMIT
from livechat import actions, connection, doors, limits, operations, protocol, pump
from livechat.models import Session
from livechat.origins import address_of
from tests.livechat.world import World


def test_all_sockets_of_a_person_share_one_measure() -> None:
    limits._sends.clear()
    one, other = (limits.for_sends("buyer:1", is_staff=False) for _ in range(2))
    assert [one.take() for _ in range(3)] + [other.take() for _ in range(2)] == [0] * 5
    assert one.take() > 0
    assert other.take() > 0
    assert limits.for_sends("buyer:2", is_staff=False).take() == 0
    staff = limits.for_sends("staff:3", is_staff=True)
    assert [staff.take() for _ in range(20)] == [0] * 20
    assert 0 < staff.take() <= 200


def test_the_figures_are_those_that_are_told() -> None:
    limits._sends.clear()
    buyer, staff = (limits.for_sends(name, is_staff=name == "staff") for name in ("buyer", "staff"))
    assert [(one.burst, one.rate) for one in (buyer, staff)] == [(5, 1), (20, 5)]
    assert (limits.for_frames().rate, operations.SOCKETS_LIMIT) == (20, 10)
    assert (limits.NEW_CHATS, limits.NEW_CHATS_IN.total_seconds()) == (3, 600)
    assert (BODY_LIMIT, protocol.FRAME_LIMIT, pump.AHEAD_LIMIT) == (8_000, 32_768, 200)
    assert (connection.HELLO_WITHIN, connection.SILENT_AFTER, protocol.HEARTBEAT) == (5, 60, 20)
    assert (connection.MOVES_AFTER, connection.MOVES_SPREAD) == (4 * 3600, 1800)


def test_who_is_quiet_is_forgotten_before_memory_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    limits._sends.clear()
    monkeypatch.setattr(limits, "_KEPT", 10)
    busy = limits.for_sends("buyer:0", is_staff=False)
    busy.take()
    for n in range(1, 40):
        limits.for_sends(f"buyer:{n}", is_staff=False)
    assert len(limits._sends) <= 12
    assert limits.for_sends("buyer:0", is_staff=False) is busy


@pytest.mark.parametrize(
    "proxies, headers, found",
    [
        (0, {"x-forwarded-for": "203.0.113.9"}, "192.0.2.7"),  # anybody may write that
        (1, {"x-forwarded-for": "203.0.113.9, 198.51.100.4"}, "198.51.100.4"),
        (2, {"x-forwarded-for": "203.0.113.9, 198.51.100.4"}, "203.0.113.9"),
        (1, {}, "192.0.2.7"),
        (3, {"x-forwarded-for": "203.0.113.9"}, "192.0.2.7"),
    ],
)
def test_the_address_is_the_one_that_our_proxies_name(
    settings: Any, proxies: int, headers: dict[str, str], found: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert address_of({"headers": lines, "client": ["192.0.2.7", 5]}) == found


def test_so_many_chats_begin_from_one_address_and_no_more(world: World, settings: Any) -> None:
    settings.CHATS_PER_ADDRESS = 2
    cache.clear()

    def begin(name: str, address: str) -> Session:
        return doors.open_chat(
            world.actor(name),
            team="orderhelp",
            order=world.order(name).public_id,
            body="Hello?",
            address=address,
            client_id=keys[name],
        )

    keys = {name: str(uuid.uuid4()) for name in ("ana", "eve")}
    first = begin("ana", "192.0.2.1")
    assert begin("ana", "192.0.2.1") == first  # a repetition is no new chat
    actions.end_chat(actor=world.actor("ana"), session=first.public_id)
    keys["ana"] = str(uuid.uuid4())
    actions.end_chat(actor=world.actor("ana"), session=begin("ana", "192.0.2.1").public_id)
    with pytest.raises(TooFast) as caught:
        begin("eve", "192.0.2.1")
    assert caught.value.extra["retry_after_ms"] == 600_000
    assert begin("eve", "192.0.2.2").state == "waiting"
