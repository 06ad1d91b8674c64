"""Taking a person's words out of tickets: rows, times and marks stay; texts, files and names go for good."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from core import outbox
from core.actors import SYSTEM
from core.clock import now
from core.db import locked, retrying
from core.events import on_commit
from tickets import pushes, search_index
from tickets.actions.status import set_status
from tickets.models import (
    Amendment,
    Attachment,
    Copy,
    Draft,
    Escalation,
    Flag,
    HeldReply,
    Message,
    MessageKind,
    Satisfaction,
    Status,
    Ticket,
)

ERASED = "[erased]"  # read by staff alone: the requester is gone
# What an event's data says in somebody's words; the rest is codes, ids and times.
WORDY = ("subject", "question", "checked", "answer", "reason", "words", "body", "note", "email")


def erase_tickets(person_id: int) -> None:
    """Close a person's tickets and empty what was said on them by anybody, notes of staff included.

    One transaction for each ticket, under its lock; again changes nothing. Files leave the storage after commit.
    """
    for pk in Ticket.objects.filter(requester_id=person_id).order_by("pk").values_list("pk", flat=True):
        retrying(_close, pk=pk)
        retrying(_erase_ticket, pk=pk)
    _forget_unbound(person_id)
    search_index.forget_deleted()


def _close(*, pk: int) -> None:
    """Nobody is there any more: clocks end, a chat ends, a question to a specialist goes back."""
    ticket = Ticket.objects.get(pk=pk)
    if ticket.status != Status.CLOSED:
        set_status(actor=SYSTEM, ticket=ticket.public_id, status=Status.CLOSED)


def _erase_ticket(*, pk: int) -> None:
    with transaction.atomic():
        ticket = locked(Ticket.objects.filter(pk=pk)).get()
        Ticket.objects.filter(pk=pk).update(subject=ERASED)
        _empty_messages(ticket)
        of_ticket = {"ticket": ticket}
        Escalation.objects.filter(**of_ticket).update(question="", checked="", answer="")
        Satisfaction.objects.filter(**of_ticket).update(words="")
        Flag.objects.filter(**of_ticket).update(words="")
        HeldReply.objects.filter(**of_ticket).update(body="", files=[])
        Draft.objects.filter(**of_ticket).delete()
        Copy.objects.filter(**of_ticket).delete()
        _drop_files(Q(ticket=ticket) | Q(message__stream__ticket=ticket))
        on_commit(lambda: pushes.changed_everywhere(ticket))


def _empty_messages(ticket: Ticket) -> None:
    rows = Message.objects.filter(stream__ticket=ticket)
    Amendment.objects.filter(message__in=rows).delete()
    said = rows.exclude(kind=MessageKind.EVENT).filter(redacted_at=None)
    said.update(body=ERASED, data={}, digest="", redacted_at=now())
    for row in rows.filter(kind=MessageKind.EVENT):
        kept = {name: value for name, value in row.data.items() if name not in WORDY}
        if kept != row.data:
            Message.objects.filter(pk=row.pk).update(data=kept)


def _drop_files(which: Q) -> None:
    """The rows stay, so that it can be counted; the files go by the outbox, once this has committed."""
    for row in Attachment.objects.filter(which).exclude(file=""):
        outbox.enqueue("tickets.drop_file", {"key": row.file.name}, key=f"drop:{row.file.name}"[:120])
        Attachment.objects.filter(pk=row.pk).update(
            file="", name=ERASED, digest="", scan=Attachment.Scan.REFUSED
        )


def _forget_unbound(person_id: int) -> None:
    with transaction.atomic():
        _drop_files(Q(uploader_id=person_id, message=None))


@outbox.handler("tickets.drop_file")
def _drop_file(payload: dict[str, str]) -> None:
    default_storage.delete(payload["key"])
