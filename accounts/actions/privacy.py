"""Privacy requests: a copy of one's data, a correction, a deletion. Each has a clock that never pauses.

The owner of the clock is the request's row, locked by each of these. A copy is built by a job; a deletion is
confirmed by its person, approved by staff, and carried out room by room by a job that may run twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import letters, permissions
from accounts.actions import _files
from accounts.models import PrivacyRequest, User
from accounts.queries import requests as queries
from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotSignedIn
from core.text import clean_body
from sla.actions import cancel_clocks, meet_clock, start_clock
from sla.models import Metric

WORDS_LIMIT = 2000
EXPORT_KEPT = timedelta(days=7)
Kind, State = PrivacyRequest.Kind, PrivacyRequest.State


# The person ---------------------------------------------------------------------------------------------


def request_privacy(*, actor: Actor, kind: str, words: str = "") -> PrivacyRequest:
    """Ask for a copy (`export`), a correction (`correct`, with words) or a deletion (`delete`) of one's own data.

    One that is pending is returned as it is. The promise starts now; for a deletion once it is confirmed.
    Raises NotSignedIn, Forbidden for staff who want to be deleted, Invalid (`kind`, `words`).
    """
    if not actor.is_known:
        raise NotSignedIn()
    if kind not in Kind.values:
        raise Invalid.field("kind", _("Choose what you want."))
    if kind == Kind.DELETE and actor.is_staff:
        raise Forbidden(_("Staff are taken from their desks by a manager first."))
    told = (
        clean_body(words, field="words", limit=WORDS_LIMIT) if kind == Kind.CORRECT or words.strip() else ""
    )
    with transaction.atomic():
        found = _pending(actor, kind)
        if found is not None:
            return found
        at = now()
        confirmed = kind != Kind.DELETE
        try:
            with transaction.atomic():
                request = PrivacyRequest.objects.create(
                    person_id=actor.id,
                    kind=kind,
                    words=told,
                    created_at=at,
                    state=State.OPEN if confirmed else State.UNCONFIRMED,
                    confirmed_at=at if confirmed else None,
                )
        except IntegrityError:
            raise Conflict() from None
        if confirmed:
            _begin(actor, request, at)
        else:
            letters.ask_to_confirm(request)
        return request


def confirm_deletion(*, actor: Actor, request: str, password: str = "", token: str = "") -> PrivacyRequest:
    """The second step: by one's password, or by the link of the mail. The promise starts.

    Confirmed already: returned as it is. Raises NotFound, Conflict (`not_waiting`), Invalid (`password`, `token`).
    """
    with transaction.atomic():
        row = _own(actor, request)
        if row.state in (State.OPEN, State.APPROVED):
            return row
        if row.state != State.UNCONFIRMED:
            raise Conflict(_("This request waits for nothing."), code="not_waiting")
        if token:
            if not letters.is_token_of(row, token):
                words = _("This link is not good any more. Confirm with your password instead.")
                raise Invalid.field("token", words, code="bad_token")
        elif not _is_password(actor, password):
            raise Invalid.field("password", _("This is not your password."), code="bad_password")
        at = now()
        row.state, row.confirmed_at = State.OPEN, at
        row.save(update_fields=["state", "confirmed_at"])
        _begin(actor, row, at)
        return row


def withdraw_request(*, actor: Actor, request: str) -> PrivacyRequest:
    """Take one's request back before it is done; its promise falls away. NotFound, Conflict (`too_late`)."""
    with transaction.atomic():
        row = _own(actor, request)
        if row.state == State.WITHDRAWN:
            return row
        if row.state not in PrivacyRequest.WITHDRAWABLE:
            raise Conflict(_("It is too late to withdraw this: it is done, or being done."), code="too_late")
        at = now()
        row.state, row.handled_at = State.WITHDRAWN, at
        row.save(update_fields=["state", "handled_at"])
        cancel_clocks(actor=actor, owner=_owner(row), at=at, reason="withdrawn")
        return row


# Staff --------------------------------------------------------------------------------------------------


def decide_request(*, actor: Actor, request: str, outcome: str, words: str = "") -> PrivacyRequest:
    """Answer a correction (`done` or `refuse`) or a deletion (`approve` or `refuse`); words go to the person.

    An approved deletion is carried out by a job. Raises Forbidden unless the actor answers such requests and
    it is not their own, NotFound, Conflict (`decided`), Invalid (`outcome`, `words` for a correction or refusal).
    """
    if not permissions.can_handle_privacy(actor):
        raise Forbidden()
    with transaction.atomic():
        row = queries.access_request(actor, request, lock=True)
        if row.person_id == actor.id:
            raise Forbidden(_("Nobody decides about themselves."))
        if row.state != State.OPEN or row.kind == Kind.EXPORT:
            raise Conflict(_("This was decided already, or taken back."), code="decided")
        state = _state_after(row, outcome)
        needs_words = state != State.APPROVED
        row.answer = (
            clean_body(words, field="words", limit=WORDS_LIMIT) if needs_words or words.strip() else ""
        )
        at = now()
        row.state, row.handled_by_id, row.handled_at = state, actor.id, at
        row.save(update_fields=["state", "handled_by", "handled_at", "answer"])
        if state == State.APPROVED:
            outbox.enqueue("privacy.erase", {"request": row.pk}, key=f"privacy.erase:{row.pk}")
        else:
            _meet(actor, row, at, reason=state)
            letters.tell_answered(row)
        return row


