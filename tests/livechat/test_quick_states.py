"""The short way of a reply against the long one, over every state that their rows can be in.

The short way repeats the long one's conditions in SQL. Here each column of the rows that it looks at takes every kind
of value, and each table that hangs on a ticket gets a row of every kind: where the short way stores anything, it has
to leave exactly the rows, say the event and hint at the groups that the long way does. Columns and tables are found
through the models, so a new one is tried from its first day on.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, connection, models, transaction

from accounts.models import Person
from core import live
from core.errors import DeskError
from livechat import doors
from livechat.models import Session
from livechat.protocol import Send
from orders.models import Return
from sla.models import Clock, ClockState, Metric
from tests.livechat.test_quick import talking
from tests.livechat.world import World, build
from tickets import pushes
from tickets.actions import messages, quick
from tickets.actions.returns import key_of_return
from tickets.models import Attachment, Draft, Message, Stream, Ticket

ROOMS = ("tickets", "livechat", "sla", "orders", "accounts", "core")
AT = datetime.now(UTC) + timedelta(seconds=1)
AGO, AHEAD = AT - timedelta(days=400), AT + timedelta(days=400)
TOGETHER = 6  # states that are compared at once, when the short way stores in each of them
NUMBER = re.compile(r'"id": \d+, ')
WORDS = "It leaves today 👋"
Change = Callable[[], object]


@dataclass(frozen=True)
class Said:
    """What one way did: rows that went and came, by table; the event that was pushed; the groups that heard of it."""

    rows: dict[str, tuple[list[str], list[str]]]
    event: dict[str, Any]
    groups: frozenset[str]


class Both:
    """Says the same thing either way, and undoes it."""

    def __init__(self, world: World, capture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chat, self.stream = talking(world, "ana")
        self.actors = {name: world.actor(name) for name in ("lin", "ana", "bo", "cy", "max", "eve")}
        self.key, self._capture = str(uuid.uuid4()), capture
        self._pushed: list[tuple[str, dict[str, Any]]] = []
        self._tables = [
            model._meta.db_table
            for room in ROOMS
            for model in apps.get_app_config(room).get_models()
            if not model._meta.proxy
        ]
        monkeypatch.setattr(live, "push", lambda *one: self._pushed.append(one))
        monkeypatch.setattr(pushes.gathered, "add", lambda *one: self._pushed.append(one))
        for module in (quick, messages):
            monkeypatch.setattr(module, "now", lambda: AT)

    def quickly(self, name: str, body: str = WORDS) -> Said | None:
        """By the short way; None where that is not taken."""
        actor = self.actors[name]
        asked = quick.ask(actor=actor, stream=self.stream, body=body, client_id=self.key)
        if asked is None:
            return None
        before = self._rows()
        found = self._ask(asked)
        if found is None:
            assert self._rows() == before, "not taken, and yet something was written"
            return None
        self._pushed.clear()
        quick.told(asked, found)
        return self._said(before)

    def is_taken(self, name: str) -> bool:
        """Whether the short way would be taken."""
        asked = quick.ask(actor=self.actors[name], stream=self.stream, body=WORDS, client_id=self.key)
        return asked is not None and self._ask(asked) is not None

    def _ask(self, asked: quick.Asked) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(quick.SAY, asked.arguments)
            return cursor.fetchone()

    def at_length(self, name: str, body: str = WORDS) -> Said:
        """By the long way. Raises its refusals."""
        before = self._rows()
        self._pushed.clear()
        op = Send(id=self.key, stream=self.stream, kind="reply", body=body, files=())
        with self._capture(execute=True):
            doors.say_on_stream(self.actors[name], op)
        return self._said(before)

    def _rows(self) -> dict[str, set[str]]:
        parts = [f"SELECT '{table}', to_jsonb(t)::text FROM {table} t" for table in self._tables]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts))
            found: dict[str, set[str]] = {table: set() for table in self._tables}
            for table, row in cursor.fetchall():
                found[table].add(row)
        return found

    def _said(self, before: dict[str, set[str]]) -> Said:
        after, changed = self._rows(), {}
        for table in self._tables:
            gone, come = before[table] - after[table], after[table] - before[table]
            if gone or come:
                # Numbers that the database gives are not given back with what is undone.
                changed[table] = (
                    sorted(NUMBER.sub("", row) for row in gone),
                    sorted(NUMBER.sub("", row) for row in come),
                )
        own = live.stream_group(self.stream)
        events = [payload["event"] for group, payload in self._pushed if group == own]
        assert len(events) == 1
        return Said(changed, events[0], frozenset(group for group, _payload in self._pushed))

    def compare(self, name: str, changes: list[Change], why: object) -> None:
        """Where the short way stores, the long one does no more and no less."""
        with undone(changes):
            short = self.quickly(name)
        assert short is not None, (name, why)
        with undone(changes):
            try:
                assert self.at_length(name) == short, (name, why)
            except DeskError as error:
                raise AssertionError(f"stored for {name} what is refused: {why}") from error


@contextmanager
def undone(changes: list[Change]) -> Iterator[None]:
    """In a state that is gone afterwards."""
    with transaction.atomic():
        for change in changes:
            change()
        yield
        transaction.set_rollback(True)


# --- states ----------------------------------------------------------------------------------------------
def values(field: models.Field[Any, Any], now: Any) -> list[Any]:
    """Other values than the present one: each choice, or one of each kind."""
    if field.primary_key or field.unique:
        return []
    found: list[Any]
    if field.choices:
        found = [value for value, _label in field.flatchoices]
    elif isinstance(field, models.ForeignKey):
        others = field.related_model._default_manager.exclude(pk=now)
        found = list(others.order_by("pk").values_list("pk", flat=True)[:2])
    elif isinstance(field, models.BooleanField):
        found = [True, False]
    elif isinstance(field, models.DateTimeField):
        found = [AGO, AHEAD]
    elif isinstance(field, models.UUIDField):
        found = [uuid.uuid4()]
    elif isinstance(field, models.JSONField):
        found = [{"x": 1}]
    elif isinstance(field, models.IntegerField):
        found = [(now or 0) + 1]
    elif isinstance(field, models.CharField | models.TextField | models.FileField):
        found = ["x"]
    else:
        raise AssertionError(f"say here what other values {field} may have")
    return [value for value in [*found, *([None] if field.null else [])] if value != now]


def columns(model: type[models.Model], pk: int) -> Iterator[tuple[str, Change]]:
    """Each column of a row with each kind of value."""
    row = model._default_manager.values().get(pk=pk)
    for field in model._meta.concrete_fields:
        for value in values(field, row[field.attname]):
            name = f"{model.__name__}.{field.attname}={value!r}"
            yield name, _updating(model, pk, {field.attname: value})


def _updating(model: type[models.Model], pk: int, new: dict[str, Any]) -> Change:
    return lambda: model._default_manager.filter(pk=pk).update(**new)


def hanging_on(
    model: type[models.Model], known: dict[type[models.Model], int]
) -> Iterator[tuple[str, Change]]:
    """A row of every kind in each table that points at this one."""
    for relation in model._meta.related_objects:
        table: Any = relation.related_model
        if table is Message or table is Session:  # what is said, and the chat itself
            continue
        fields = [one for one in table._meta.concrete_fields if not one.primary_key or one.is_relation]
        kinds = [(one.attname, value) for one in fields if one.choices for value, _label in one.flatchoices]
        wanted = [one for one in fields if _is_wanted(one, relation.field)]
        others = Person.objects.exclude(pk=known[Person]).order_by("pk").values_list("pk", flat=True)[:1]
        for person in (known[Person], *others):
            row = {one.attname: _some(one, {**known, Person: person}) for one in wanted}
            for column, value in kinds or [(relation.field.attname, row[relation.field.attname])]:
                name = f"{table.__name__} by {relation.field.name}, person {person}, {column}={value!r}"
                yield name, partial(table._default_manager.create, **{**row, column: value})


def _is_wanted(field: models.Field[Any, Any], always: Any) -> bool:
    return field is always or not (field.null or field.has_default())


def _some(field: Any, known: dict[type[models.Model], int]) -> Any:
    if isinstance(field, models.ForeignKey):
        mine = known.get(field.related_model)
        return (
            mine or field.related_model._default_manager.order_by("pk").values_list("pk", flat=True).first()
        )
    if isinstance(field, models.EmailField):
        return "copy@mail.example"
    others = values(field, None)
    return others[0] if others else uuid.uuid4().hex[:12]


def a_return(order: int, state: str, *, this_tickets: int | None) -> Change:
    def make() -> None:
        extra = {"refusal": "used", "refusal_words": "x"} if state.startswith("refus") else {}
        row = Return.objects.create(
            pk=900_001,
            order_id=order,
            number=9,
            state=state,
            due_sort=AHEAD,
            applied_at=AGO,
            updated_at=AGO,
            **extra,
        )
        if this_tickets is not None:
            Ticket.objects.filter(pk=this_tickets).update(client_id=key_of_return(row.pk))

    return make


def a_draft_with_a_file(ticket: int, person: int) -> None:
    draft = Draft.objects.create(ticket_id=ticket, author_id=person, kind="reply", updated_at=AGO)
    Attachment.objects.create(
        draft=draft,
        uploader_id=person,
        file="a",
        name="a",
        content_type="a/a",
        size=1,
        digest="",
        created_at=AGO,
    )


def states(chat: Session, stream: str, writer: int) -> list[tuple[str, Change]]:
    """Every state that is one step away from a chat that goes on."""
    ticket = Ticket.objects.get(pk=chat.ticket_id)
    assert ticket.order_id is not None
    rows: list[tuple[type[models.Model], int]] = [
        (Ticket, ticket.pk),
        (Stream, Stream.objects.get(public_id=stream).pk),
        (Session, chat.pk),
        (Person, writer),
    ]
    found = [one for model, pk in rows for one in columns(model, pk)]
    known: dict[type[models.Model], int] = {
        **dict(rows),
        type(ticket.order): ticket.order_id,  # type: ignore[dict-item]
        type(ticket.team): ticket.team_id,
    }
    found += [one for model in (Ticket, Session) for one in hanging_on(model, known)]
    clock = Clock.objects.filter(owner_kind="ticket", owner_id=ticket.pk).order_by("pk").first()
    assert clock is not None
    for metric in Metric.values:
        for state in ClockState.values:
            found.append(
                (f"{metric} {state}", _updating(Clock, clock.pk, {"metric": metric, "state": state}))
            )
    for state in Return.State.values:
        for own in (None, ticket.pk):
            found.append((f"return {state}, {own}", a_return(ticket.order_id, state, this_tickets=own)))
    found.append(("a file waits in the draft", lambda: a_draft_with_a_file(ticket.pk, writer)))
    return found


@pytest.fixture
def both(
    transactional: None, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> Both:
    return Both(build(), django_capture_on_commit_callbacks, monkeypatch)


@pytest.fixture
def transactional(db: None) -> None:
    """The database of a test that is undone as a whole."""


@pytest.mark.pg
@pytest.mark.parametrize("name", ["lin", "ana"])
def test_in_every_state_the_short_way_does_what_the_long_one_does_or_nothing(both: Both, name: str) -> None:
    taken: list[tuple[str, Change]] = []
    tried = 0
    for why, change in states(both.chat, both.stream, both.actors[name].id or 0):
        try:
            with undone([change]):
                tried += 1
                if both.is_taken(name):
                    taken.append((why, change))
        except (IntegrityError, DataError):
            continue  # no such state can be
    assert tried > 150
    assert len(taken) > 40  # or nothing would be compared
    groups = -(-len(taken) // TOGETHER)
    for first in range(groups):
        some = taken[first::groups]  # far from each other, since neighbours are values of one column
        try:
            both.compare(name, [change for _why, change in some], [why for why, _change in some])
        except (AssertionError, IntegrityError, DataError):
            for why, change in some:  # which of them it is; together they may be another state
                both.compare(name, [change], why)


@pytest.mark.pg
def test_whoever_else_it_is_and_whatever_they_say(both: Both) -> None:
    for name in both.actors:
        for body in (WORDS, "ok", "...", "👋", "{{ buyer_name }}", "{{", "x" * 8000):
            with undone([]):
                short = both.quickly(name, body)
            if short is None:
                continue
            with undone([]):
                assert both.at_length(name, body) == short, (name, body[:20])
            assert name in ("lin", "ana")
