"""The world that the table's requests are made in: one shop, everybody in it, and one thing of every kind.

It is written once for a module, inside of a transaction; each request is undone, so every one meets the same world.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache as cache_once
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.client import ClientHandler

from accounts.actions import request_privacy, store_document, submit_verification
from accounts.models import ApiToken, Person, Presence, User
from accounts.tokens import SCOPES, digest_of, issue_token
from core.actors import SYSTEM
from core.clock import now
from faq.actions import save_article, save_category
from livechat.actions import accept_chat, end_chat, offer_chat, open_chat
from livechat.models import Session
from orders.actions import (
    Asked,
    Checked,
    answer_change,
    apply_for_return,
    approve_return,
    hooks,
    inspect_lines,
    propose_change,
    receive_goods,
    store_return_photo,
)
from orders.models import Order, OrderLine, SecurityMark
from sla.models import Clock
from tests.access.notation import ROLES
from tests.access.world_files import files_of
from tests.access.world_links import by_link
from tests.access.world_widget import widget_site
from tests.access.world_work import close, merge, work_of
from tests.access.world_writing import writing
from tests.factories import (
    House,
    actor,
    log_in,
    make_buyer,
    make_house,
    make_order,
    make_ticket,
)
from tickets.actions import escalate_ticket, post_message, set_status, store_attachment

TUESDAY = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)  # 10:00 in New York, no holiday
LATER = "2026-11-12T15:00:00+00:00"
ROOMS = ("core", "sla", "accounts", "orders", "faq", "tickets", "livechat", "helpdesk", "account", "mfa")
# What looking may write: who looked, what was looked for, how often.
MARKS_OF_READING = {"faq_searchlog", "faq_article", "accounts_apitoken", "accounts_presence"}
MARKS_OF_READING |= {"livechat_signoflife"}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)
MISSING = {
    "public_id": "zzzzzzzzzzzzzzzz",
    "ref": "us:999999",
    "chat": "zzzzzzzzzzzzzzzz",
    "session": "zzzzzzzzzzzzzzzz",
    "stream": "zzzzzzzzzzzzzzzz",
    **dict.fromkeys(("number", "clock_id", "pk", "macro_id", "macro", "view", "flag"), 999999),
    "slug": "no-such-thing",
    "token": "no-such-link",
    "held": "zzzzzzzzzzzzzzzz",
    "code": "no-such-code",
    "key": "no-such-key",
    "kid": "no-such-kid",
}


@dataclass
class World:
    """Who and what there is. `of` holds the parameters of each thing; `people` everybody by role."""

    house: House
    people: dict[str, Person]
    of: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    state: dict[str, int] = field(default_factory=dict)

    def public_id(self, role: str) -> str:
        return self.people[role].public_id

    def client(self, role: str, **options: Any) -> Client:
        """A browser in which this role is signed in; a visitor's knows nobody."""
        client = Client(**options)
        client.handler = _handler(client.handler.enforce_csrf_checks)
        if role in self.cookies:
            client.cookies["sessionid"] = self.cookies[role]
        return client

    def secret(self, role: str, scope: str | None) -> str:
        """The token that a column of the table stands for."""
        return self.tokens[
            {"token": f"only {scope}" if scope else "all", "no_scope": f"but {scope}"}.get(role, role)
        ]

    def do(self, steps: str) -> None:
        """What has to have happened before a request."""
        for step in steps.split():
            STEPS[step](self)


@cache_once
def _handler(enforce_csrf_checks: bool) -> ClientHandler:
    """The chain of middleware, put together once: every client would make its own."""
    return ClientHandler(enforce_csrf_checks)


def build() -> World:
    """Write it all into the open transaction."""
    cache.clear()
    house = make_house()
    people = {
        "stranger": make_buyer("Otto Other"),
        "buyer": make_buyer("Ana Ruiz", timezone="America/New_York"),
        "agent": house.agent,
        "other": house.other_agent,
        "specialist": house.specialist,
        "manager": house.manager,
        "admin": house.admin,
    }
    world = World(house, people)
    _orders(world)
    _tickets(world)
    _chat(world)
    _answers(world)
    _about_people(world)
    world.of["site"] = widget_site(people["manager"])
    _log_ins(world)
    _tokens(world)
    world.of[""] = {}
    world.state = digest()
    return world


