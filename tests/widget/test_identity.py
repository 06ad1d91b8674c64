"""Who a visitor is: what a shop signs, what is refused, what moves along, and which tokens end."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import connection

from core.clock import now
from core.errors import Conflict, NotFound
from livechat import identity as socket
from livechat.actions import end_chat
from livechat.models import Session
from livechat.widget import access, actions, claims
from livechat.widget.actions.talks import IdentityRequired
from livechat.widget.claims import BadIdentity
from livechat.widget.models import ShopCustomer, SpentPass, Visitor, WidgetSite, WidgetTalk
from tests.widget.world import World, build
from tickets.models import Message
from tickets.queries import access_stream, access_ticket, streams_of, visible_tickets


def words(world: World, visitor: Visitor, body: str = "Is the kettle made of cast iron?") -> Session:
    return actions.start_chat(visitor=visitor, body=body, client_id=str(uuid.uuid4()))


def refused(world: World, token: Any) -> str:
    """Why an identity is refused; nothing about anybody may have changed."""
    visitor, secret = world.visitor()
    with pytest.raises(BadIdentity) as found:
        actions.identify(site=world.site, visitor=visitor, identity=token)
    assert access.visitor_by_token(world.site, secret) is not None
    assert not ShopCustomer.objects.exists()
    return str(found.value.extra["why"])


def unsigned(header: dict[str, Any], told: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in (header, told)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def test_what_a_shop_signs_names_the_visitor(world: World) -> None:
    visitor, _secret = world.visitor()
    token = world.token(sub="c-77", name="Ana\nLópez", email="ana@example.com")
    known, _token = actions.identify(site=world.site, visitor=visitor, identity=token)
    assert (known.name, known.email) == ("Ana López", "ana@example.com")
    assert known.person.shop_customer.external_id == "c-77"
    assert known.person.name == "Ana López"
    assert known.person.email is None  # an address in a claim joins nobody


def test_no_algorithm_but_the_one(world: World) -> None:
    told = jwt.decode(world.token(), options={"verify_signature": False})
    kid = world.secret.kid
    assert refused(world, unsigned({"alg": "none", "kid": kid}, told)) == "algorithm"
    assert refused(world, unsigned({"alg": "RS256", "kid": kid}, told)) == "algorithm"
    longer = jwt.encode(told, world.key * 2, algorithm="HS512", headers={"kid": kid})
    assert refused(world, longer) == "algorithm"
    assert refused(world, unsigned({"alg": "HS256", "kid": kid}, told)) == "signature"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sign_with": "x" * 43}, "signature"),
        ({"head": {}}, "kid"),
        ({"head": {"kid": "unknown"}}, "kid"),
        ({"aud": "another-site"}, "audience"),
        ({"aud": None}, "missing"),
        ({"sub": None}, "missing"),
        ({"jti": None}, "missing"),
        ({"exp": None}, "missing"),
        ({"iat": None}, "missing"),
        ({"sub": ""}, "value"),
        ({"sub": "a" * 101}, "value"),
        ({"sub": "a\x00b"}, "value"),
        ({"jti": "j" * 101}, "value"),
    ],
)
def test_bad_identities_are_refused(world: World, change: dict[str, Any], why: str) -> None:
    assert refused(world, world.token(**change)) == why


@pytest.mark.parametrize(
    ("issued", "expires"), [(0, 301), (-400, -90), (200, 400), (-10, 3600), (-3600, 100)]
)
def test_times_are_near(world: World, issued: int, expires: int) -> None:
    at = int(now().timestamp())
    assert refused(world, world.token(iat=at + issued, exp=at + expires)) == "time"


def test_an_audience_among_others_is_refused(world: World) -> None:
    assert refused(world, world.token(aud=[world.site.key, "another-site"])) == "audience"


@pytest.mark.parametrize("raw", [None, "", 7, "a.b", "a.b.c", "é" * 9, "x" * 5000, "....", "e30.e30.e30"])
def test_what_is_no_token_is_refused(world: World, raw: Any) -> None:
    assert refused(world, raw) == "format" or raw == "e30.e30.e30"


def test_an_identity_is_good_once(world: World) -> None:
    token = world.token()
    visitor, _secret = world.visitor()
    actions.identify(site=world.site, visitor=visitor, identity=token)
    with pytest.raises(BadIdentity) as found:
        actions.identify(site=world.site, visitor=None, identity=token)
    assert found.value.extra["why"] == "replayed"
    SpentPass.objects.update(expires_at=now() - timedelta(seconds=1))
    assert actions.forget_old() == 1


def test_an_identity_is_for_its_own_site(world: World) -> None:
    other = actions.save_site(
        actor=world.manager, key=None, name="Other", store="us", team="webshop", category="product",
        origins=["https://other.example"],
    )  # fmt: skip
    with pytest.raises(BadIdentity) as found:
        claims.read(other, world.token())
    assert found.value.extra["why"] == "kid"


def test_two_keys_are_good_at_a_time(world: World) -> None:
    second, key = actions.make_secret(actor=world.manager, key=world.site.key)
    claims.read(world.site, world.token(sign_with=key, head={"kid": second.kid}))
    claims.read(world.site, world.token())
    with pytest.raises(Conflict):
        actions.make_secret(actor=world.manager, key=world.site.key)
    actions.retire_secret(actor=world.manager, key=world.site.key, kid=world.secret.kid)
    with pytest.raises(BadIdentity):
        claims.read(world.site, world.token())
    verbs = list(world.site.changes.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["made", "secret_made", "secret_made", "secret_retired"]


def test_no_key_stands_in_the_database(world: World) -> None:
    world.visitor()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith("livechat_"):
                cursor.execute(f"SELECT * FROM {table}")
                assert world.key not in str(cursor.fetchall())


def test_a_visitors_token_is_kept_as_a_digest(world: World) -> None:
    visitor, secret = world.visitor()
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert secret not in str(Visitor.objects.values())
    assert access.visitor_by_token(world.site, secret) == visitor
    for wrong in (
        secret[:-1] + "A" * (secret[-1] != "A") + "B" * (secret[-1] == "A"),
        "",
        None,
        7,
        secret * 2,
    ):
        assert access.visitor_by_token(world.site, wrong) is None


def test_each_new_token_ends_the_one_before(world: World) -> None:
    visitor, first = world.visitor()
    allowed = access.issue(visitor)
    assert access.visitor_of(allowed) == visitor
    known, second = actions.identify(site=world.site, visitor=visitor, identity=world.token())
    assert access.visitor_by_token(world.site, first) is None
    assert access.visitor_of(allowed) is None
    assert access.visitor_by_token(world.site, second) == known
    actions.reset(visitor=known)
    assert access.visitor_by_token(world.site, second) is None
    assert access.visitor_of(access.issue(known)) is None


def test_an_access_is_signed_and_short(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, _secret = world.visitor()
    allowed = access.issue(visitor)
    assert access.visitor_of(allowed[:-1] + ("A" if allowed[-1] != "A" else "B")) is None
    assert access.visitor_of("") is None
    import django.core.signing as signing

    later = signing.time.time() + access.ACCESS_LIFE.total_seconds() + 1
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert access.visitor_of(allowed) is None


def test_a_site_that_is_switched_off_lets_nobody_in(world: World) -> None:
    visitor, _secret = world.visitor()
    allowed = access.issue(visitor)
    WidgetSite.objects.update(is_on=False)
    assert access.visitor_of(allowed) is None


def test_another_visitors_conversation_is_not_there(world: World) -> None:
    mine, _one = world.visitor()
    other, _two = world.visitor()
    ticket = words(world, mine).ticket
    stream = streams_of(access.actor_of(mine), ticket)["public"]
    for call in (
        lambda: access_ticket(access.actor_of(other), ticket.public_id),
        lambda: access_stream(access.actor_of(other), stream.public_id),
    ):
        with pytest.raises(NotFound):
            call()
    staff = ticket.streams.get(kind="staff")
    with pytest.raises(NotFound):
        access_stream(access.actor_of(mine), staff.public_id)


def test_a_merge_moves_that_visitors_words_alone(world: World) -> None:
    first, _t = world.visitor()
    stranger, _t = world.visitor()
    known, _t = actions.identify(site=world.site, visitor=None, identity=world.token(sub="c-9", name="Ana"))
    older = words(world, known, "An older question.")
    end_chat(actor=access.actor_of(known), session=older.public_id)
    moved, kept = words(world, first), words(world, stranger, "Somebody else's question.")
    merged, _t = actions.identify(site=world.site, visitor=first, identity=world.token(sub="c-9"))
    assert merged.person_id == known.person_id
    seen = set(visible_tickets(access.actor_of(merged)).values_list("pk", flat=True))
    assert seen == {older.ticket_id, moved.ticket_id}
    kept.ticket.refresh_from_db()
    assert kept.ticket.requester_id == stranger.person_id
    assert Session.objects.get(pk=moved.pk).requester_id == known.person_id
    said = Message.objects.get(stream__ticket_id=moved.ticket_id, kind="reply")
    assert said.author_id == known.person_id
    assert WidgetTalk.objects.get(ticket_id=moved.ticket_id).signed


def test_two_open_chats_of_one_customer_become_one(world: World) -> None:
    known, _t = actions.identify(site=world.site, visitor=None, identity=world.token(sub="c-9"))
    open_one = words(world, known)
    other, _t = world.visitor()
    double = words(world, other, "The same, on the telephone.")
    actions.identify(site=world.site, visitor=other, identity=world.token(sub="c-9"))
    assert Session.objects.get(pk=open_one.pk).state == "waiting"
    assert Session.objects.get(pk=double.pk).state == "ticket"


def test_a_known_visitor_who_becomes_another_takes_nothing_along(world: World) -> None:
    ana, _t = actions.identify(site=world.site, visitor=None, identity=world.token(sub="ana"))
    hers = words(world, ana)
    ben, _t = actions.identify(site=world.site, visitor=ana, identity=world.token(sub="ben"))
    assert not visible_tickets(access.actor_of(ben)).exists()
    hers.ticket.refresh_from_db()
    assert hers.ticket.requester_id == ana.person_id != ben.person_id


def test_a_typed_address_is_a_label(world: World) -> None:
    from accounts.models import Person

    owner = Person.objects.create(kind="buyer", name="Owner", email="owner@example.com", created_at=now())
    visitor, _t = world.visitor()
    ticket = actions.leave_ticket(
        visitor=visitor,
        body="Where is it?",
        client_id=str(uuid.uuid4()),
        name="Owner",
        email="Owner@example.com",
    )
    assert ticket.requester_id != owner.pk
    talk = WidgetTalk.objects.get(ticket=ticket)
    assert (talk.name, talk.email, talk.signed) == ("Owner", "owner@example.com", False)
    assert not visible_tickets(access.actor_of(visitor)).exclude(pk=ticket.pk).exists()
    assert list(ticket.copies.values_list("email", flat=True)) == ["owner@example.com"]


@pytest.mark.django_db
def test_unsigned_visitors_are_refused_where_identity_is_required() -> None:
    world = build(identity_required=True)
    visitor, _t = world.visitor()
    with pytest.raises(IdentityRequired):
        words(world, visitor)
    with pytest.raises(IdentityRequired):
        actions.leave_ticket(visitor=visitor, body="Hello", client_id=str(uuid.uuid4()), email="a@b.example")
    known, _t = actions.identify(site=world.site, visitor=visitor, identity=world.token())
    assert words(world, known).state == "waiting"


def test_the_socket_takes_an_access(world: World) -> None:
    visitor, _t = world.visitor()
    who = socket.identify_visitor(access.issue(visitor))
    assert who is not None
    assert (who.person, who.actor.kind, who.actor.id) == (
        visitor.person.public_id,
        "guest",
        visitor.person_id,
    )
    assert who.group == f"visitor-{visitor.pk}"
    assert socket.renew(who) == who
    actions.reset(visitor=visitor)
    assert socket.renew(who) is None
    assert socket.identify_visitor("forged") is None


def test_erasing_a_person_forgets_their_browsers(world: World) -> None:
    known, token = actions.identify(site=world.site, visitor=None, identity=world.token(name="Ana"))
    words(world, known)
    from livechat.privacy import erase, export

    assert export(known.person_id).data["shop_ids"]
    erase(known.person_id)
    assert access.visitor_by_token(world.site, token) is None
    assert not ShopCustomer.objects.exists()
    assert "Ana" not in str(Visitor.objects.values()) + str(WidgetTalk.objects.values())
