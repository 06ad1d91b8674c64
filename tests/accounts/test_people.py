"""Persons, tokens, passes for the socket, the demo's mailbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import actions
from accounts.models import ApiToken, Person, User
from accounts.queries import actor_of_person, shopper_of
from core import outbox
from core.actors import SYSTEM, VISITOR, Actor
from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from tests.factories import actor, log_in, make_buyer, make_guest, make_order, make_staff

pytestmark = pytest.mark.django_db


def test_a_guest_is_one_person_however_the_address_is_written() -> None:
    first = actions.guest_for(actor=SYSTEM, email=" Ana@Example.com ", name="Ana")
    again = actions.guest_for(actor=SYSTEM, email="ana@example.COM", name="Somebody else")
    assert (first.pk, again.name) == (again.pk, "Ana")


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "@example.com", "a b@example.com", "ana@exa mple.com"]
)
def test_an_address_that_is_none_is_refused_beside_its_field(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.guest_for(actor=VISITOR, email=address)
    assert "email" in refused.value.fields
    assert not Person.objects.exists()


def test_a_joined_log_in_finds_the_guest_s_orders(client: Client) -> None:
    guest = make_guest(email="ana@example.com")
    order = make_order(guest)
    user = User.objects.create_user("ana@example.com", "x", name="Ana")
    actions.join_person(actor=SYSTEM, user=user)
    guest.refresh_from_db()
    assert guest.kind == "buyer"
    assert client.login is not None
    assert order.number in log_in(client, guest).get("/orders/").content.decode()


def test_a_person_of_another_log_in_is_never_taken() -> None:
    owner = make_buyer(email="ana@example.com")
    thief = User.objects.create_user("other@example.com", "x", name="Thief")
    User.objects.filter(person=owner).update(email="moved@example.com")
    thief.email = "ana@example.com"
    thief.save(update_fields=["email"])
    with pytest.raises(Forbidden):
        actions.join_person(actor=SYSTEM, user=thief)


def test_roles_come_from_teams() -> None:
    assert actor(make_staff("orders")).role == "agent"
    assert actor(make_staff("orders", "specialists", role="specialist")).role == "specialist"
    assert actor(make_staff("managers", role="manager")).role == "manager"
    assert actor(make_staff("managers", role="manager", superuser=True)).role == "admin"
    assert actor_of_person(make_buyer()).role == ""


def test_a_shopper_is_chosen_and_changed_and_the_past_is_kept() -> None:
    buyer, lin, mia = make_buyer(), make_staff("orders"), make_staff("orders")
    for shopper in (lin, lin, mia):
        actions.choose_shopper(actor=actor(buyer), buyer_id=buyer.pk, shopper_id=shopper.pk)
    assert shopper_of(buyer.pk) == mia
    assert buyer.shopper_rows.count() == 2
    with pytest.raises(NotFound):
        actions.choose_shopper(actor=actor(make_buyer()), buyer_id=buyer.pk, shopper_id=lin.pk)
    with pytest.raises(Invalid):
        actions.choose_shopper(actor=actor(buyer), buyer_id=buyer.pk, shopper_id=make_buyer().pk)


def test_a_pass_for_the_socket_works_once_and_for_a_minute(clock: Callable[[datetime], None]) -> None:
    user = User.objects.get(person=make_buyer())
    secret = actions.issue_live_ticket(user=user, session_key="s")
    assert actions.redeem_live_ticket(secret) == (user, "s")
    assert actions.redeem_live_ticket(secret) is None
    late = actions.issue_live_ticket(user=user, session_key="s")
    clock(now() + timedelta(seconds=61))
    assert actions.redeem_live_ticket(late) is None
    assert actions.redeem_live_ticket("made up") is None


def test_a_pass_needs_a_session_and_no_token() -> None:
    buyer = make_buyer()
    assert Client().post("/api/v1/live/ticket/").status_code == 401
    answer = log_in(Client(), buyer).post("/api/v1/live/ticket/")
    assert answer.json()["user"] == buyer.public_id


def test_a_token_is_printed_once_and_kept_as_a_digest(capsys: pytest.CaptureFixture[str]) -> None:
    agent = make_staff("orders")
    call_command("api_token", agent.email, "--scope", "tickets:read")
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("hd_")
    assert secret not in str(list(ApiToken.objects.values()))
    header = {"HTTP_AUTHORIZATION": f"Token {secret}"}
    assert Client().get("/api/v1/tickets/", **header).status_code == 200
    assert Client().get("/api/v1/orders/", **header).json()["code"] == "scope"


@pytest.mark.parametrize("words", [("nobody@example.com",), ("staff@example.com", "--scope", "everything")])
def test_a_token_for_nobody_or_for_nonsense_is_refused(words: tuple[str, ...]) -> None:
    make_staff("orders", email="staff@example.com")
    with pytest.raises(CommandError):
        call_command("api_token", *words)
    assert not ApiToken.objects.exists()


def test_the_demo_s_mailbox_shows_text_as_text(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.DEMO, settings.HOME = True, tmp_path
    from django.db import transaction

    with transaction.atomic():
        outbox.enqueue(
            "mail.send", {"subject": "<b>Hi</b>", "body": "<script>1</script>", "to": ["a@example.com"]}
        )
    outbox.run_due()
    page = client.get("/demo/mail/").content.decode()
    assert "&lt;script&gt;" in page
    assert "<b>Hi</b>" not in page


def test_there_is_no_mailbox_outside_of_the_demo(client: Client, settings: Any) -> None:
    settings.DEMO = False
    assert client.get("/demo/mail/").status_code == 404


def test_the_profile_is_corrected_by_its_person_alone() -> None:
    buyer = make_buyer("Ana")
    actions.update_profile(actor=actor(buyer), name="Ana R.", language="es", timezone="Asia/Manila")
    buyer.refresh_from_db()
    assert (buyer.name, buyer.language, buyer.timezone) == ("Ana R.", "es", "Asia/Manila")
    for changes in ({"name": " "}, {"timezone": "Mars/Olympus"}):
        with pytest.raises(Invalid):
            actions.update_profile(
                actor=actor(buyer), **{"name": "A", "language": "en", "timezone": "", **changes}
            )
    with pytest.raises(NotFound):
        actions.update_profile(actor=Actor(kind="buyer", id=0), name="x", language="en", timezone="")
