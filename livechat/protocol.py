"""The socket's frames, version 1: their shapes and what is wrong with those that are not. No I/O in here.

One JSON object a text frame, its field `op` says what it is. Fields are only ever added within a version.
A frame that cannot be read ends the socket (`Fatal`, with a close code); one that can be read but says
something impossible is refused alone (`Refused`, answered by a nack).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DeskError, Invalid

VERSION = 1
FRAME_LIMIT = 32 * 1024  # bytes
BATCH_LIMIT = 56 * 1024  # bytes of events in a batch: servers send no frame over 64 KiB either
SYNC_LIMIT = 200
STREAMS_LIMIT = 100
TOPICS_LIMIT = 40
HEARTBEAT = 20  # seconds between a client's pings
TYPING_TTL = 6  # seconds

BAD_FRAME = 4400
NOT_SIGNED_IN = 4401
FORBIDDEN = 4403  # signed in, and without a right to be here: coming again changes nothing
MISSING = 4404  # nothing that was asked for is there, or theirs
SILENT = 4408
TOO_LARGE = 4413
OTHER_VERSION = 4426
TOO_FAST = 4429
FAILED = 4500
MOVING = 4503

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TOPIC = re.compile(r"[a-z][a-z0-9_-]{0,30}(:[A-Za-z0-9_.-]{1,60})?")
_BIGGEST = 2**31 - 1
Fields = dict[str, Any]


class Fatal(Exception):
    """Ends the socket: a `bye` with this reason, then a close with this code."""

    def __init__(self, code: int, reason: str, retry_after_ms: int | None = None) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason, self.retry_after_ms = code, reason, retry_after_ms


class Refused(Exception):
    """One frame is refused; the socket goes on. `id` is the frame's own, when it had one."""

    def __init__(self, error: DeskError, id: str | None = None) -> None:
        super().__init__(error.code)
        self.error, self.id = error, id


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a client knows a stream. No epoch: it knows nothing of the stream yet."""

    id: str
    seq: int
    epoch: str | None


@dataclass(frozen=True, slots=True)
class Hello:
    ticket: str
    streams: tuple[Position, ...]
    topics: tuple[str, ...]
    access: str = ""  # a widget's visitor comes with this instead of a ticket


@dataclass(frozen=True, slots=True)
class Send:
    id: str
    stream: str
    kind: str
    body: str
    files: tuple[str, ...]
    sure: bool = False  # staff were told what a lead would ask about (nack `doubts`)


@dataclass(frozen=True, slots=True)
class Start:
    """A chat that is asked for over the socket: the same action as page and API."""

    id: str
    team: str
    body: str
    order: str
    category: str
    subject: str


@dataclass(frozen=True, slots=True)
class Sync:
    stream: str
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class Read:
    stream: str
    seq: int


@dataclass(frozen=True, slots=True)
class Typing:
    stream: str
    on: bool


@dataclass(frozen=True, slots=True)
class Ping:
    n: int
    seqs: dict[str, int]


@dataclass(frozen=True, slots=True)
class Sub:
    streams: tuple[Position, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsub:
    streams: tuple[str, ...]
    topics: tuple[str, ...]


Op = Hello | Send | Start | Sync | Read | Typing | Ping | Sub | Unsub


def parse(text: str | None) -> Op:
    """A client's frame. Fatal 4413 over 32 KiB, 4400 when it is no JSON object; Refused for bad fields."""
    if text is None:
        raise Fatal(BAD_FRAME, "text frames only")
    if len(text) > FRAME_LIMIT or len(text.encode("utf-8", "surrogatepass")) > FRAME_LIMIT:
        raise Fatal(TOO_LARGE, "frame over 32 KiB")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise Fatal(BAD_FRAME, "not JSON") from None
    if not isinstance(fields, dict):
        raise Fatal(BAD_FRAME, "not an object")
    return _read(fields)


def _read(fields: Fields) -> Op:
    own = fields.get("id")
    own = own if isinstance(own, str) and _ID.fullmatch(own) else None
    name = fields.get("op")
    reader = _READERS.get(name) if isinstance(name, str) else None
    if reader is None:
        raise Refused(Invalid(_("This operation is not known."), code="unknown_op"), own)
    try:
        return reader(fields)
    except DeskError as error:
        raise Refused(error, own) from None


def is_name(text: str) -> bool:
    """Whether this could name a stream."""
    return _ID.fullmatch(text) is not None


def is_topic(text: str) -> bool:
    """Whether this could name a topic."""
    return _TOPIC.fullmatch(text) is not None


# --- fields ---------------------------------------------------------------------------------------------
def _bad(name: str) -> Invalid:
    return Invalid.field(name, _("The field %(name)s is missing or not as it must be.") % {"name": name})


def _text(fields: Fields, name: str, *, limit: int = FRAME_LIMIT, default: str | None = None) -> str:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > limit:
        raise _bad(name)
    return value


def _name(fields: Fields, name: str, *, default: str | None = None) -> str:
    value = _text(fields, name, limit=40, default=default)
    if value != default and not _ID.fullmatch(value):
        raise _bad(name)
    return value


def _number(fields: Fields, name: str, default: int | None = None) -> int:
    value = fields.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _BIGGEST:
        raise _bad(name)
    return value


