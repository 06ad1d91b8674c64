"""Mails to a person about what they asked for: in their language, with times in their zone, through the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Person, PrivacyRequest, Verification
from core import outbox

SALT = "accounts.privacy.confirm"
CONFIRM_WITHIN = 24 * 3600  # seconds that the link of a mail is good for
VERIFICATION_PAGE, PRIVACY_PAGE = "/account/verification/", "/account/privacy/"


@contextmanager
def _as_reader(person: Person) -> Iterator[None]:
    with translation.override(person.language or "en"), timezone.override(person.timezone or "UTC"):
        yield


def send(person: Person, words: Callable[[], tuple[str, str]], page: str, *, key: str | None = None) -> None:
    """Leave a mail in the outbox, in the caller's transaction. `words()` gives subject and text; nothing to no address.

    `page` is where the person reads on; the same `key` is sent once.
    """
    if not person.email:
        return
    with _as_reader(person):
        subject, text = words()
        greeting = _("Hello %(name)s,") % {"name": person.display_name}
        link = _("Read on here: %(link)s") % {"link": settings.PUBLIC_URL + page} if page else ""
        body = "\n\n".join(part for part in (greeting, text, link, settings.SHOP_NAME) if part)
    payload = {"subject": f"{subject} · {settings.SHOP_NAME}", "body": body, "to": [person.email]}
    outbox.enqueue("mail.send", payload, key=key)


def _moment(at: datetime) -> str:
    """A moment in the reader's zone, with its name."""
    return (
        formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
        + f" ({timezone.get_current_timezone_name()})"
    )


def _last_day(due: datetime) -> str:
    """The last day of a promise that is counted in days: what ends at midnight is for the day before."""
    return formats.date_format(timezone.localtime(due - timedelta(seconds=1)), "DATE_FORMAT")


# Verification -------------------------------------------------------------------------------------------


def tell_received(verification: Verification, due: datetime | None) -> None:
    """Your documents are here, and by when they are decided on."""

    def words() -> tuple[str, str]:
        text = _("Your documents have arrived. Only the staff who verify accounts can open them.")
        if due is not None:
            text += "\n" + _("You have our decision by %(due)s.") % {"due": _moment(due)}
        return _("We have your documents"), text

    send(verification.person, words, VERIFICATION_PAGE)


def tell_decided(verification: Verification) -> None:
    """What was decided, and why."""

    def words() -> tuple[str, str]:
        subject, text = {
            Verification.State.APPROVED: (
                _("Your account is verified"),
                _("Your account is verified. Thank you."),
            ),
            Verification.State.REFUSED: (
                _("Your account could not be verified"),
                _("Your account could not be verified. You can apply again with other documents."),
            ),
            Verification.State.ASKED_AGAIN: (
                _("We need something more to verify your account"),
                _("We need something more to verify your account. Add it and send it in again."),
            ),
        }[Verification.State(verification.state)]
        if verification.state != Verification.State.APPROVED:
            text += "\n" + _("Reason: %(reason)s") % {"reason": verification.get_reason_display()}
        if verification.words:
            text += "\n\n" + verification.words
        return subject, text

    send(verification.person, words, VERIFICATION_PAGE)


# Privacy ------------------------------------------------------------------------------------------------


def confirm_token(request: PrivacyRequest) -> str:
    """What the mail's link carries: only this request's person has it."""
    return signing.dumps(request.public_id, salt=SALT)


def is_token_of(request: PrivacyRequest, token: str) -> bool:
    """Whether a link is this request's own and no older than a day."""
    try:
        return bool(signing.loads(token, salt=SALT, max_age=CONFIRM_WITHIN) == request.public_id)
    except signing.BadSignature:
        return False


def ask_to_confirm(request: PrivacyRequest) -> None:
    """Somebody signed in as you asked for everything to be deleted: was it you?"""

    def words() -> tuple[str, str]:
        text = _(
            "Somebody who was signed in as you asked us to delete what we hold about you. If that was you, confirm it "
            "within 24 hours. If not, do nothing and change your password: nothing is deleted."
        )
        return _("Confirm that your data is to be deleted"), text

    page = f"{PRIVACY_PAGE}{request.public_id}/confirm/?token={confirm_token(request)}"
    send(request.person, words, page)


def tell_asked(request: PrivacyRequest, due: datetime | None) -> None:
    """Your request has begun, and by when it is done."""

    def words() -> tuple[str, str]:
        kind = request.get_kind_display()
        text = _("We have your request: %(kind)s.") % {"kind": kind}
        if due is not None:
            text += "\n" + _("It is done by %(due)s.") % {"due": _last_day(due)}
        return _("We have your request"), text

    send(request.person, words, PRIVACY_PAGE)


def tell_export_ready(request: PrivacyRequest) -> None:
    """The copy can be fetched, by the signed-in person alone, for a week."""
    until = request.result_until

    def words() -> tuple[str, str]:
        text = _("The copy of your data is ready.")
        if until is not None:
            text += " " + _("Sign in and fetch it by %(until)s; after that it is taken away.") % {
                "until": _moment(until)
            }
        return _("The copy of your data is ready"), text

    send(request.person, words, PRIVACY_PAGE, key=f"privacy.ready:{request.pk}")


def tell_answered(request: PrivacyRequest) -> None:
    """A correction was made, or a request was refused, with the words of staff."""

    def words() -> tuple[str, str]:
        done = request.state == PrivacyRequest.State.DONE
        subject = _("Your request is done") if done else _("Your request was refused")
        text = f"{subject}: {request.get_kind_display()}."
        return subject, f"{text}\n\n{request.answer}" if request.answer else text

    send(request.person, words, PRIVACY_PAGE)


def tell_erased(person: Person, *, key: str) -> None:
    """The last mail: written while the address is still known."""

    def words() -> tuple[str, str]:
        text = _(
            "What named you is deleted: your profile, your log-in, your addresses and everything that was said. "
            "What the law makes us keep about orders stays, without your name."
        )
        return _("Your data is deleted"), text

    send(person, words, "", key=key)