def _orders(world: World) -> None:
    order = make_order(world.people["buyer"], number="2041")
    world.of["order"] = {"public_id": order.public_id, "ref": "us:2041", "row": order}
    SecurityMark.objects.create(person=order.person, order=order, product="mug", orders=3, set_at=now())
    _returns(world)
    world.of["shop"] = {"store": world.house.store.code}
    told = hooks.Message("shopify", "orders/create", "d-1", b"{}", {})
    hook, _new = hooks.keep_hook(actor=SYSTEM, store=world.house.store, message=told)
    hooks.run_hook(hook_id=hook.pk)
    world.of["hook"] = {"public_id": hook.public_id}
    world.of["new order"] = {"ref": "us:2042"}
    world.of |= files_of(world)


def _returns(world: World) -> None:
    """A delivered order, one return of it that is in review and one whose refund is ordered; a photograph of each kind."""
    buyer, manager = world.people["buyer"], actor(world.people["manager"])
    order = make_order(buyer, number="2050", status="delivered", delivered_at=now())
    OrderLine.objects.filter(order=order).update(quantity=5)
    world.of["delivered"] = {"public_id": order.public_id, "ref": "us:2050"}

    def photo(person: Person) -> str:
        upload = SimpleUploadedFile("mug.png", PIXEL, content_type="image/png")
        return store_return_photo(actor=actor(person), order=order, upload=upload).public_id

    def apply(photos: list[str]) -> str:
        line = Asked(1, 1, "wrong_size")
        return apply_for_return(
            actor=actor(buyer), order_id=order.pk, lines=[line], photo_ids=photos
        ).public_id

    sent = photo(buyer)
    first, second, third, fourth = apply([sent]), apply([]), apply([]), apply([])
    world.of["return"], world.of["return photo"] = {"public_id": first}, {"public_id": sent}
    for one in (second, third, fourth):
        approve_return(actor=manager, ret=one)
    for one in (third, fourth):
        receive_goods(actor=manager, ret=one)
    inspect_lines(actor=manager, ret=fourth, lines=[Checked(1, 1, "as_new")])
    world.of["approved"], world.of["received"] = {"public_id": second}, {"public_id": third}
    world.of["checked"] = {"public_id": fourth}
    world.of["free photo"] = {"public_id": photo(buyer)}
    world.of["agreed refund"] = {"public_id": _agreed_refund(world.people["agent"], order)}


def _agreed_refund(agent: Person, order: Order) -> str:
    asked = propose_change(
        actor=actor(agent), order_id=order.pk, kind="refund", words="A scratch.", details={"amount": "1"}
    )
    answer_change(actor=actor(order.person), proposal=asked.public_id, yes=True)
    return order.refunds.get(proposal=asked).public_id


def _tickets(world: World) -> None:
    buyer, agent = world.people["buyer"], world.people["agent"]
    ticket = make_ticket(buyer, order=world.of["order"]["row"])
    solved = make_ticket(buyer, subject="Thanks")
    asked = make_ticket(buyer, subject="A hard one")
    set_status(actor=actor(agent), ticket=solved.public_id, status="solved")
    escalate_ticket(
        actor=actor(agent),
        ticket=asked.public_id,
        question="Can this mug be glazed anew after a fall?",
        checked="The warranty says nothing.",
        to_team="specialists",
        promised_for=datetime.fromisoformat(LATER),
    )
    for name, row in {"ticket": ticket, "solved": solved, "asked": asked}.items():
        world.of[name] = {"number": row.pk, "public_id": row.public_id}
    world.of |= by_link(agent, upload())
    clock = Clock.objects.filter(owner_kind="ticket", owner_id=ticket.pk).order_by("pk").first()
    assert clock is not None
    world.of["clock"] = {"clock_id": clock.pk, "number": ticket.pk}
    _files(world, ticket.public_id)
    world.of |= writing(people=world.people, ticket=ticket.public_id, number=ticket.pk)
    world.of |= work_of(world)


def _files(world: World, ticket: str) -> None:
    """One that the buyer sent, one in a note among staff, one that the buyer has not sent yet."""
    for name, role, kind in (
        ("file", "buyer", "reply"),
        ("staff file", "agent", "note"),
        ("free file", "buyer", ""),
    ):
        by = actor(world.people[role])
        row = store_attachment(actor=by, upload=upload())
        world.of[name] = {"public_id": row.public_id}
        if kind:
            post_message(actor=by, ticket=ticket, kind=kind, body="See here.", attachment_ids=[row.public_id])


def upload(name: str = "note.txt", data: bytes = b"Seen on Monday.") -> SimpleUploadedFile:
    """A small file, new each time: a request reads it up."""
    return SimpleUploadedFile(name, data, content_type="text/plain")


def _chat(world: World) -> None:
    session = open_chat(
        actor=actor(world.people["buyer"]),
        team="orderhelp",
        body="Is somebody there?",
        order=world.of["order"]["row"],
    )
    one = session.public_id
    world.of["chat"] = {
        "chat": one,
        "session": one,
        "public_id": session.ticket.public_id,
        "number": session.ticket_id,
        "stream": session.ticket.streams.get(kind="public").public_id,
    }


