"""Two tickets about one thing become one, and can be taken apart again.

A stream has no holes, so nothing is moved: what was said on the source is written into the target once more, by
its authors and with its own time, and the source is closed with a way to the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from tickets.actions import clocks
from tickets.actions.append import Author, Row, add_event, stream_of, write_row
from tickets.actions.attachments import copy_files
from tickets.actions.linking import Pair, add_link, changed, lock_pair
from tickets.actions.status import move_status
from tickets.actions.tags import write_tags
from tickets.models import (
    LIVE_STATUSES,
    Copy,
    Escalation,
    Link,
    Message,
    MessageKind,
    Status,
    Stream,
    Ticket,
    Watcher,
)
from tickets.queries.access import access_ticket

SPOKEN = (MessageKind.REPLY, MessageKind.NOTE)


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would do. `warnings` are words for people; nothing is written."""

    source: Ticket
    target: Ticket
    replies: int
    notes: int
    files: int
    unanswered: bool
    warnings: tuple[str, ...]


def preview_merge(*, actor: Actor, source: str, target: str) -> MergePreview:
    """Look before merging; refuses with the same words as the merge itself."""
    with transaction.atomic():
        pair = _checked(actor, source, target)
    rows = Message.objects.filter(stream__ticket=pair.source)
    return MergePreview(
        source=pair.source,
        target=pair.target,
        replies=rows.filter(kind=MessageKind.REPLY).count(),
        notes=rows.filter(kind=MessageKind.NOTE).count(),
        files=pair.source.attachments.exclude(message=None).count(),
        unanswered=pair.source.unanswered_since is not None,
        warnings=tuple(_warnings(pair)),
    )


def _warnings(pair: Pair) -> list[str]:
    found = []
    if pair.source.order_id and pair.source.order_id != pair.target.order_id:
        found.append(_("They hang on different orders; the target keeps its own."))
    if pair.source.category_id != pair.target.category_id:
        found.append(_("They are about different things; the target keeps its category."))
    return found


def merge_tickets(*, actor: Actor, source: str, target: str) -> Link:
    """Write what was said on `source` into `target` (public ids) and close `source` with a way there.

    The source's clocks are cancelled; what stood unanswered there starts the target's next response now. Raises
    Invalid (field target) for itself or another requester's, Conflict `closed_ticket`, `chatting`,
    `open_escalation`, Forbidden, NotFound.
    """
    with transaction.atomic():
        pair = _checked(actor, source, target)
        at = now()
        add_event(pair.target, actor=actor, verb="ticket.merged_in", data=_names(pair.source), at=at)
        copies = _copy_words(pair)
        kept = _union(pair, actor, at)
        before = _state(pair)
        _close_source(actor, pair, at)
        _take_over_question(actor, pair, at)
        data = {**before, **kept, "messages": copies}
        link = add_link(pair, Link.Kind.MERGE, actor, at, data)
        changed(pair)
    return link


def _checked(actor: Actor, source: str, target: str) -> Pair:
    pair = lock_pair(actor, source, target, field="target")
    if pair.source.requester_id != pair.target.requester_id:
        words = _("Only tickets of one person can be merged.")
        raise Invalid.field("target", words, code="another_requester")
    for ticket in (pair.source, pair.target):
        if ticket.status == Status.CLOSED:
            words = _("#%(number)s is closed.") % {"number": ticket.number}
            raise Conflict(words, code="closed_ticket")
        if ticket.chatting:
            words = _("Somebody chats on #%(number)s. End the chat first.") % {"number": ticket.number}
            raise Conflict(words, code="chatting")
    if Escalation.objects.filter(ticket=pair.source, state=Escalation.State.OPEN).exists():
        words = _("A specialist still has to answer there. Answer the question or give it back first.")
        raise Conflict(words, code="open_escalation")
    return pair


def _names(ticket: Ticket) -> dict[str, Any]:
    return {"number": ticket.number, "ticket": ticket.public_id}


def _copy_words(pair: Pair) -> list[int]:
    made = []
    for kind in (Stream.Kind.PUBLIC, Stream.Kind.STAFF):
        into = stream_of(pair.target, kind)
        rows = Message.objects.filter(stream__ticket=pair.source, stream__kind=kind, kind__in=SPOKEN)
        for said in rows.prefetch_related("attachments").order_by("seq"):
            data = {"copy_of": said.pk, "from_ticket": pair.source.number}
            row = Row(
                author=Author(said.author_id, said.author_kind),
                kind=said.kind,
                verb=said.verb,
                channel=said.channel,
                at=said.created_at,
                body=said.body,
                data=data,
            )
            copy = write_row(into, row)
            copy_files(said, copy)
            made.append(copy.pk)
    return made