def _state_after(row: PrivacyRequest, outcome: str) -> str:
    """What an outcome leads to. Invalid for one that does not fit the kind."""
    fits = {
        Kind.CORRECT: {"done": State.DONE, "refuse": State.REFUSED},
        Kind.DELETE: {"approve": State.APPROVED, "refuse": State.REFUSED},
    }[Kind(row.kind)]
    if outcome not in fits:
        raise Invalid.field("outcome", _("Choose what you decide."))
    return fits[outcome]


# What jobs write ----------------------------------------------------------------------------------------


def keep_export(*, actor: Actor, request_id: int, key: str, size: int) -> bool:
    """The copy is built: it can be fetched for a week. False, and the file is dropped, when nobody waits for it."""
    with transaction.atomic():
        row = locked(PrivacyRequest.objects.filter(pk=request_id)).get()
        if row.state != State.OPEN:
            _files.drop(key)
            return False
        at = now()
        row.state, row.handled_at = State.DONE, at
        row.result, row.result_size, row.result_until = key, size, at + EXPORT_KEPT
        row.save(update_fields=["state", "handled_at", "result", "result_size", "result_until"])
        _meet(actor, row, at, reason="built")
        letters.tell_export_ready(row)
        return True


def finish_deletion(*, actor: Actor, request_id: int) -> None:
    """Everything is erased: the promise is met and nothing that the person wrote stays in the request."""
    at = now()
    row = locked(PrivacyRequest.objects.filter(pk=request_id)).get()
    _meet(actor, row, at, reason="erased")
    PrivacyRequest.objects.filter(pk=row.pk).update(state=State.DONE)


def erase_requests(person_id: int) -> None:
    """Take away words and copies of all of a person's requests; other pending ones fall away. In a transaction."""
    rows = PrivacyRequest.objects.filter(person_id=person_id).order_by("pk")
    for row in locked(rows):
        _files.drop(row.result)
        if row.state in PrivacyRequest.WITHDRAWABLE:
            cancel_clocks(actor=SYSTEM, owner=_owner(row), at=now(), reason="erased")
            row.state = State.WITHDRAWN
        row.words, row.answer, row.result, row.result_until = "", "", "", None
        row.save(update_fields=["state", "words", "answer", "result", "result_until"])


def forget_exports() -> int:
    """Take away copies whose week is over; the number of them."""
    gone = 0
    for pk in PrivacyRequest.objects.filter(result_until__lte=now()).values_list("pk", flat=True)[:200]:
        with transaction.atomic():
            row = locked(PrivacyRequest.objects.filter(pk=pk)).get()
            if row.result_until is None or row.result_until > now():
                continue
            _files.drop(row.result)
            PrivacyRequest.objects.filter(pk=pk).update(result="", result_until=None)
            gone += 1
    return gone


# Parts --------------------------------------------------------------------------------------------------


def _owner(row: PrivacyRequest) -> tuple[str, int]:
    return (queries.PRIVACY, row.pk)


def _own(actor: Actor, request: str) -> PrivacyRequest:
    """One's own request, locked: what somebody who answers them may do to others' is `decide_request`."""
    row = queries.access_request(actor, request, lock=True)
    if row.person_id != actor.id:
        raise Forbidden()
    return row


def _pending(actor: Actor, kind: str) -> PrivacyRequest | None:
    return PrivacyRequest.objects.filter(
        person_id=actor.id, kind=kind, state__in=PrivacyRequest.PENDING
    ).first()


def _is_password(actor: Actor, password: str) -> bool:
    user = User.objects.filter(person_id=actor.id).first()
    return bool(password) and user is not None and user.check_password(password)


def _begin(actor: Actor, row: PrivacyRequest, at: datetime) -> None:
    clock = start_clock(
        actor=actor,
        owner=_owner(row),
        metric=Metric.PRIVACY,
        facts=queries.facts_of(row.person),
        calendar_id=queries.desk().calendar_id,
        at=at,
    )
    if row.kind == Kind.EXPORT:
        outbox.enqueue("privacy.export", {"request": row.pk}, key=f"privacy.export:{row.pk}")
    letters.tell_asked(row, clock.due if clock else None)


def _meet(actor: Actor, row: PrivacyRequest, at: datetime, *, reason: str) -> None:
    meet_clock(actor=actor, owner=_owner(row), metric=Metric.PRIVACY, at=at, reason=reason)
