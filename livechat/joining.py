"""Streams and topics as they stand for one actor, and whether a client's copy of a stream can be continued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core import live
from core.actors import Actor
from core.errors import NotFound
from livechat import doors
from tickets import queries as tickets
from tickets.models import Stream

TOO_OLD = 2000  # events behind: the page is drawn anew instead
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of asking for streams and topics."""

    rows: dict[str, Stream]
    states: dict[str, str]
    topics: dict[str, list[str]]


def look_up(actor: Actor, streams: list[str], topics: list[str]) -> Joined:
    """Those of the asked that are theirs; missing and hidden look alike, they are simply not there."""
    rows: dict[str, Stream] = {}
    for public_id in streams:
        try:
            row = rows[public_id] = tickets.access_stream(actor, public_id)
        except NotFound:
            continue
        row._state.fields_cache.clear()  # a socket keeps the row for hours, and its ticket is old by then
    groups = {topic: live.topic_groups(actor, topic) for topic in topics}
    return Joined(
        rows, doors.states_of(list(rows.values())), {k: v for k, v in groups.items() if v is not None}
    )


def reset_of(row: Stream, seq: int, epoch: str | None) -> str:
    """Why a copy that reaches `seq` cannot be continued: "epoch" or "too_old"; blank when it can."""
    if epoch is not None and epoch != row.epoch:
        return "epoch"
    if seq > row.last_seq:
        return "epoch"
    return "too_old" if row.last_seq - seq > TOO_OLD else ""


def info_of(row: Stream, states: dict[str, str]) -> Frame:
    """A stream as `ready`, `subscribed` and the long poll tell it."""
    return {
        "id": row.public_id,
        "head": row.last_seq,
        "epoch": row.epoch,
        "state": states.get(row.public_id, "none"),
        "read": {"buyer": row.buyer_read, "agent": row.agent_read},
    }
