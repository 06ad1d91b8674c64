"""The demo's mailbox: in demo mode every mail that went out can be read in the browser."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from core.clock import now

KEPT = 200


def _path() -> Any:
    return settings.HOME / "demo-mail.jsonl"


def keep(mail: EmailMessage) -> None:
    """Append a mail that left to the demo's mailbox; nothing outside of demo mode."""
    if not settings.DEMO:
        return
    shown = {"subject": str(mail.subject), "body": str(mail.body), "to": list(mail.to)}
    with _path().open("a", encoding="utf-8") as box:
        box.write(json.dumps({**shown, "at": now().isoformat()}) + "\n")


def read(limit: int = KEPT) -> list[dict[str, Any]]:
    """The newest mails first; a line cut by a crash is passed over."""
    if not settings.DEMO or not _path().exists():
        return []
    mails = []
    for line in _path().read_text(encoding="utf-8").splitlines()[-limit:]:
        try:
            mails.append(json.loads(line))
        except ValueError:
            continue
    return mails[::-1]
