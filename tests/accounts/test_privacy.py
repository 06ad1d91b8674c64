"""What we hold: a copy of it, a correction, a deletion; each with its promise, and nothing that counts is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts import actions, letters
from accounts.models import PrivacyRequest
from accounts.queries import requests as queries
from core.actors import SYSTEM, VISITOR
from core.errors import DeskError, Forbidden, Invalid, NotFound, NotSignedIn
from sla.jobs import fire_due_clocks
from sla.models import Clock
from tests.accounts.conftest import mails, work
from tests.accounts.test_verification import TUESDAY, Stop, World
from tests.factories import PASSWORD, actor, make_buyer, make_staff

pytestmark = pytest.mark.django_db
MONTH_LATER = datetime(2026, 12, 11, 5, 0, tzinfo=UTC)  # the end of 10 December in New York


@pytest.fixture
def world(clock: Stop) -> World:
    clock(TUESDAY)
    return World()


def ask(world: World, kind: str = "export", **more: str) -> PrivacyRequest:
    return actions.request_privacy(actor=world.buyer, kind=kind, **more)


def confirmed(world: World) -> PrivacyRequest:
    request = ask(world, "delete")
    return actions.confirm_deletion(actor=world.buyer, request=request.public_id, password=PASSWORD)


def decide(world: World, request: PrivacyRequest, outcome: str, words: str = "") -> PrivacyRequest:
    return actions.decide_request(
        actor=world.verifier, request=request.public_id, outcome=outcome, words=words
    )


def the_clock(request: PrivacyRequest) -> Clock:
    return Clock.objects.get(owner_kind="privacy", owner_id=request.pk)


# The promise --------------------------------------------------------------------------------------------


def test_a_request_starts_thirty_calendar_days(world: World) -> None:
    clock = the_clock(ask(world, "correct", words="I am called Anna."))
    assert (clock.state, clock.unit, clock.target, clock.due) == ("running", "calendar_days", 30, MONTH_LATER)
    assert "It is done by Dec. 10, 2026." in mails()[0]["body"]


def test_asking_twice_is_one_request(world: World) -> None:
    assert ask(world, "correct", words="Anna.").pk == ask(world, "correct", words="Anna!").pk
    assert len(mails()) == Clock.objects.count() == 1


def test_it_breaks_at_its_due_and_never_pauses(world: World, clock: Stop) -> None:
    from sla.actions import pause_clocks

    request = ask(world, "correct", words="Anna.")
    with transaction.atomic():
        pause_clocks(actor=SYSTEM, owner=("privacy", request.pk), at=TUESDAY, metrics=["privacy"])
    clock(MONTH_LATER)
    fire_due_clocks()
    assert the_clock(request).state == "running"
    clock(MONTH_LATER + timedelta(seconds=1))
    fire_due_clocks()
    assert (the_clock(request).state, the_clock(request).breached_at) == ("breached", MONTH_LATER)


def test_withdrawn_is_cancelled(world: World) -> None:
    request = ask(world, "correct", words="Anna.")
    actions.withdraw_request(actor=world.buyer, request=request.public_id)
    assert the_clock(request).state == "cancelled"
    assert ask(world, "correct", words="Anna.").pk != request.pk


def test_a_withdrawn_copy_is_not_built(world: World, files: Any) -> None:
    request = ask(world)
    actions.withdraw_request(actor=world.buyer, request=request.public_id)
    work()
    request.refresh_from_db()
    assert (request.state, request.result) == ("withdrawn", "")
    assert not files.exists() or not [one for one in files.rglob("*") if one.is_file()]


# A correction -------------------------------------------------------------------------------------------


def test_a_correction_is_handled_by_staff(world: World) -> None:
    request = ask(world, "correct", words="My birthday is in May.")
    done = decide(world, request, "done", "We have changed it.")
    assert (done.state, done.handled_by_id, the_clock(done).state) == ("done", world.verifier.id, "met")
    assert "We have changed it." in mails()[-1]["body"]


@pytest.mark.parametrize(
    ("kind", "words", "field"),
    [("correct", " ", "words"), ("correct", "a" * 2001, "words"), ("forget", "", "kind")],
)
def test_a_request_that_says_too_little_is_refused(world: World, kind: str, words: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        ask(world, kind, words=words)
    assert list(caught.value.fields) == [field]
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "words"), [("approve", "Yes."), ("done", ""), ("refuse", " "), ("", "Yes.")]
)
def test_an_answer_that_does_not_fit_changes_nothing(world: World, outcome: str, words: str) -> None:
    request = ask(world, "correct", words="Anna.")
    with pytest.raises(Invalid):
        decide(world, request, outcome, words)
    request.refresh_from_db()
    assert (request.state, the_clock(request).state) == ("open", "running")


# A deletion ---------------------------------------------------------------------------------------------


def test_a_deletion_needs_a_second_step(world: World) -> None:
    request = ask(world, "delete")
    assert request.state == "unconfirmed"
    assert not Clock.objects.filter(owner_kind="privacy").exists()
    with pytest.raises(NotFound):
        decide(world, request, "approve")
    with pytest.raises(Invalid) as caught:
        actions.confirm_deletion(actor=world.buyer, request=request.public_id, password="wrong")
    assert list(caught.value.fields) == ["password"]
    done = actions.confirm_deletion(actor=world.buyer, request=request.public_id, password=PASSWORD)
    assert (done.state, the_clock(done).state) == ("open", "running")


def test_the_mails_link_confirms_too_for_a_day(world: World, clock: Stop) -> None:
    request = ask(world, "delete")
    token = letters.confirm_token(request)
    assert f"/account/privacy/{request.public_id}/confirm/?token={token}" in mails()[0]["body"]
    other = actions.request_privacy(actor=actor(make_buyer()), kind="delete")
    for bad in ("none", letters.confirm_token(other)):
        with pytest.raises(Invalid):
            actions.confirm_deletion(actor=world.buyer, request=request.public_id, token=bad)
    assert actions.confirm_deletion(actor=world.buyer, request=request.public_id, token=token).state == "open"


def test_an_old_link_is_not_good(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    request = ask(world, "delete")
    token = letters.confirm_token(request)
    monkeypatch.setattr(letters, "CONFIRM_WITHIN", -1)
    with pytest.raises(Invalid) as caught:
        actions.confirm_deletion(actor=world.buyer, request=request.public_id, token=token)
    assert caught.value.code == "bad_token"


def test_refused_nothing_is_erased(world: World) -> None:
    request = decide(world, confirmed(world), "refuse", "An order is on its way.")
    work()
    world.person.refresh_from_db()
    assert (request.state, world.person.name) == ("refused", "Ana Ruiz")
    assert the_clock(request).state == "met"


# Who ----------------------------------------------------------------------------------------------------


def test_who_asks(world: World) -> None:
    with pytest.raises(NotSignedIn):
        actions.request_privacy(actor=VISITOR, kind="export")
    assert actions.request_privacy(actor=world.agent, kind="export").state == "open"
    with pytest.raises(Forbidden):
        actions.request_privacy(actor=world.agent, kind="delete")


def test_who_answers(world: World) -> None:
    request = ask(world, "correct", words="Anna.")
    people: dict[str, Callable[[], Any]] = {
        "stranger": lambda: actor(make_buyer("Otto")),
        "buyer": lambda: world.buyer,
        "agent": lambda: world.agent,
        "specialist": lambda: actor(world.house.specialist),
        "manager": lambda: world.manager,
        "verifier": lambda: world.verifier,
    }
    may = set()
    for name, make in people.items():
        try:
            with transaction.atomic():
                actions.decide_request(actor=make(), request=request.public_id, outcome="done", words="Done.")
                may.add(name)
                transaction.set_rollback(True)
        except DeskError:
            pass
    assert may == {"manager", "verifier"}


def test_nobody_answers_or_confirms_for_another(world: World) -> None:
    mine = actions.request_privacy(actor=world.verifier, kind="correct", words="Hana!")
    with pytest.raises(Forbidden):
        decide(world, mine, "done", "Done.")
    request = ask(world, "delete")
    for who in (actor(make_buyer("Otto")), actor(make_staff("verification"))):
        with pytest.raises(DeskError):
            actions.confirm_deletion(actor=who, request=request.public_id, password=PASSWORD)
        with pytest.raises(DeskError):
            actions.withdraw_request(actor=who, request=request.public_id)
    request.refresh_from_db()
    assert request.state == "unconfirmed"


def test_the_queue_is_sorted_by_due(world: World, clock: Stop) -> None:
    late = ask(world, "correct", words="Anna.")
    clock(TUESDAY - timedelta(days=2))
    soon = actions.request_privacy(actor=actor(make_buyer()), kind="correct", words="Bob.")
    ask(world, "delete")  # not confirmed: nobody's work yet
    assert [row.pk for row in queries.privacy_queue(world.manager)] == [soon.pk, late.pk]
    assert not list(queries.privacy_queue(world.agent))
