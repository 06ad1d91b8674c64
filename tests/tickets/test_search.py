"""Search finds what was said, by its own rights, on both databases; the index follows every change."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection

from tests.factories import make_ticket
from tickets import actions
from tickets.actions import amending
from tickets.models import Message, Ticket
from tickets.queries import find, search
from tickets.queries.searching import parts_of, words_of
from tickets.search_index import lay_index

World = SimpleNamespace


@pytest.fixture
def ticket(world: World) -> Ticket:
    made = make_ticket(
        world.buyer_person, order=world.order, subject="Zipper broke", body="The zipper is torn apart."
    )
    actions.post_message(
        actor=world.agent, ticket=made.public_id, kind="note", body="Warehouse saw a faulty slider."
    )
    return made


def why(world: World, text: str, who: str = "agent") -> list[str]:
    return [one.why for one in find(getattr(world, who), text)]


def test_each_kind_of_knowledge_finds_it(world: World, ticket: Ticket) -> None:
    for text, reason in (
        (f"#{ticket.number}", "number"),
        ("2041", "order"),
        ("zipper", "subject"),
        ("zipp", "subject"),
        ("torn apart", "said"),
        ("TORN", "said"),
        ("slider", "noted"),
        ("Ana", "person"),
        (world.buyer_person.email or "", "person"),
    ):
        assert why(world, text) == [reason], text
    line = world.order.lines.first()
    if line is not None and line.sku:
        assert why(world, line.sku) == ["item"]


def test_notes_are_never_searched_for_a_buyer(world: World, ticket: Ticket) -> None:
    assert why(world, "slider", "buyer") == []
    assert why(world, "torn", "buyer") == ["said"]
    assert why(world, "torn", "other") == []
    assert why(world, "slider", "outsider") == []
    assert why(world, "slider", "manager") == ["noted"]
    assert list(search(world.buyer, "torn")) == [ticket]


def test_the_words_are_shown_where_they_hit(world: World, ticket: Ticket) -> None:
    (found,) = find(world.agent, "torn")
    assert ("torn", True) in found.parts
    assert "".join(text for text, _hit in found.parts) == "The zipper is torn apart."
    long = "a " * 200 + "needle" + " b" * 200
    parts = parts_of(long, ["needle"])
    assert parts[0][0].startswith("…")
    assert parts[-1][0].endswith("…")
    assert len("".join(text for text, _hit in parts)) < 140


def test_the_index_follows_amendments_and_redactions(world: World, ticket: Ticket) -> None:
    said = Message.objects.get(body__startswith="Warehouse")
    place = {"stream": said.stream.public_id, "seq": said.seq}
    amending.amend_message(actor=world.agent, **place, body="Warehouse saw a faulty runner 4242.")
    assert why(world, "slider") == []
    assert why(world, "runner") == ["noted"]
    amending.redact_message(actor=world.agent, **place, text="4242", reason="card")
    assert why(world, "4242") == []


@pytest.mark.parametrize(
    "text",
    ["", "  ", "#", "'", '"', "a' | b:*", "*", "NEAR(", "x:y", "\x00", "9" * 40, "💥", "-- drop", "a" * 500],
)
def test_no_operator_comes_from_outside(world: World, ticket: Ticket, text: str) -> None:
    assert find(world.agent, text) == []


def test_words_of_other_scripts_and_marks(world: World) -> None:
    made = make_ticket(world.buyer_person, subject="¿Dónde está mi pedido?", body="尺码不对 换货")
    assert words_of("¿Dónde está?") == ["dónde", "está"]
    assert [one.ticket.pk for one in find(world.agent, "pedido")] == [made.pk]
    assert [one.ticket.pk for one in find(world.agent, "换货")] == [made.pk]


def test_few_queries_however_many_are_found(world: World, django_assert_max_num_queries: object) -> None:
    for n in range(12):
        make_ticket(world.buyer_person, body=f"common word {n}")
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        assert len(find(world.agent, "common")) == 12


def test_the_index_is_made_anew(world: World, ticket: Ticket) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER tickets_message_words_insert")
            cursor.execute("INSERT INTO tickets_message_words(tickets_message_words) VALUES ('delete-all')")
        assert why(world, "torn") == []
    connection.check_constraints()  # nothing deferred may be pending when an index is made
    lay_index(using="default")
    assert why(world, "torn") == ["said"]
    out = StringIO()
    call_command("rebuild_search", stdout=out)
    assert out.getvalue() == "2 messages can be searched.\n"
