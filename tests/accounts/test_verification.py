"""Identity verification: what comes in, who may see it, what is decided, and by when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from accounts import actions
from accounts.models import Verification, VerificationDocument, VerificationStep
from accounts.queries import requests as queries
from core.actors import VISITOR, Actor
from core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, TooLarge
from sla.jobs import fire_due_clocks
from sla.models import Clock
from sla.receipts import receipt
from tests.accounts.conftest import mails, picture, work
from tests.factories import actor, make_buyer, make_house, make_policy, make_staff

pytestmark = pytest.mark.django_db
Stop = Callable[[datetime], None]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40)
TUESDAY = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)  # 10:00 in New York
FRIDAY_CLOSE = datetime(2026, 11, 13, 23, 0, tzinfo=UTC)  # 18:00, the third working day after


class World:
    """A shop, a buyer, who verifies, and who does not."""

    def __init__(self) -> None:
        self.house = make_house()
        targets = (("verification", 3, "working_days"), ("privacy", 30, "calendar_days"))
        make_policy("people", 5, {"team": ["verification"]}, targets)
        self.person = make_buyer("Ana Ruiz", timezone="America/New_York")
        self.buyer = actor(self.person)
        self.verifier = actor(make_staff("verification", name="Hana Kobayashi"))
        self.manager = actor(self.house.manager)
        self.agent = actor(self.house.agent)

    @staticmethod
    def actor_of_new(n: int) -> Actor:
        """Another buyer."""
        return actor(make_buyer(f"Buyer {n}"))


@pytest.fixture
def world(clock: Stop) -> World:
    clock(TUESDAY)
    return World()


def upload(name: str = "passport.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def store(world: World, name: str = "passport.pdf", data: bytes = PDF) -> VerificationDocument:
    return actions.store_document(actor=world.buyer, upload=upload(name, data))


def sent(world: World) -> Verification:
    store(world)
    return actions.submit_verification(actor=world.buyer)


def decide(world: World, one: Verification, outcome: str = "approve", **more: Any) -> Verification:
    return actions.decide_verification(
        actor=world.verifier, verification=one.public_id, outcome=outcome, **more
    )


def the_clock(one: Verification) -> Clock:
    return Clock.objects.filter(owner_kind="verification", owner_id=one.pk).latest("pk")


# What comes in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("id.pdf", PDF, "application/pdf"),
        ("id.jpg", picture("JPEG"), "image/jpeg"),
        ("id.png", picture(), "image/png"),
        ("id.heic", HEIC, "image/heic"),
    ],
)
def test_a_document_is_kept_privately_under_its_true_kind(
    world: World, name: str, data: bytes, kind: str
) -> None:
    row = store(world, name, data)
    assert (row.content_type, row.name, len(row.digest)) == (kind, name, 64)
    assert row.verification.state == "draft"
    assert "id" not in row.file.rpartition("/")[2]
    assert len(default_storage.open(row.file).read()) == row.size


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("id.gif", picture("GIF"), "wrong_kind"),
        ("id.txt", b"I am Ana.", "wrong_kind"),
        ("id.pdf", b"<html><script>alert(1)</script>", "wrong_kind"),
        ("id.pdf", picture(), "wrong_kind"),
        ("id.png", picture()[:40], "damaged_file"),
        ("id.pdf", b"", "empty_file"),
    ],
)
def test_another_file_is_refused_and_nothing_is_kept(
    world: World, files: Any, name: str, data: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        store(world, name, data)
    assert caught.value.code == code
    assert list(caught.value.fields) == ["documents"]
    assert not Verification.objects.exists()
    assert not [one for one in files.rglob("*") if one.is_file()]


def test_a_large_one_and_a_sixth_are_refused(world: World, files: Any) -> None:
    with pytest.raises(TooLarge):
        store(world, "id.pdf", PDF + b"a" * (10 * 1024 * 1024))
    for n in range(5):
        store(world, f"page{n}.pdf")
    with pytest.raises(Invalid) as caught:
        store(world, "page6.pdf")
    assert caught.value.code == "too_many_files"
    assert len([one for one in files.rglob("*") if one.is_file()]) == 5


def test_hidden_data_of_a_photograph_is_dropped(world: World) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "secret place"
    row = store(world, "id.jpg", picture("JPEG", exif=exif))
    assert b"secret place" not in default_storage.open(row.file).read()


def test_visitors_and_staff_apply_for_nothing(world: World) -> None:
    for who, error in ((VISITOR, NotSignedIn), (world.agent, Forbidden)):
        with pytest.raises(error):
            actions.store_document(actor=who, upload=upload())
        with pytest.raises(error):
            actions.submit_verification(actor=who)
    assert not Verification.objects.exists()


def test_a_document_can_be_taken_back_before_it_is_sent(world: World) -> None:
    row = store(world)
    other = actor(make_buyer("Otto"))
    with pytest.raises(NotFound):
        actions.remove_document(actor=other, document=row.public_id)
    actions.remove_document(actor=world.buyer, document=row.public_id)
    work()
    assert not default_storage.exists(row.file)
    with pytest.raises(Invalid) as caught:
        actions.submit_verification(actor=world.buyer)
    assert caught.value.code == "no_document"
    sent(world)
    kept = VerificationDocument.objects.get(removed_at=None)
    with pytest.raises(Conflict) as late:
        actions.remove_document(actor=world.buyer, document=kept.public_id)
    assert late.value.code == "sent"
    assert default_storage.exists(kept.file)


# The promise --------------------------------------------------------------------------------------------


def test_sending_starts_three_working_days_and_says_so(world: World) -> None:
    one = sent(world)
    clock = the_clock(one)
    assert (clock.state, clock.unit, clock.target, clock.due) == ("running", "working_days", 3, FRIDAY_CLOSE)
    assert clock.calendar_version.calendar.code == "tickets-ny"
    assert queries.promise_to(world.person, "verification", TUESDAY).due == FRIDAY_CLOSE  # type: ignore[union-attr]
    (mail,) = mails()
    assert mail["to"] == [world.person.email]
    assert "Nov. 13, 2026, 6 p.m. (America/New_York)" in mail["body"]
    assert receipt(clock, zone="America/New_York")


def test_sending_again_writes_nothing(world: World) -> None:
    one = sent(world)
    assert actions.submit_verification(actor=world.buyer).pk == one.pk
    assert len(mails()) == Clock.objects.count() == VerificationStep.objects.count() == 1


def test_over_a_week_end_and_late(world: World, clock: Stop) -> None:
    clock(datetime(2026, 11, 14, 15, 0, tzinfo=UTC))  # Saturday: counts from Monday
    one = sent(world)
    due = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
    assert the_clock(one).due == due
    clock(due + timedelta(minutes=1))
    fire_due_clocks()
    assert the_clock(one).state == "breached"
    assert the_clock(one).breached_at == due
    decide(world, one)
    assert the_clock(one).state == "late"


@pytest.mark.parametrize("outcome", ["approve", "refuse", "ask_again"])
def test_any_decision_meets_it_exactly_at_due(world: World, clock: Stop, outcome: str) -> None:
    one = sent(world)
    clock(FRIDAY_CLOSE)
    fire_due_clocks()
    decide(world, one, outcome, reason="unreadable", words="The photograph is dark.")
    assert the_clock(one).state == "met"
    assert the_clock(one).breached_at is None


def test_withdrawing_cancels_it_and_deletes_the_documents(world: World, clock: Stop) -> None:
    one = sent(world)
    key = one.documents.get().file
    actions.withdraw_verification(actor=world.buyer)
    work()
    assert the_clock(one).state == "cancelled"
    assert not default_storage.exists(key)
    clock(FRIDAY_CLOSE + timedelta(days=9))
    fire_due_clocks()
    assert the_clock(one).breached_at is None
    with pytest.raises(NotFound):
        actions.withdraw_verification(actor=world.buyer)
    with pytest.raises(Conflict):
        decide(world, one)


def test_it_never_pauses(world: World) -> None:
    from sla.actions import pause_clocks

    one = sent(world)
    with transaction.atomic():
        pause_clocks(
            actor=world.manager, owner=("verification", one.pk), at=TUESDAY, metrics=["verification"]
        )
    assert the_clock(one).state == "running"


def test_asked_again_starts_a_new_promise_when_sent_in(world: World, clock: Stop) -> None:
    one = sent(world)
    decide(world, one, "ask_again", reason="incomplete", words="Add the back side.")
    clock(TUESDAY + timedelta(days=1))
    store(world, "back.pdf")
    again = actions.submit_verification(actor=world.buyer)
    assert again.pk == one.pk
    states = list(Clock.objects.filter(owner_id=one.pk).order_by("pk").values_list("state", "due"))
    assert [state for state, _due in states] == ["met", "running"]
    assert states[1][1] == datetime(2026, 11, 16, 23, 0, tzinfo=UTC)
    assert queries.documents_of(again).count() == 2


# The decision -------------------------------------------------------------------------------------------


def test_a_decision_and_its_reason_are_recorded_and_told(world: World) -> None:
    one = decide(world, sent(world), "refuse", reason="expired", words="Your passport ended in May.")
    assert (one.state, one.reason, one.words, one.decided_by_id) == (
        "refused", "expired", "Your passport ended in May.", world.verifier.id,
    )  # fmt: skip
    verbs = [(step["verb"], step["reason"]) for step in queries.steps_of(one)]
    assert verbs == [("submitted", ""), ("refused", "expired")]
    body = mails()[-1]["body"]
    assert "A document has expired" in body
    assert "Your passport ended in May." in body
    assert not queries.is_verified(world.person.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        VerificationStep.objects.update(verb="approved")


def test_the_mail_is_in_the_buyers_language(world: World) -> None:
    world.person.language = "es"
    world.person.save(update_fields=["language"])
    decide(world, sent(world))
    subject = mails()[-1]["subject"]
    assert "verified" not in subject
    assert "verificada" in subject


def test_approved_is_verified_and_needs_no_second_application(world: World) -> None:
    decide(world, sent(world))
    assert queries.is_verified(world.person.pk)
    with pytest.raises(Conflict) as caught:
        store(world)
    assert caught.value.code == "verified"


def test_refused_may_apply_again(world: World) -> None:
    first = decide(world, sent(world), "refuse", reason="expired", words="Too old.")
    again = sent(world)
    assert again.pk != first.pk
    assert queries.documents_of(again).count() == 1


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"outcome": "perhaps"}, ["outcome", "reason", "words"]),
        ({"outcome": "refuse"}, ["reason", "words"]),
        ({"outcome": "refuse", "reason": "complete", "words": "No."}, ["reason"]),
        ({"outcome": "ask_again", "reason": "expired"}, ["words"]),
        ({"outcome": "refuse", "reason": "expired", "words": "a" * 2001}, ["words"]),
    ],
)
def test_a_decision_that_says_too_little_changes_nothing(
    world: World, more: dict[str, str], fields: list[str]
) -> None:
    one = sent(world)
    with pytest.raises(Invalid) as caught:
        decide(world, one, **more)
    assert sorted(caught.value.fields) == sorted(fields)
    one.refresh_from_db()
    assert one.state == "submitted"
    assert the_clock(one).state == "running"
    assert len(mails()) == 1


def test_the_second_decision_comes_too_late(world: World) -> None:
    one = decide(world, sent(world))
    with pytest.raises(Conflict) as caught:
        decide(world, one, "refuse", reason="expired", words="Too old.")
    assert caught.value.code == "decided"
