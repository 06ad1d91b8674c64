"""The one way out for mail. What has no real address is not sent, and the log says so."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from email.utils import parseaddr

from django.core.mail import EmailMessage, get_connection

from core import mailbox

log = logging.getLogger(__name__)

# For buyers of feeds that tell no address: nothing is ever delivered to this top-level domain (RFC 2606).
NO_MAIL = "no-address.invalid"


def is_placeholder(address: str) -> bool:
    """Whether an address only stands in for one that nobody told; `Name <address>` is read too."""
    domain = parseaddr(address)[1].rpartition("@")[2].rstrip(".").lower()
    return domain == NO_MAIL or domain.endswith(f".{NO_MAIL}")


def post(mails: Iterable[EmailMessage]) -> list[EmailMessage]:
    """Send all over one connection; those that left. A stand-in among the receivers is passed over. In demo mode
    what left is kept for `/demo/mail/` too.

    Raises what the mail server raises: then the outbox tries the row again.
    """
    leaving = [one for one in mails if _has_receiver(one)]
    if leaving:
        get_connection().send_messages(leaving)
    for one in leaving:
        mailbox.keep(one)
    return leaving


def _has_receiver(mail: EmailMessage) -> bool:
    for field in ("to", "cc", "bcc"):
        given = list(getattr(mail, field))
        real = [address for address in given if not is_placeholder(address)]
        if real != given:
            log.info("mail skipped, no address is known: %s", ", ".join(sorted(set(given) - set(real))))
            setattr(mail, field, real)
    return bool(mail.recipients())
