"""Registering, signing in by either name, resetting, changing the address: as people do it."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.actions import guest_for
from accounts.models import Person, User
from core import outbox
from core.actors import SYSTEM

pytestmark = pytest.mark.django_db
WORD = "Tr0ub4dor-zebra"
FORM = {
    "name": "Ann Lee",
    "email": "ann@example.com",
    "phone": "(415) 555-2671",
    "password1": WORD,
}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def sent() -> list[mail.EmailMessage]:
    """Every mail so far, the outbox carried out."""
    outbox.run_due()
    return mail.outbox


def code() -> str:
    found = re.search(r"^\s*(\d{6})\s*$", str(sent()[-1].body), re.M)
    assert found, sent()[-1].body
    return found.group(1)


def register(client: Client, **changes: str) -> User:
    assert client.post("/accounts/signup/", {**FORM, **changes}).status_code == 302
    answer = client.post("/accounts/confirm-email/", {"code": code()})
    assert answer.status_code == 302
    return User.objects.get(email=changes.get("email", FORM["email"]))


def test_registering_makes_a_buyer_once_the_address_is_confirmed(client: Client) -> None:
    client.post("/accounts/signup/", FORM)
    assert User.objects.get().person is None
    client.post("/accounts/confirm-email/", {"code": code()})
    person = User.objects.get().person
    assert (person.kind, person.name, person.email) == ("buyer", "Ann Lee", "ann@example.com")
    assert str(User.objects.get().phone) == "+14155552671"


def test_a_guest_with_the_confirmed_address_becomes_the_buyer(client: Client) -> None:
    guest = guest_for(actor=SYSTEM, email="Ann@Example.com", name="A. Lee")
    assert register(client).person == guest
    guest.refresh_from_db()
    assert guest.kind == Person.Kind.BUYER


def test_an_unconfirmed_address_reaches_nothing(client: Client) -> None:
    guest_for(actor=SYSTEM, email="ann@example.com")
    client.post("/accounts/signup/", FORM)
    assert User.objects.get().person is None
    assert client.get("/orders/").status_code == 302


@pytest.mark.parametrize(
    "login",
    ["ann@example.com", "ANN@Example.com", "+14155552671", "(415) 555-2671", "415-555-2671", "4155552671"],
)
def test_signing_in_by_address_or_mobile_in_any_writing(client: Client, login: str) -> None:
    register(client)
    again = Client()
    assert again.post("/accounts/login/", {"login": login, "password": WORD}).status_code == 302
    assert "_auth_user_id" in again.session


def test_every_field_says_what_is_wrong_and_keeps_the_text(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"name": "", "email": "x", "phone": "123", "password1": "a"})
    assert set(answer.context["form"].errors) == {"name", "email", "phone", "password1"}
    assert b'value="123"' in answer.content


def test_wrong_mobiles_of_others_lock_nobody_out(client: Client) -> None:
    register(client)
    for number in range(6):
        stranger = Client(REMOTE_ADDR=f"10.0.0.{number + 1}")
        stranger.post("/accounts/login/", {"login": f"+1415555300{number}", "password": "wrong-one-1"})
    again = Client(REMOTE_ADDR="10.9.9.9")
    assert again.post("/accounts/login/", {"login": "4155552671", "password": WORD}).status_code == 302


def test_a_limit_is_told_and_is_no_crash(client: Client) -> None:
    for number in range(25):
        answer = client.post("/accounts/signup/", {**FORM, "email": f"a{number}@example.com"})
    assert answer.status_code == 429


def test_a_taken_mobile_and_a_taken_address_look_the_same(client: Client) -> None:
    register(client)
    for changes in ({"email": "other@example.com"}, {"phone": "(415) 555-2672"}):
        cache.clear()
        answer = Client().post("/accounts/signup/", {**FORM, **changes})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
        assert "exists" in sent()[-1].subject.lower()
    assert User.objects.count() == 1


def test_a_forgotten_password_is_reset_by_a_code(client: Client) -> None:
    register(client)
    stranger = Client()
    step = stranger.post("/accounts/password/reset/", {"email": "ann@example.com"})
    step = stranger.post(step["Location"], {"code": code()})
    new = "N3w-zebra-pass"
    stranger.post(step["Location"], {"password1": new, "password2": new})
    assert Client().post("/accounts/login/", {"login": "4155552671", "password": new}).status_code == 302


def test_a_new_address_counts_after_its_code_and_the_person_follows(client: Client) -> None:
    user = register(client)
    client.post("/accounts/reauthenticate/", {"password": WORD})
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    user.refresh_from_db()
    assert user.email == "ann@example.com"
    to_new = next(m for m in reversed(sent()) if m.to == ["new@example.com"])
    found = re.search(r"^\s*(\d{6})\s*$", str(to_new.body), re.M)
    assert found
    client.post("/accounts/confirm-email/", {"code": found.group(1)})
    user.refresh_from_db()
    assert user.email == "new@example.com"
    assert user.person is not None
    assert user.person.email == "new@example.com"


@pytest.mark.parametrize("path", ["login", "reauthenticate"])
@pytest.mark.parametrize("credential", ["{}", "[]", "null", '{"id": 1}', "not json"])
def test_a_passkey_that_is_none_is_told_and_is_no_crash(client: Client, path: str, credential: str) -> None:
    register(client)
    browser = Client() if path == "login" else client
    browser.get(f"/accounts/2fa/webauthn/{path}/", headers={"Accept": "application/json"})
    answer = browser.post(f"/accounts/2fa/webauthn/{path}/", {"credential": credential})
    assert answer.status_code < 500
