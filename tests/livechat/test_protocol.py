"""The shapes of frames: what is read, what is refused, what ends a socket. No database."""

from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Closed, TooFast
from livechat import protocol
from livechat.limits import Bucket
from livechat.protocol import Fatal, Hello, Position, Refused, Send, parse

ID = "0b9f3c2e-7d2f-4c34-9d0e-1f6f3c0b7a11"
GOOD = {
    "hello": {
        "v": 1,
        "auth": {"ticket": "t"},
        "streams": [{"id": "s1", "seq": 3, "epoch": "e"}],
        "topics": ["inbox"],
    },
    "send": {"id": ID, "stream": "s1", "kind": "reply", "body": "x"},
    "start": {"id": ID, "team": "presales", "body": "x"},
    "sync": {"stream": "s1", "after": 0, "limit": 9000},
    "read": {"stream": "s1", "seq": 4},
    "typing": {"stream": "s1", "on": True},
    "ping": {"n": 1, "seqs": {"s1": 4}},
    "sub": {"streams": [{"id": "s1", "seq": 0, "epoch": None}], "topics": ["ticket:abc"]},
    "unsub": {"streams": ["s1"], "topics": []},
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def frame(op: str, **changes: object) -> str:
    return json.dumps({"op": op, **GOOD[op], **changes})


@pytest.mark.parametrize("op", GOOD)
def test_each_operation_is_read(op: str) -> None:
    assert type(parse(frame(op))).__name__.lower() == op


def test_the_fields_arrive() -> None:
    assert parse(frame("hello")) == Hello("t", (Position("s1", 3, "e"),), ("inbox",))
    assert parse(frame("send", files=["f1", "f1"])) == Send(ID, "s1", "reply", "x", ("f1",))
    assert parse(frame("sync")).limit == 200  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [None, "", "{", "[]", "1", '"x"', "null", "[" * 20_000, '{"op":"ping"', "\ud800"],
)
def test_what_is_no_object_ends_the_socket(text: str | None) -> None:
    with pytest.raises(Fatal) as caught:
        parse(text)
    assert caught.value.code == 4400


@pytest.mark.parametrize("body", ["a" * 33_000, "😀" * 8_200])
def test_a_frame_over_32_kib_is_too_large(body: str) -> None:
    with pytest.raises(Fatal) as caught:
        parse(json.dumps({"op": "send", "body": body}, ensure_ascii=False))
    assert caught.value.code == 4413


def test_eight_thousand_emoji_fit() -> None:
    text = json.dumps({"op": "send", **GOOD["send"], "body": "😀" * 8_000}, ensure_ascii=False)
    assert len(parse(text).body) == 8_000  # type: ignore[union-attr]


@pytest.mark.parametrize("op", ["", "nope", "__class__", "ready", "ack"])
def test_an_unknown_operation_is_refused_with_its_id(op: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(json.dumps({"op": op, "id": "mine"}))
    assert (caught.value.id, caught.value.error.code) == ("mine", "unknown_op")


@pytest.mark.parametrize("op", [None, 7, [], {}])
def test_an_operation_that_is_no_word_is_refused(op: object) -> None:
    with pytest.raises(Refused):
        parse(json.dumps({"op": op}))


BAD = [
    ("send", {"id": "1"}, "id"),
    ("send", {"id": "{" + ID[:34] + "}"}, "id"),
    ("send", {"id": None}, "id"),
    ("send", {"stream": "../x"}, "stream"),
    ("send", {"stream": ""}, "stream"),
    ("send", {"body": None}, "body"),
    ("send", {"body": 5}, "body"),
    ("send", {"kind": "event"}, "kind"),
    ("send", {"files": ["a"] * 11}, "files"),
    ("send", {"files": "a"}, "files"),
    ("read", {"seq": -1}, "seq"),
    ("read", {"seq": True}, "seq"),
    ("read", {"seq": 2**31}, "seq"),
    ("read", {"seq": 1.5}, "seq"),
    ("sync", {"after": "0"}, "after"),
    ("ping", {"seqs": []}, "seqs"),
    ("sub", {"streams": ["s1"]}, "streams"),
    ("sub", {"streams": [{"id": "s1", "seq": "x"}]}, "seq"),
    ("sub", {"topics": ["Inbox!"]}, "topics"),
    ("sub", {"topics": ["a"] * 41}, "topics"),
    ("unsub", {"streams": [None]}, "streams"),
]


@pytest.mark.parametrize("op, change, field", BAD)
def test_a_bad_field_is_named(op: str, change: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(frame(op, **change))
    assert field in caught.value.error.fields


@pytest.mark.parametrize("change, code", [({"v": 2}, 4426), ({"v": True}, 4426), ({"v": None}, 4426), ({"auth": {}}, 4401), ({"auth": None}, 4401), ({"auth": {"ticket": "é"}}, 4401)])  # fmt: skip
def test_a_hello_that_cannot_be_answered_ends_the_socket(change: dict[str, object], code: int) -> None:
    with pytest.raises(Fatal) as caught:
        parse(frame("hello", **change))
    assert caught.value.code == code


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises((Fatal, Refused)):
        parse(text)


@given(st.sampled_from(sorted(GOOD)), st.dictionaries(st.sampled_from(
    ["id", "stream", "kind", "body", "seq", "after", "limit", "streams", "topics", "auth", "v", "n", "seqs", "team", "files", "order"]
), values, max_size=5))  # fmt: skip
def test_no_fields_break_the_reader(op: str, change: dict[str, object]) -> None:
    outcome = read_or_error(json.dumps({"op": op, **GOOD[op], **change}))
    if isinstance(outcome, Refused):
        assert json.loads(protocol.dump(protocol.nack(outcome.id, outcome.error)))["code"]
    elif isinstance(outcome, Fatal):
        assert 4400 <= outcome.code < 5000
    elif isinstance(outcome, Send):
        assert str(uuid.UUID(outcome.id)) == outcome.id


def read_or_error(text: str) -> object:
    try:
        return parse(text)
    except (Refused, Fatal) as error:
        return error


def test_a_nack_carries_words_code_and_when_to_come_again() -> None:
    fast = json.loads(protocol.dump(protocol.nack("a", TooFast(retry_after_ms=700))))
    assert (fast["code"], fast["retryable"], fast["retry_after_ms"]) == ("too_fast", True, 700)
    closed = json.loads(protocol.dump(protocol.nack("b", Closed("Shut.", opens_at=None))))
    assert (closed["code"], closed["message"], closed["retryable"]) == ("closed", "Shut.", False)
    assert "opens_at" in closed


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    at = [0.0]
    bucket = Bucket(1, 5, clock=lambda: at[0])
    assert [bucket.take() for _ in range(6)] == [0, 0, 0, 0, 0, 1000]
    at[0] = 0.4
    assert bucket.take() == 600
    at[0] = 1.0
    assert bucket.take() == 0
    at[0] = 100.0
    assert [bucket.take() for _ in range(6)][-1] > 0