def _about_people(world: World) -> None:
    """The buyer waits to be verified and for a correction, and has not confirmed a deletion yet."""
    buyer = actor(world.people["buyer"])
    document = store_document(actor=buyer, upload=upload("passport.pdf", PDF))
    world.of["document"] = {"public_id": document.public_id}
    world.of["verification"] = {"public_id": submit_verification(actor=buyer).public_id}
    asked = request_privacy(actor=buyer, kind="correct", words="I am called Anna.")
    world.of["privacy"] = {"public_id": asked.public_id}
    deletion = request_privacy(actor=buyer, kind="delete")
    world.of["deletion"] = {"public_id": deletion.public_id}


def _answers(world: World) -> None:
    save_category(actor=SYSTEM, slug="returns", name="Returns")
    save_article(
        actor=SYSTEM, category="returns", title="How to return", body="Apply *there*.", slug="how-to-return"
    )
    save_article(
        actor=SYSTEM, category="returns", title="Not yet said", body="Soon.", slug="draft", status="draft"
    )
    world.of["article"] = {"slug": "how-to-return"}
    world.of["draft"] = {"slug": "draft"}
    world.of["category"] = {"slug": "returns"}
    world.of["ratings"] = {"what": "ratings"}
    world.of["calendar"] = {"code": "tickets-ny"}
    world.of["rules_store"] = {"code": "us"}
    world.of["policy"] = {"code": "urgent"}


def _log_ins(world: World) -> None:
    """Everybody has just given their password."""
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    for role in ROLES[1:]:
        person = world.people[role]
        user = User.objects.get(person=person)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        client = log_in(Client(), person)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": TUESDAY.timestamp(), "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        world.cookies[role] = client.cookies["sessionid"].value
    key = Authenticator.objects.create(
        user=User.objects.get(person=world.people["agent"]),
        type="webauthn",
        data={"name": "My key", "credential": {}},
    )
    world.of["passkey"] = {"pk": key.pk}


def _tokens(world: World) -> None:
    agent = User.objects.get(person=world.people["agent"])
    buyer = User.objects.get(person=world.people["buyer"])
    for scope in SCOPES:
        world.tokens[f"only {scope}"] = issue_token(user=agent, scopes=[scope])
        world.tokens[f"but {scope}"] = issue_token(user=agent, scopes=[one for one in SCOPES if one != scope])
    world.tokens["all"] = issue_token(user=agent, scopes=list(SCOPES))
    world.tokens["but None"] = issue_token(user=agent, scopes=[])
    world.tokens["buyer_token"] = issue_token(user=buyer, scopes=list(SCOPES))
    world.tokens["revoked"] = issue_token(user=agent, scopes=list(SCOPES))
    ApiToken.objects.filter(digest=digest_of(world.tokens["revoked"])).update(revoked_at=now())
    ApiToken.objects.update(last_used_at=now())


def _accept(world: World) -> None:
    accept_chat(actor=actor(world.people["agent"]), session=world.of["chat"]["chat"])


def _end(world: World) -> None:
    end_chat(actor=actor(world.people["buyer"]), session=world.of["chat"]["chat"])


def _offer(world: World) -> None:
    """The buyer's chat is offered to the agent."""
    person = world.people["agent"]
    Presence.objects.update_or_create(person=person, defaults={"switch": "on", "last_seen": now()})
    session = Session.objects.get(public_id=world.of["chat"]["chat"])
    offer_chat(session_id=session.pk, people=[person.pk])


STEPS = {"accept": _accept, "end": _end, "offer": _offer, "merge": merge, "close": close}


def digest() -> dict[str, int]:
    """Every row of every table of ours, as one number for each table."""
    found = {}
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = zlib.crc32(repr(sorted(cursor.fetchall(), key=repr)).encode())
    return found


@cache_once
def _tables() -> list[str]:
    return sorted(
        model._meta.db_table
        for label in ROOMS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    )


def writes() -> int:
    """How many rows this connection has written so far, those since taken back as well."""
    return int(connection.connection.total_changes)


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """The tables that are not what they were."""
    return [table for table, number in after.items() if before[table] != number]


def written(before: dict[str, int], mark: int) -> list[str]:
    """The tables that are not what they were when `mark` was taken from `writes`; read only where anything wrote."""
    return [] if writes() == mark else changed(before, digest())


class undone(transaction.Atomic):
    """`with undone():` whatever is written inside is taken back."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            transaction.set_rollback(True)
        super().__exit__(*error)
        cache.clear()