def _union(pair: Pair, actor: Actor, at: datetime) -> dict[str, Any]:
    """Tags, watchers and copies of both; what was added is told, for an undo."""
    tags = set(pair.source.tagged.values_list("tag__name", flat=True))
    tags -= set(pair.target.tagged.values_list("tag__name", flat=True))
    write_tags(pair.target, tags, set())
    watchers = set(pair.source.watchers.values_list("person_id", flat=True))
    watchers -= set(pair.target.watchers.values_list("person_id", flat=True))
    Watcher.objects.bulk_create(Watcher(ticket=pair.target, person_id=one, at=at) for one in watchers)
    copies = set(pair.source.copies.values_list("email", flat=True))
    copies -= set(pair.target.copies.values_list("email", flat=True))
    Copy.objects.bulk_create(
        Copy(ticket=pair.target, email=one, added_by_id=actor.id, at=at) for one in copies
    )
    return {"tags": sorted(tags), "watchers": sorted(watchers), "copies": sorted(copies)}


def _state(pair: Pair) -> dict[str, Any]:
    asked = pair.source.unanswered_since
    return {
        "status": pair.source.status,
        "unanswered_since": asked.isoformat() if asked else None,
        "target_asked": pair.target.unanswered_since is not None,
    }


def _close_source(actor: Actor, pair: Pair, at: datetime) -> None:
    source = pair.source
    clocks.call_off(actor, source, at, "merged")
    source.status, source.merged_into, source.unanswered_since = Status.CLOSED, pair.target, None
    source.closed_at = source.updated_at = at
    source.save(update_fields=["status", "merged_into", "unanswered_since", "closed_at", "updated_at"])
    add_event(source, actor=actor, verb="ticket.merged", data=_names(pair.target), at=at)


def _take_over_question(actor: Actor, pair: Pair, at: datetime) -> None:
    """What was unanswered on the source is now asked on the target, from this instant."""
    was_asked = Message.objects.filter(
        stream__ticket=pair.source, stream__kind=Stream.Kind.PUBLIC, kind=MessageKind.REPLY
    ).order_by("-seq")
    last = was_asked.first()
    if last is None or last.author_id != pair.source.requester_id or pair.target.unanswered_since is not None:
        return
    target = pair.target
    target.unanswered_since = target.last_message_at = target.updated_at = at
    target.save(update_fields=["unanswered_since", "last_message_at", "updated_at"])
    if target.status in (Status.WAITING, Status.ON_HOLD, Status.SOLVED):
        move_status(actor, target, Status.OPEN, at)
    if target.first_response_at is not None or target.opened_by_staff:
        clocks.start_next_response(actor, target, at)


def undo_merge(*, actor: Actor, source: str) -> Ticket:
    """Take a merge apart: the source is as it was, its words in the target are withdrawn.

    Its promises count from its own first instant again. Raises NotFound when it is not merged, Conflict
    `closed_ticket` when the target was closed since.
    """
    with transaction.atomic():
        row = access_ticket(actor, source)
        link = Link.objects.filter(kind=Link.Kind.MERGE, source=row, undone_at=None).first()
        if link is None:
            raise NotFound()
        pair = lock_pair(actor, source, link.target.public_id, field="target")
        if pair.target.status == Status.CLOSED:
            words = _("#%(number)s is closed.") % {"number": pair.target.number}
            raise Conflict(words, code="closed_ticket")
        if not Link.objects.filter(pk=link.pk, undone_at=None).update(undone_at=now()):
            raise NotFound()
        at = now()
        _withdraw(actor, pair, link, at)
        _reopen_source(actor, pair, link, at)
        changed(pair)
    return pair.source


def _withdraw(actor: Actor, pair: Pair, link: Link, at: datetime) -> None:
    """The copies are emptied, their files let go; a row in each stream says which."""
    target = pair.target
    for kind in (Stream.Kind.PUBLIC, Stream.Kind.STAFF):
        rows = Message.objects.filter(pk__in=link.data["messages"], stream__kind=kind)
        seqs = sorted(rows.values_list("seq", flat=True))
        if not seqs:
            continue
        for one in rows:
            one.attachments.all().delete()
            one.body, one.data = "", {**one.data, "withdrawn": True}
            one.save(update_fields=["body", "data"])
        data = {"seqs": seqs, **_names(pair.source)}
        add_event(target, actor=actor, verb="message.withdrawn", data=data, stream=kind, at=at)
    write_tags(target, set(), set(link.data["tags"]))
    target.watchers.filter(person_id__in=link.data["watchers"]).delete()
    target.copies.filter(email__in=link.data["copies"]).delete()
    if target.unanswered_since == link.at and not link.data["target_asked"]:
        target.unanswered_since = None
        target.save(update_fields=["unanswered_since"])
        clocks.suspend_next_response(actor, target, at, reason="unmerged")


def _reopen_source(actor: Actor, pair: Pair, link: Link, at: datetime) -> None:
    source = pair.source
    asked = parse_datetime(link.data["unanswered_since"] or "")
    source.status, source.merged_into, source.unanswered_since = link.data["status"], None, asked
    source.closed_at, source.updated_at = None, at
    source.save(update_fields=["status", "merged_into", "unanswered_since", "closed_at", "updated_at"])
    add_event(source, actor=actor, verb="ticket.unmerged", data=_names(pair.target), at=at)
    if source.status in LIVE_STATUSES:
        clocks.restart(actor, source, at)
