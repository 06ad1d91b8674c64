"""What every room holds about a person: in the copy all of it, after a deletion nothing that names."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction

from accounts import actions
from accounts.models import Person, User
from core import privacy
from core.actors import SYSTEM
from core.errors import Conflict
from core.models import Outbox
from faq.actions import record_feedback, save_article, save_category
from faq.models import Feedback
from orders.actions import add_record, upsert_order
from orders.data import AddressData, LineData, OrderData
from orders.models import Order, OrderRecord, Refund, Return, ReturnLine, ReturnPhoto
from orders.verify import verify
from sla.models import Clock
from tests.accounts.conftest import mails, picture, work
from tests.accounts.test_privacy import ask, confirmed, decide, the_clock
from tests.accounts.test_verification import TUESDAY, Stop, World, upload
from tests.factories import make_buyer
from tickets import actions as ticket_actions
from tickets.models import Message, Satisfaction, Ticket

pytestmark = pytest.mark.django_db
SECRETS = ("Ana Ruiz", "14 Hill Street", "+14155550199", "Leave it with Mrs Okoro", "my sister’s birthday")
LINES = (LineData(name="Mug", quantity=1, price=Decimal(10)),)


@pytest.fixture
def world(clock: Stop) -> World:
    clock(TUESDAY)
    return World()


def lived(world: World) -> Order:
    """A buyer of whom every room holds something."""
    email = world.person.email or ""
    order = upsert_order(actor=SYSTEM, store=world.house.store, data=told(email)).order
    with transaction.atomic():
        words = {"note": "Leave it with Mrs Okoro"}
        add_record(order, actor=SYSTEM, verb="order.reviewed", at=TUESDAY, text=words)
    make_return(order)
    file = ticket_actions.store_attachment(actor=world.buyer, upload=SimpleUploadedFile("mug.png", picture()))
    ticket = ticket_actions.open_ticket(
        actor=world.buyer, category="order", subject="Ana Ruiz asks", body="It is for my sister’s birthday.",
        order=order, attachment_ids=[file.public_id],
    )  # fmt: skip
    staff = world.agent
    ticket_actions.post_message(
        actor=staff, ticket=ticket.public_id, kind="reply", body="Dear Ana Ruiz, to 14 Hill Street?"
    )
    ticket_actions.post_message(
        actor=staff, ticket=ticket.public_id, kind="note", body="Ana Ruiz, +14155550199, called."
    )
    ticket_actions.set_status(actor=staff, ticket=ticket.public_id, status="solved")
    ticket_actions.rate_ticket(
        actor=world.buyer, ticket=ticket.public_id, score=5, words="Ana Ruiz says thanks"
    )
    save_category(actor=SYSTEM, slug="c", name="C")
    save_article(actor=SYSTEM, category="c", title="T", body="B", slug="a")
    record_feedback(
        actor=world.buyer, slug="a", reader=world.buyer.key, helpful=True, words="Ana Ruiz likes it"
    )
    actions.store_document(actor=world.buyer, upload=upload("Ana Ruiz passport.pdf"))
    actions.submit_verification(actor=world.buyer)
    return order


def make_return(order: Order) -> None:
    """Rows made directly: what an application leaves, with a photograph."""
    ret = Return.objects.create(
        order=order, number=1, due_sort=TUESDAY, applied_at=TUESDAY, updated_at=TUESDAY,
        question="Is it for Ana Ruiz?", refusal_words="Dear Ana Ruiz",
    )  # fmt: skip
    ReturnLine.objects.create(
        ret=ret, position=1, name="Mug", quantity=1, worth=10, reason="damaged", words="my sister’s birthday"
    )
    Refund.objects.create(
        order=order, ret=ret, amount=10, port="manual", key="k", ordered_at=TUESDAY, words="For Ana Ruiz"
    )
    key = default_storage.save("returns/one", ContentFile(picture()))
    ReturnPhoto.objects.create(
        order=order, ret=ret, uploader_id=order.person_id, file=key, name="Ana Ruiz mug.png",
        content_type="image/png", size=9, digest="0" * 64, created_at=TUESDAY,
    )  # fmt: skip


def told(email: str, **more: Any) -> OrderData:
    """The feed's words about the order."""
    address = AddressData(name="Ana Ruiz", line1="14 Hill Street", city="Springfield", country="US")
    facts = {"number": "2041", "email": email, "placed_at": TUESDAY - timedelta(days=3), "lines": LINES}
    facts |= {"name": "Ana Ruiz", "phone": "+14155550199", "note": "Leave it with Mrs Okoro"}
    return OrderData(**{**facts, "shipping_address": address, "paid_at": TUESDAY - timedelta(days=3), **more})  # type: ignore[arg-type]