def _uuid(fields: Fields, name: str) -> str:
    value = _text(fields, name, limit=36)
    try:
        parsed = uuid.UUID(value)
    except ValueError:
        raise _bad(name) from None
    if len(value) != 36:
        raise _bad(name)
    return str(parsed)


def _list(fields: Fields, name: str, limit: int) -> list[Any]:
    value = fields.get(name, [])
    if not isinstance(value, list) or len(value) > limit:
        raise _bad(name)
    return value


def _position(item: Any) -> Position:
    if not isinstance(item, dict):
        raise _bad("streams")
    epoch = item.get("epoch")
    return Position(_name(item, "id"), _number(item, "seq", 0), None if epoch is None else str(epoch)[:40])


def _names(fields: Fields, name: str, limit: int, shape: re.Pattern[str] = _ID) -> tuple[str, ...]:
    values = _list(fields, name, limit)
    if not all(isinstance(one, str) and shape.fullmatch(one) for one in values):
        raise _bad(name)
    return tuple(dict.fromkeys(values))


def _positions(fields: Fields) -> tuple[Position, ...]:
    found = {one.id: one for one in map(_position, _list(fields, "streams", STREAMS_LIMIT))}
    return tuple(found.values())


# --- operations -----------------------------------------------------------------------------------------
def _hello(fields: Fields) -> Hello:
    if fields.get("v") != VERSION or isinstance(fields.get("v"), bool):
        raise Fatal(OTHER_VERSION, f"this server speaks version {VERSION}")
    auth = fields.get("auth")
    ticket, access = _pass(auth, "ticket"), _pass(auth, "access")
    if not ticket and not access:
        raise Fatal(NOT_SIGNED_IN, "no ticket")
    topics = _names(fields, "topics", TOPICS_LIMIT, _TOPIC)
    return Hello(ticket, _positions(fields), topics, "" if ticket else access)


def _pass(auth: Any, name: str) -> str:
    value = auth.get(name) if isinstance(auth, dict) else None
    return value if isinstance(value, str) and len(value) <= 200 and value.isascii() else ""


def _send(fields: Fields) -> Send:
    kind = _text(fields, "kind", limit=10, default="reply")
    if kind not in ("reply", "note"):
        raise _bad("kind")
    files = _names(fields, "files", 10)
    place, sure = _name(fields, "stream"), fields.get("sure") is True
    return Send(_uuid(fields, "id"), place, kind, _text(fields, "body"), files, sure)


def _start(fields: Fields) -> Start:
    return Start(
        _uuid(fields, "id"),
        _name(fields, "team"),
        _text(fields, "body"),
        _name(fields, "order", default=""),
        _name(fields, "category", default=""),
        _text(fields, "subject", default=""),
    )


def _sync(fields: Fields) -> Sync:
    limit = min(SYNC_LIMIT, max(1, _number(fields, "limit", SYNC_LIMIT)))
    return Sync(_name(fields, "stream"), _number(fields, "after"), limit)


def _typing(fields: Fields) -> Typing:
    return Typing(_name(fields, "stream"), fields.get("on", True) is True)


def _ping(fields: Fields) -> Ping:
    seqs = fields.get("seqs", {})
    if not isinstance(seqs, dict):
        raise _bad("seqs")
    known = {key: value for key, value in list(seqs.items())[:STREAMS_LIMIT] if isinstance(value, int)}
    return Ping(_number(fields, "n", 0), known)


_READERS: dict[str, Callable[[Fields], Op]] = {
    "hello": _hello,
    "send": _send,
    "start": _start,
    "sync": _sync,
    "read": lambda fields: Read(_name(fields, "stream"), _number(fields, "seq")),
    "typing": _typing,
    "ping": _ping,
    "sub": lambda fields: Sub(_positions(fields), _names(fields, "topics", TOPICS_LIMIT, _TOPIC)),
    "unsub": lambda fields: Unsub(
        _names(fields, "streams", STREAMS_LIMIT), _names(fields, "topics", TOPICS_LIMIT, _TOPIC)
    ),
}


# --- what the server says -------------------------------------------------------------------------------
def dump(frame: Fields) -> str:
    """A frame as it travels: instants as ISO 8601, other scripts as they are."""
    return _encoder.encode(frame)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)


def nack(id: str | None, error: DeskError, **more: Any) -> Fields:
    """A refusal, with the words and the code that page and API give for it."""
    shape = error.as_dict()
    return {"op": "nack", "id": id, "retryable": error.retryable, "retry_after_ms": None, **shape, **more}


def failed(id: str | None) -> Fields:
    """The operation broke in the house; the client sends it again, in its order, over a new socket."""
    words = _("That did not get through. It is being sent again.")
    return {
        "op": "nack",
        "id": id,
        "code": "failed",
        "message": words,
        "retryable": True,
        "retry_after_ms": 1000,
    }


def bye(fatal: Fatal) -> Fields:
    """Said before every close."""
    frame: Fields = {"op": "bye", "code": fatal.code, "reason": fatal.reason}
    return frame if fatal.retry_after_ms is None else {**frame, "retry_after_ms": fatal.retry_after_ms}
