"""Who sees documents and who decides; every look is recorded; what is over is deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction

from accounts import actions
from accounts.models import DocumentLook
from accounts.queries import requests as queries
from core.actors import VISITOR, Actor
from core.errors import DeskError, Forbidden, NotFound
from tests.accounts.conftest import work
from tests.accounts.test_verification import TUESDAY, Stop, World, decide, sent, store, upload
from tests.factories import actor, make_buyer, make_person, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(clock: Stop) -> World:
    clock(TUESDAY)
    return World()


# Who ----------------------------------------------------------------------------------------------------


def roles(world: World) -> dict[str, Actor]:
    lead = actor(make_staff("managers", "verification", role="manager"))
    return {
        "visitor": VISITOR,
        "stranger": actor(make_buyer("Otto")),
        "buyer": world.buyer,
        "agent": world.agent,
        "specialist": actor(world.house.specialist),
        "manager": world.manager,
        "admin": actor(world.house.admin),
        "verifier": world.verifier,
        "manager of the desk": lead,
    }


def test_documents_are_seen_by_the_verifying_staff_alone(world: World) -> None:
    one = sent(world)
    document = one.documents.get().public_id
    may = set()
    for name, who in roles(world).items():
        try:
            actions.look_at_document(actor=who, document=document)
            may.add(name)
        except NotFound:
            pass
    assert may == {"verifier", "manager of the desk"}
    assert DocumentLook.objects.count() == 2


def test_who_decides_and_who_sees_that_somebody_applied(world: World) -> None:
    one = sent(world)
    sees, decides = set(), set()
    for name, who in roles(world).items():
        try:
            queries.access_verification(who, one.public_id)
            sees.add(name)
        except NotFound:
            pass
        try:
            with transaction.atomic():
                actions.decide_verification(actor=who, verification=one.public_id, outcome="approve")
                decides.add(name)
                transaction.set_rollback(True)
        except DeskError:
            pass
    assert sees == {"buyer", "manager", "admin", "verifier", "manager of the desk"}
    assert decides == {"verifier", "manager of the desk"}


def test_a_draft_is_its_owners_alone(world: World) -> None:
    row = store(world)
    with pytest.raises(NotFound):
        queries.access_verification(world.verifier, row.verification.public_id)
    with pytest.raises(NotFound):
        actions.look_at_document(actor=world.verifier, document=row.public_id)
    assert not DocumentLook.objects.exists()


def test_every_look_leaves_a_row_that_cannot_be_changed(world: World, clock: Stop) -> None:
    one = sent(world)
    document = one.documents.get()
    for minutes in (1, 2):
        clock(TUESDAY + timedelta(minutes=minutes))
        actions.look_at_document(actor=world.verifier, document=document.public_id)
    looks = list(queries.looks_at(one))
    assert [look.at for look in looks] == [TUESDAY + timedelta(minutes=m) for m in (2, 1)]
    assert {look.person_id for look in looks} == {world.verifier.id}
    for change in (DocumentLook.objects.all().delete, lambda: DocumentLook.objects.update(at=TUESDAY)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_nobody_of_the_desk_handles_their_own(world: World) -> None:
    """A member of staff who was a buyer before they joined the desk."""
    one = sent(world)
    world.person.kind = "staff"
    world.person.save(update_fields=["kind"])
    from accounts.models import Membership, Team

    Membership.objects.create(team=Team.objects.get(code="verification"), person=world.person)
    me = actor(world.person)
    with pytest.raises(Forbidden):
        actions.decide_verification(actor=me, verification=one.public_id, outcome="approve")
    with pytest.raises(NotFound):
        actions.look_at_document(actor=me, document=one.documents.get().public_id)
    assert not list(queries.verification_queue(me))


def test_the_queue_is_sorted_by_due(world: World, clock: Stop, django_assert_num_queries: Any) -> None:
    first = sent(world)
    clock(TUESDAY - timedelta(days=1))
    people = [actor(make_buyer()) for _n in range(3)]
    for who in people:
        actions.store_document(actor=who, upload=upload())
        actions.submit_verification(actor=who)
    with django_assert_num_queries(1):
        queue = list(queries.verification_queue(world.verifier))
        assert [row.person.display_name for row in queue]
    assert [row.due for row in queue] == sorted(row.due for row in queue)
    assert queue[-1].pk == first.pk
    assert {row.files for row in queue} == {1}
    assert not list(queries.verification_queue(world.agent))


# Afterwards ---------------------------------------------------------------------------------------------


def test_documents_go_after_their_time_and_looks_stay(world: World, clock: Stop, settings: Any) -> None:
    one = decide(world, sent(world))
    document = one.documents.get()
    DocumentLook.objects.create(document=document, person_id=world.verifier.id, at=TUESDAY)
    clock(TUESDAY + timedelta(days=settings.VERIFICATION_KEEP_DAYS))
    assert actions.forget_documents() == 0
    clock(TUESDAY + timedelta(days=settings.VERIFICATION_KEEP_DAYS, seconds=1))
    assert actions.forget_documents() == 1
    work()
    assert not default_storage.exists(document.file)
    assert DocumentLook.objects.count() == 1
    assert actions.forget_documents() == 0
    with pytest.raises(NotFound):
        actions.look_at_document(actor=world.verifier, document=document.public_id)


def test_documents_that_were_never_sent_go_after_a_month(world: World, clock: Stop) -> None:
    row = store(world)
    clock(TUESDAY + timedelta(days=31))
    assert actions.forget_documents() == 1
    work()
    assert not default_storage.exists(row.file)


def test_what_a_profile_lacks(world: World) -> None:
    words = [str(word) for word in queries.missing_of(world.person)]
    assert words == ["a mobile number"]
    world.person.member_type, world.person.mobile = "wholesaler", "+14155550101"
    assert [str(word) for word in queries.missing_of(world.person)] == [
        "your company",
        "your company’s web site",
    ]
    assert queries.missing_of(make_person("guest", email="x@example.com", mobile="+14155550102")) == []


def test_a_shop_that_is_set_up_promises_both(clock: Stop) -> None:
    """Whatever the policies say first, the last resort has a target for each."""
    from helpdesk.demo.house import lay_ground

    clock(TUESDAY)
    lay_ground(TUESDAY, {"us": "Us"})
    person = make_buyer()
    for member_type in ("retail", "wholesaler"):
        person.member_type = member_type
        verification = queries.promise_to(person, "verification", TUESDAY)
        privacy = queries.promise_to(person, "privacy", TUESDAY)
        assert verification is not None
        assert privacy is not None
        assert (verification.target, verification.unit) == (3, "working_days")
        assert (privacy.target, privacy.unit) == (30, "calendar_days")
        # Wednesday is Veterans Day: it does not count.
        assert verification.due == datetime(2026, 11, 16, 23, 0, tzinfo=UTC)