# A copy -------------------------------------------------------------------------------------------------


def test_the_copy_holds_what_every_room_holds(world: World) -> None:
    lived(world)
    request = ask(world)
    work()
    request.refresh_from_db()
    assert (request.state, the_clock(request).state) == ("done", "met")
    assert request.result_until == TUESDAY + timedelta(days=7)
    with zipfile.ZipFile(default_storage.open(request.result)) as archive:
        names = archive.namelist()
        parts = {name: json.loads(archive.read(name)) for name in names if name.endswith(".json")}
        pictures = [archive.read(name) for name in names if name.endswith("mug.png")]
    assert set(parts) == {"accounts.json", "orders.json", "tickets.json", "faq.json"}
    assert parts["accounts.json"]["profile"]["email"] == world.person.email
    (order,) = parts["orders.json"]["orders"]
    assert order["addresses"][0]["line1"] == "14 Hill Street"
    assert order["total"] == "0.00"
    assert order["returns"][0]["lines"][0]["words"] == "my sister’s birthday"
    assert order["returns"][0]["refunds"][0]["amount"] == "10.00"
    said = [message["text"] for message in parts["tickets.json"]["tickets"][0]["messages"]]
    assert "It is for my sister’s birthday." in said
    assert "Dear Ana Ruiz, to 14 Hill Street?" in said
    assert not [text for text in said if "called" in text]  # notes among staff are not in it
    assert parts["tickets.json"]["tickets"][0]["rating"]["score"] == 5
    assert parts["faq.json"]["feedback"][0]["words"] == "Ana Ruiz likes it"
    assert len(pictures) == 2
    assert [name for name in names if name.endswith("Ana Ruiz passport.pdf")]
    assert "The copy of your data is ready" in mails()[-1]["subject"]


def test_nobody_elses_things_are_in_it(world: World) -> None:
    lived(world)
    other = make_buyer("Otto Other")
    for room in privacy.rooms():
        assert "Ana Ruiz" not in json.dumps(room.export(other.pk).data, default=str)
    assert {str(line.label) for line in privacy.held_about(other.pk)} == {
        "Profile and contact data",
        "Log-in",
    }


def test_what_is_held_is_counted_by_kind(world: World, django_assert_max_num_queries: Any) -> None:
    lived(world)
    with django_assert_max_num_queries(19):  # one for each kind of things, the address book among them
        held = {str(line.label): line.number for line in privacy.held_about(world.person.pk)}
    assert held["Orders"] == held["Addresses"] == held["Tickets and chats"] == held["Ratings"] == 1
    assert held["Messages"] == 2
    assert held["Identity documents"] == held["Files in conversations"] == held["Marks on answers"] == 1


def test_the_copy_goes_after_a_week(world: World, clock: Stop) -> None:
    request = ask(world)
    work()
    request.refresh_from_db()
    clock(TUESDAY + timedelta(days=7) - timedelta(seconds=1))
    assert actions.forget_exports() == 0
    clock(TUESDAY + timedelta(days=7))
    assert actions.forget_exports() == 1
    work()
    assert not default_storage.exists(request.result)
    assert actions.forget_exports() == 0


def test_a_job_that_runs_twice_builds_one_copy(world: World, files: Any) -> None:
    request = ask(world)
    work()
    Outbox.objects.filter(kind="privacy.export").update(state="ready", attempts=0)
    work()
    assert len([one for one in files.rglob("*") if one.is_file()]) == 1
    assert len([mail for mail in mails() if "is ready" in mail["subject"]]) == 1
    request.refresh_from_db()
    assert default_storage.exists(request.result)


