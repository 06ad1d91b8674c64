"""What the worker does for this room."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage

from accounts.mailbox import keep
from core import outbox


@outbox.handler("mail.send")
def send_mail(payload: dict[str, Any]) -> None:
    """Send one mail; in demo mode it is kept for `/demo/mail/` too."""
    EmailMessage(subject=payload["subject"], body=payload["body"], to=payload["to"]).send()
    keep(payload)
