"""What was said in a chat, as lines of text: for a mail to its buyer. The public stream alone."""

from __future__ import annotations

from collections.abc import Iterator

from livechat.models import Session
from livechat.queries import RELATED
from livechat.words import moment_in
from tickets.models import Message, MessageKind, Stream
from tickets.queries.threads import author_of, messages_after, text_of

STEP = 200


def session_with_talk(session_id: int) -> Session | None:
    """A chat with what its transcript needs; None when it is gone."""
    return Session.objects.select_related(*RELATED).filter(pk=session_id).first()


def talk_of(session: Session, zone: str) -> list[str]:
    """One entry for each message and step between the chat's beginning and its end, hours in that zone."""
    return [_entry(row, zone) for row in _rows(session)]


def _rows(session: Session) -> Iterator[Message]:
    stream, after = Stream.objects.get(ticket_id=session.ticket_id, kind=Stream.Kind.PUBLIC), 0
    while rows := messages_after(stream, after, STEP):
        for row in rows:
            is_part = row.created_at >= session.queued_at and (
                session.ended_at is None or row.created_at <= session.ended_at
            )
            if is_part and not row.data.get("withdrawn"):
                yield row
        after = rows[-1].seq


def _entry(row: Message, zone: str) -> str:
    at = moment_in(row.created_at, zone)
    if row.kind == MessageKind.EVENT:
        return f"{at}  {text_of(row, zone)}"
    who = author_of(row.author, row.author_kind)["name"]
    files = "".join(f"\n  [{one.name}]" for one in row.attachments.all())
    return f"{at}  {who}:\n{row.body}{files}"
