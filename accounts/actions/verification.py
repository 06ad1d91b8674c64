"""Identity verification: documents come in, are looked at by the desk alone, and are decided on.

The clock starts when documents are sent in and never pauses; any decision, asking again included, meets it.
The owner of the clock is the application's row, locked by each of these.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import letters, permissions
from accounts.actions import _files
from accounts.models import (
    DocumentLook,
    Person,
    Verification,
    VerificationDocument,
    VerificationStep,
)
from accounts.queries import requests as queries
from core import filetypes
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from core.text import clean_body
from sla.actions import cancel_clocks, meet_clock, start_clock
from sla.models import Metric

MOST_DOCUMENTS = 5
FIELD = "documents"
WORDS_LIMIT = 2000
DRAFT_KEPT = timedelta(days=30)  # files that were never sent in
State, Reason = Verification.State, Verification.Reason
OUTCOMES = {"approve": State.APPROVED, "refuse": State.REFUSED, "ask_again": State.ASKED_AGAIN}


# The buyer ----------------------------------------------------------------------------------------------


def store_document(*, actor: Actor, upload: Any) -> VerificationDocument:
    """Check, clean and keep one document of the actor's open application; the first one begins it.

    The type is told by content: PDF, JPEG, PNG or HEIC, at most 10 MB, five in all. JPEG and PNG are drawn
    anew, which drops hidden data. No transaction is open meanwhile. Raises NotSignedIn, Forbidden for staff,
    Conflict (`sent`, `verified`), TooLarge, Invalid (`wrong_kind`, `damaged_file`, `empty_file`,
    `too_many_files`); those about the file name the field `documents`.
    """
    _check_buyer(actor)
    name = filetypes.clean_name(getattr(upload, "name", ""))
    raw = filetypes.read_upload(upload, name, field=FIELD)
    kind, data = filetypes.inspect(name, raw, field=FIELD, kinds=filetypes.DOCUMENTS)
    key = _files.keep("verification", data)
    try:
        with transaction.atomic():
            application = _open_application(actor)
            if queries.documents_of(application).count() >= MOST_DOCUMENTS:
                words = ngettext(
                    "At most %(n)d document fits.", "At most %(n)d documents fit.", MOST_DOCUMENTS
                )
                raise Invalid.field(FIELD, words % {"n": MOST_DOCUMENTS}, code="too_many_files")
            return VerificationDocument.objects.create(
                verification=application,
                file=key,
                name=filetypes.named_for(name, kind),
                content_type=kind,
                size=len(data),
                digest=hashlib.sha256(data).hexdigest(),
                created_at=now(),
            )
    except BaseException:
        default_storage.delete(key)
        raise


def remove_document(*, actor: Actor, document: str) -> None:
    """Take one's own document back before it is sent in. NotFound, Conflict (`sent`)."""
    with transaction.atomic():
        row = VerificationDocument.objects.select_related("verification").filter(public_id=document).first()
        if row is None or row.verification.person_id != actor.id:
            raise NotFound()
        _check_changeable(_lock(row.verification_id))
        _forget([row])


def submit_verification(*, actor: Actor) -> Verification:
    """Send the application in: the promise starts, and a mail says by when it is decided.

    Sent already: returned as it is. Raises NotSignedIn, Forbidden for staff, Invalid (`documents`) without one.
    """
    _check_buyer(actor)
    with transaction.atomic():
        application = _mine(actor)
        if application is None:
            raise _no_document()
        if application.state == State.SUBMITTED:
            return application
        count = queries.documents_of(application).count()
        if not count:
            raise _no_document()
        at = now()
        application.state, application.submitted_at = State.SUBMITTED, at
        application.save(update_fields=["state", "submitted_at"])
        _note(application, actor, "submitted", at, documents=count)
        letters.tell_received(application, _start(actor, application, at))
        return application


def withdraw_verification(*, actor: Actor) -> None:
    """Take one's open application back: its documents are deleted and its promise falls away. NotFound without one."""
    with transaction.atomic():
        application = _mine(actor)
        if application is None:
            raise NotFound()
        at = now()
        was_sent = application.state == State.SUBMITTED
        application.state = State.WITHDRAWN
        application.save(update_fields=["state"])
        _forget(list(queries.documents_of(application)))
        _note(application, actor, "withdrawn", at)
        if was_sent:
            cancel_clocks(actor=actor, owner=_owner(application), at=at, reason="withdrawn")


# The desk -----------------------------------------------------------------------------------------------


def look_at_document(*, actor: Actor, document: str) -> VerificationDocument:
    """A document for the verifying staff. Every call leaves a row that says who looked when. NotFound otherwise."""
    with transaction.atomic():
        row = queries.access_document(actor, document)
        DocumentLook.objects.create(document=row, person_id=actor.id, at=now())
        return row


def decide_verification(
    *, actor: Actor, verification: str, outcome: str, reason: str = "", words: str = ""
) -> Verification:
    """Approve, refuse or ask again (`outcome`), with a reason's code and words to the buyer; they are told by mail.

    Any decision meets the promise; sending in again starts a new one. Raises NotFound, Forbidden unless the
    actor verifies and it is not their own, Conflict (`decided`), Invalid (`outcome`, `reason`, `words`).
    """
    if not permissions.can_verify(actor):
        raise Forbidden()
    with transaction.atomic():
        application = queries.access_verification(actor, verification, lock=True)
        if application.person_id == actor.id:
            raise Forbidden(_("Nobody decides about themselves."))
        if application.state != State.SUBMITTED:
            raise Conflict(_("This was decided already, or taken back."), code="decided")
        state, code, told = _checked(outcome, reason, words)
        at = now()
        application.state, application.reason, application.words = state, code, told
        application.decided_at, application.decided_by_id = at, actor.id
        application.save(update_fields=["state", "reason", "words", "decided_at", "decided_by"])
        _note(application, actor, state, at, reason=code)
        meet_clock(actor=actor, owner=_owner(application), metric=Metric.VERIFICATION, at=at, reason=state)
        letters.tell_decided(application)
        return application


