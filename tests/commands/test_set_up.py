"""A real shop's first hour: desks, an administrator, staff; passwords are chosen by mail."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Membership, Team, User
from core import outbox
from orders.models import Store
from sla.models import CalendarVersion, PolicyVersion

pytestmark = pytest.mark.django_db
SET_UP = ("set_up", "--admin", "ada@shop.example", "--name", "Ada Root", "--store", "eu=Shop Europe")


def test_a_shop_is_set_up_once_and_again_changes_nothing() -> None:
    call_command(*SET_UP)
    before = (Team.objects.count(), CalendarVersion.objects.count(), PolicyVersion.objects.count())
    call_command(*SET_UP)
    assert (Team.objects.count(), CalendarVersion.objects.count(), PolicyVersion.objects.count()) == before
    assert [store.name for store in Store.objects.all()] == ["Shop Europe"]
    assert User.objects.get().is_superuser


def test_the_administrator_chooses_a_password_by_mail_and_comes_in() -> None:
    cache.clear()
    call_command(*SET_UP)
    browser = Client()
    assert not browser.login(email="ada@shop.example", password="")
    step = browser.post("/accounts/password/reset/", {"email": "ada@shop.example"})
    outbox.run_due()
    found = re.search(r"^\s*(\d{6})\s*$", str(mail.outbox[-1].body), re.M)
    assert found
    step = browser.post(step["Location"], {"code": found.group(1)})
    browser.post(step["Location"], {"password1": "N3w-zebra-pass", "password2": "N3w-zebra-pass"})
    again = Client()
    again.post("/accounts/login/", {"login": "ada@shop.example", "password": "N3w-zebra-pass"})
    assert again.get("/dashboard/").status_code == 200


def test_staff_are_added_and_get_more_desks() -> None:
    call_command(*SET_UP)
    call_command("add_staff", "mia@shop.example", "Mia", "--team", "orders=agent")
    call_command("add_staff", "mia@shop.example", "Mia", "--team", "specialists=specialist")
    held = Membership.objects.filter(person__email="mia@shop.example").values_list("team__code", flat=True)
    assert sorted(held) == ["orders", "specialists"]


@pytest.mark.parametrize(
    "words",
    [
        ("set_up", "--admin", "nobody", "--name", "A", "--store", "eu=Shop"),
        ("set_up", "--admin", "a@shop.example", "--name", "A", "--store", "eu"),
        ("add_staff", "mia@shop.example", "Mia", "--team", "nowhere=agent"),
        ("add_staff", "mia@shop.example", "Mia", "--team", "orders=king"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_kept(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command(*words)
    assert not User.objects.exists()
