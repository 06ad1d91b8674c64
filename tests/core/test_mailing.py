"""Nobody is mailed at an address that only stands in for one."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from accounts.jobs import send_mail
from core import mailbox
from core.mailing import NO_MAIL, is_placeholder, post

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = f"amazon-111-2222222-3333333@{NO_MAIL}"


@pytest.mark.parametrize(
    ("address", "stands_in"),
    [
        (STAND_IN, True),
        (f"Ana <{STAND_IN.upper()}>", True),
        (f"ebay-1@shop.{NO_MAIL}.", True),
        ("ana@example.com", False),
        (f"{NO_MAIL}@example.com", False),
        (f"ana@not{NO_MAIL}", False),
        ("", False),
    ],
)
def test_which_addresses_only_stand_in(address: str, stands_in: bool) -> None:
    assert is_placeholder(address) is stands_in


def test_it_is_skipped_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "core.mailing"):
        sent = post([EmailMessage("Hi", "…", to=[STAND_IN]), EmailMessage("Ho", "…", to=["ana@example.com"])])
    assert [one.subject for one in sent] == [one.subject for one in mail.outbox] == ["Ho"]
    assert STAND_IN in caplog.text and "ana@example.com" not in caplog.text


def test_the_others_of_the_same_mail_get_it() -> None:
    post([EmailMessage("Hi", "…", to=[STAND_IN, "ana@example.com"], cc=[STAND_IN])])
    assert mail.outbox[0].recipients() == ["ana@example.com"]


def test_the_outbox_s_mails_go_the_same_way() -> None:
    send_mail({"subject": "Hi", "body": "…", "to": [STAND_IN]})
    send_mail({"subject": "Ho", "body": "…", "to": ["ana@example.com"]})
    assert [one.subject for one in mail.outbox] == ["Ho"]


def test_the_demo_keeps_what_left_whichever_room_sent_it(settings: Any, tmp_path: Path) -> None:
    settings.DEMO, settings.HOME = True, tmp_path
    post([EmailMessage("Your chat", "All of it", to=["ana@example.com", f"x@{NO_MAIL}"])])
    post([EmailMessage("Nobody", "", to=[f"x@{NO_MAIL}"])])
    assert [(one["subject"], one["body"], one["to"]) for one in mailbox.read()] == [
        ("Your chat", "All of it", ["ana@example.com"])
    ]


def test_no_room_sends_mail_past_this_way() -> None:
    """A mail that is sent elsewhere would reach a stand-in."""
    rooms = ("accounts", "core", "faq", "helpdesk", "livechat", "orders", "sla", "tickets")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py") if path.name != "mailing.py"]
    past = re.compile(
        r"mail import .*\b(get_connection|send_mail|mail_managers|mail_admins)\b|\bsend_messages\("
    )
    builds = [path for path in files if "EmailMessage(" in path.read_text(encoding="utf-8")]
    assert builds and [str(path) for path in files if past.search(path.read_text(encoding="utf-8"))] == []
    assert [str(path) for path in builds if "mailing.post(" not in path.read_text(encoding="utf-8")] == []