def everything(*, but: str = "nothing") -> str:
    """Every row of every table, as text; tables whose name holds `but` are left out."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if but in table:
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


def test_a_deletion_takes_what_names_and_leaves_what_counts(world: World, clock: Stop, files: Any) -> None:
    order = lived(world)
    email = world.person.email or ""
    before = everything()
    assert all(secret in before or secret.replace("’", "\\u2019") in before for secret in SECRETS)
    rows = {
        model: model._default_manager.count()
        for model in (Order, OrderRecord, Return, Refund, Message, Ticket, Satisfaction)
    }
    ask(world)  # a copy that lies there
    work()
    request = decide(world, confirmed(world), "approve")
    assert request.state == "approved"
    with pytest.raises(Conflict):
        actions.withdraw_request(actor=world.buyer, request=request.public_id)
    work()
    assert "Your data is deleted" in mails()[-1]["subject"]
    assert mails()[-1]["to"] == [email]
    clock(TUESDAY + timedelta(days=1, seconds=1))
    work()

    after = everything()
    left = [
        secret for secret in (*SECRETS, email) if secret in after or secret.replace("’", "\\u2019") in after
    ]
    assert left == []
    assert not [
        word for word in ("ruiz", "birthday", "springfield") if word in after.lower()
    ]  # the index's too
    assert not [one for one in files.rglob("*") if one.is_file()]
    request.refresh_from_db()
    assert (request.state, the_clock(request).state) == ("done", "met")
    person = Person.objects.get(pk=world.person.pk)
    assert (person.display_name, person.email, person.kind) == ("Erased person", None, "guest")
    assert not User.objects.filter(person=person).exists()

    order.refresh_from_db()
    assert (order.person_id, order.total, order.addresses.get().country) == (person.pk, 0, "US")
    for model, count in rows.items():
        assert model._default_manager.count() >= count
    assert Satisfaction.objects.get().score == 5
    assert Feedback.objects.get().helpful
    assert OrderRecord.objects.filter(order=order, verb="record.erased").count() == 1
    assert list(verify()) == []
    call_command("verify_record")
    assert Ticket.objects.get().status == "closed"
    assert not Clock.objects.filter(
        owner_kind__in=("ticket", "verification"), state__in=("running", "paused")
    )


def test_erasing_twice_changes_nothing(world: World) -> None:
    lived(world)
    decide(world, confirmed(world), "approve")
    work()
    first = everything(but="_words")  # an index that is merged again is written otherwise
    for room in reversed(privacy.rooms()):
        room.erase(world.person.pk)
    assert everything(but="_words") == first


def test_others_are_left_alone(world: World) -> None:
    lived(world)
    other = make_buyer("Otto Other")
    upsert_order(
        actor=SYSTEM, store=world.house.store, data=told(other.email or "", number="3000", name="Otto Other")
    )
    decide(world, confirmed(world), "approve")
    work()
    other.refresh_from_db()
    assert other.name == "Otto Other"
    assert Order.objects.get(number="3000").email == other.email
    assert User.objects.filter(person=other).exists()


def test_a_later_word_of_the_feed_does_not_bring_the_name_back(world: World) -> None:
    order = lived(world)
    email = world.person.email or ""
    decide(world, confirmed(world), "approve")
    work()
    sent = told(email, dispatched_at=TUESDAY, updated_at=TUESDAY + timedelta(hours=1))
    assert upsert_order(actor=SYSTEM, store=world.house.store, data=sent).outcome == "updated"
    order.refresh_from_db()
    assert (order.person_id, order.email, order.phone, order.note) == (world.person.pk, "", "", "")
    assert order.dispatched_at == TUESDAY
    assert order.addresses.get().line1 == ""
    assert not Person.objects.filter(email=email).exists()
    assert list(verify()) == []


def test_a_room_that_fails_is_tried_again_and_the_person_goes_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(world)
    calls = []

    def fail(person_id: int) -> None:
        calls.append(person_id)
        if len(calls) == 1:
            raise RuntimeError("the disk is full")

    kept = dict(privacy._rooms)
    privacy.register("faq", held=kept["faq"].held, export=kept["faq"].export, erase=fail)
    try:
        request = decide(world, confirmed(world), "approve")
        from core import outbox

        outbox.run_due()
        request.refresh_from_db()
        world.person.refresh_from_db()
        assert (request.state, world.person.name) == ("approved", "Ana Ruiz")
        Outbox.objects.filter(kind="privacy.erase").update(run_after=TUESDAY)
        outbox.run_due()
    finally:
        privacy._rooms.clear()
        privacy._rooms.update(kept)
    request.refresh_from_db()
    assert (request.state, len(calls)) == ("done", 2)