def _checked(outcome: str, reason: str, words: str) -> tuple[Verification.State, str, str]:
    problems: dict[str, list[str]] = {}
    state = OUTCOMES.get(outcome)
    if state is None:
        problems["outcome"] = [_("Choose what you decide.")]
    code = Reason.COMPLETE.value if state == State.APPROVED else reason
    if state != State.APPROVED and (code not in Reason.values or code == Reason.COMPLETE):
        problems["reason"] = [_("Choose a reason.")]
    told = ""
    if words.strip() or state != State.APPROVED:
        try:
            told = clean_body(words, field="words", limit=WORDS_LIMIT)
        except Invalid as error:
            empty = not words.strip()
            problems["words"] = [_("Say in words what the buyer can do.")] if empty else error.fields["words"]
    if problems or state is None:
        raise Invalid(fields=problems)
    return state, code, told


# Time ---------------------------------------------------------------------------------------------------


def forget_documents() -> int:
    """Delete the files of what was decided long ago (settings) or never sent in; the number of applications."""
    kept = timedelta(days=settings.VERIFICATION_KEEP_DAYS)
    decided = Verification.objects.filter(
        state__in=(State.APPROVED, State.REFUSED), decided_at__lt=now() - kept
    )
    unsent = Verification.objects.filter(
        state__in=Verification.CHANGEABLE, documents__created_at__lt=now() - DRAFT_KEPT
    )
    ripe = {
        pk
        for rows in (decided, unsent)
        for pk in rows.filter(documents__removed_at=None).values_list("pk", flat=True)[:200]
    }
    return sum(_purge(pk) for pk in sorted(ripe))


def _purge(pk: int) -> int:
    with transaction.atomic():
        application = _lock(pk)
        files = list(queries.documents_of(application))
        if not files or application.state == State.SUBMITTED:
            return 0
        _forget(files)
        _note(application, SYSTEM, "purged", now(), documents=len(files))
        return 1


def erase_verifications(person_id: int) -> None:
    """Take away files, names of files and words about a person. In the caller's transaction."""
    for application in locked(Verification.objects.filter(person_id=person_id).order_by("pk")):
        if application.state in Verification.OPEN:
            cancel_clocks(actor=SYSTEM, owner=_owner(application), at=now(), reason="erased")
            application.state = State.WITHDRAWN
        application.words = ""
        application.save(update_fields=["state", "words"])
        _forget(list(queries.documents_of(application)))
        application.documents.update(name="", digest="")


# Parts --------------------------------------------------------------------------------------------------


def _check_buyer(actor: Actor) -> None:
    if not actor.is_known:
        raise NotSignedIn()
    if actor.is_staff:
        raise Forbidden(_("Staff are not verified here."))


def _lock(pk: int) -> Verification:
    return locked(Verification.objects.filter(pk=pk)).get()


def _mine(actor: Actor) -> Verification | None:
    """The actor's open application, locked."""
    rows = Verification.objects.filter(person_id=actor.id, state__in=Verification.OPEN)
    return locked(rows).first()


def _open_application(actor: Actor) -> Verification:
    """The application that files are added to: the open one, or a new draft, locked."""
    found = _mine(actor)
    if found is None:
        if queries.is_verified(actor.id or 0):
            raise Conflict(_("Your account is verified already."), code="verified")
        try:
            with transaction.atomic():
                found = Verification.objects.create(person_id=actor.id, created_at=now())
        except IntegrityError:
            raise Conflict() from None
    _check_changeable(found)
    return found


def _check_changeable(application: Verification) -> None:
    if application.state not in Verification.CHANGEABLE:
        raise Conflict(_("This was sent in already. Withdraw it to change something."), code="sent")


def _no_document() -> Invalid:
    return Invalid.field(FIELD, _("Add at least one document."), code="no_document")


def _owner(application: Verification) -> tuple[str, int]:
    return (queries.VERIFICATION, application.pk)


def _start(actor: Actor, application: Verification, at: datetime) -> datetime | None:
    person = Person.objects.get(pk=application.person_id)
    clock = start_clock(
        actor=actor,
        owner=_owner(application),
        metric=Metric.VERIFICATION,
        facts=queries.facts_of(person),
        calendar_id=queries.desk().calendar_id,
        at=at,
    )
    return clock.due if clock else None


def _note(
    application: Verification, actor: Actor, verb: str, at: datetime, *, reason: str = "", documents: int = 0
) -> None:
    VerificationStep.objects.create(
        verification=application,
        verb=verb,
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        reason=reason,
        documents=documents,
    )


def _forget(files: list[VerificationDocument]) -> None:
    """The rows stay, since looks point at them; the files go once this has committed."""
    at = now()
    for row in files:
        _files.drop(row.file)
        VerificationDocument.objects.filter(pk=row.pk).update(file="", removed_at=at)
