"""What the worker does for this room."""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.files import File
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation

from accounts import actions, letters
from accounts.actions import _files
from accounts.archive import write_archive
from accounts.models import PrivacyRequest
from core import mailing, outbox, privacy, worker
from core.actors import SYSTEM
from core.clock import now
from core.db import retrying

FORGET_MAIL_AFTER = 24 * 3600  # seconds that the very last mail may take to go out


@outbox.handler("mail.send")
def send_mail(payload: dict[str, Any]) -> None:
    """Send one mail."""
    mailing.post([EmailMessage(subject=payload["subject"], body=payload["body"], to=payload["to"])])


@outbox.handler("privacy.export")
def build_export(payload: dict[str, Any]) -> None:
    """Build the copy of a person's data and say that it is ready. What was withdrawn meanwhile is not built."""
    request = PrivacyRequest.objects.select_related("person").get(pk=payload["request"])
    if request.state != PrivacyRequest.State.OPEN:
        return
    with tempfile.TemporaryFile() as file:
        with translation.override(request.person.language or "en"):
            write_archive(file, request.person_id, now())
        size = file.tell()
        file.seek(0)
        key = _files.keep("exports", File(file))
    retrying(actions.keep_export, actor=SYSTEM, request_id=request.pk, key=key, size=size)


@outbox.handler("privacy.erase")
def carry_out_deletion(payload: dict[str, Any]) -> None:
    """Erase a person in every room, this one last; each room in transactions of its own, so again is harmless."""
    request = PrivacyRequest.objects.select_related("person").get(pk=payload["request"])
    if request.state != PrivacyRequest.State.APPROVED:
        return
    person = request.person
    above = [room for room in privacy.rooms() if room.code != "accounts"]
    for room in reversed(above):
        room.erase(person.pk)
    retrying(_erase_last, request=request)


def _erase_last(*, request: PrivacyRequest) -> None:
    with transaction.atomic():
        person = request.person
        key = f"privacy.erased:{request.pk}"
        actions.erase_person(person.pk)
        letters.tell_erased(person, key=key)  # `person` was read before: it still knows the address
        outbox.enqueue("privacy.forget_mail", {"key": key}, key=f"{key}:forget", delay=FORGET_MAIL_AFTER)
        actions.finish_deletion(actor=SYSTEM, request_id=request.pk)


@outbox.handler("privacy.forget_mail")
def forget_mail(payload: dict[str, Any]) -> None:
    """The last mail went out a day ago: its address goes too."""
    outbox.forget_row(payload["key"])


@worker.every(3600, shared=True)
def forget_what_is_over() -> None:
    """Copies whose week is over, and documents that are kept no longer."""
    retrying(actions.forget_exports)
    retrying(actions.forget_documents)
