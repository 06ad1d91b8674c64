"""A visitor comes, is vouched for by the shop, signs out. Each new token ends the one before."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction

from accounts import actions as accounts
from accounts.models import Person
from core import live
from core.actors import SYSTEM
from core.clock import now
from core.db import locked
from core.events import on_commit
from livechat.actions.ending import end_chat
from livechat.models import OPEN_STATES, Session
from livechat.widget import claims
from livechat.widget.access import actor_of, new_token
from livechat.widget.models import ShopCustomer, SpentPass, Visitor, WidgetSite, WidgetTalk
from tickets.actions.requesters import move_tickets
from tickets.models import Ticket

SEEN_EVERY = timedelta(minutes=5)
KEPT = timedelta(days=180)  # a browser that did not come back for so long is a new one


def begin(*, site: WidgetSite, language: str = "", timezone: str = "") -> tuple[Visitor, str]:
    """A browser that is new here, as a guest of its own; the token is returned once."""
    with transaction.atomic():
        person = accounts.guest_without_address(actor=SYSTEM, language=language, timezone=timezone)
        return _make(site, person)


def _make(site: WidgetSite, person: Person) -> tuple[Visitor, str]:
    token, digest = new_token()
    at = now()
    fields = {"site": site, "person": person, "digest": digest, "created_at": at, "last_seen": at}
    return Visitor.objects.create(**fields), token


def seen(visitor: Visitor) -> None:
    """It came back; written at most every five minutes."""
    at = now()
    Visitor.objects.filter(pk=visitor.pk, last_seen__lt=at - SEEN_EVERY).update(last_seen=at)


def identify(
    *, site: WidgetSite, visitor: Visitor | None, identity: str, language: str = "", timezone: str = ""
) -> tuple[Visitor, str]:
    """The shop's server vouches for who this browser is: the visitor from now on, with a new token.

    What this visitor wrote until now, and that alone, becomes the customer's. Whoever was vouched for before
    as somebody else takes nothing along. Raises BadIdentity.
    """
    with transaction.atomic():
        said = claims.read(site, identity)
        held = locked(Visitor.objects.filter(pk=visitor.pk, ended_at=None)).first() if visitor else None
        person = _customer(site, said, held, language, timezone)
        if held is None:
            held, token = _make(site, person)
        else:
            if held.identified_at is None and held.person_id != person.pk:
                _bring(held, person)
            token = _renew(held)
        held.person, held.identified_at, held.name, held.email = person, now(), said.name, said.email
        held.save(update_fields=["person", "identified_at", "name", "email"])
        talks = WidgetTalk.objects.filter(visitor=held, ticket__requester=person)
        talks.update(name=said.name, email=said.email, signed=True)
        return held, token


def _customer(
    site: WidgetSite, said: claims.Claims, held: Visitor | None, language: str, timezone: str
) -> Person:
    """The shop's customer; a visitor who is nobody yet becomes the person of a customer who is new."""
    known = ShopCustomer.objects.filter(store=site.store, external_id=said.external_id)
    found = known.select_related("person").first()
    if found is None:
        nobody = held is not None and held.identified_at is None
        person = (
            held.person
            if held is not None and nobody
            else accounts.guest_without_address(actor=SYSTEM, language=language, timezone=timezone)
        )
        fields = {"store": site.store, "external_id": said.external_id}
        try:
            with transaction.atomic():
                found = ShopCustomer.objects.create(**fields, person=person, created_at=now())
        except IntegrityError:
            found = known.select_related("person").get()  # another tab was faster
    accounts.name_guest(actor=SYSTEM, person_id=found.person_id, name=said.name)
    found.person.refresh_from_db()
    return found.person


def _bring(visitor: Visitor, person: Person) -> None:
    """This visitor's own conversations go to the customer; a chat beside one that the customer has open ends."""
    source = visitor.person
    mine = list(WidgetTalk.objects.filter(visitor=visitor).values_list("ticket_id", flat=True))
    chats = Session.objects.filter(ticket_id__in=mine, requester=source)
    theirs = Session.objects.filter(requester=person, state__in=OPEN_STATES).values_list("team_id", flat=True)
    for double in chats.filter(state__in=OPEN_STATES, team_id__in=list(theirs)):
        end_chat(actor=actor_of(visitor), session=double.public_id)
    list(locked(Ticket.objects.filter(pk__in=mine).order_by("pk")).values_list("pk"))
    chats.update(requester=person)
    move_tickets(actor=SYSTEM, tickets=mine, source=source, target=person)


def _renew(visitor: Visitor) -> str:
    """A new token: the old one and every access by it end, and sockets that were opened with them close."""
    token, digest = new_token()
    visitor.digest, visitor.generation = digest, visitor.generation + 1
    visitor.last_seen = now()
    visitor.save(update_fields=["digest", "generation", "last_seen"])
    _close_sockets(visitor)
    return token


def _close_sockets(visitor: Visitor) -> None:
    group, pk = live.group("visitor", visitor.pk), visitor.pk
    on_commit(lambda: live.push(group, {"type": "session.closed", "user_id": -pk}))


def reset(*, visitor: Visitor) -> None:
    """Signed out of the shop: this browser's tokens end. What was written stays with its person."""
    with transaction.atomic():
        held = locked(Visitor.objects.filter(pk=visitor.pk, ended_at=None)).first()
        if held is not None:
            _end(held)


def _end(visitor: Visitor) -> None:
    _renew(visitor)
    visitor.ended_at = now()
    visitor.save(update_fields=["ended_at"])


def forget_person(*, person_id: int) -> None:
    """A person was erased: their browsers are unknown, the shop's id for them and their labels are gone."""
    with transaction.atomic():
        ShopCustomer.objects.filter(person_id=person_id).delete()
        blank = {"name": "", "email": "", "context": {}, "signed": False}
        WidgetTalk.objects.filter(ticket__requester_id=person_id).update(**blank)
        for visitor in locked(Visitor.objects.filter(person_id=person_id).order_by("pk")):
            visitor.name = visitor.email = ""
            visitor.save(update_fields=["name", "email"])
            _end(visitor)


def forget_old() -> int:
    """Identities whose time is over, and the tokens of browsers that stayed away for half a year."""
    at = now()
    gone, _rows = SpentPass.objects.filter(expires_at__lt=at).delete()
    Visitor.objects.filter(ended_at=None, last_seen__lt=at - KEPT).update(ended_at=at)
    return gone
