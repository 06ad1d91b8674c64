"""A visitor writes: a chat while the desk is open, a ticket while it is not. The page's words go beside it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.errors import Forbidden, Invalid
from livechat.actions.opening import open_chat, subject_of
from livechat.models import Session
from livechat.widget import context as pages
from livechat.widget.access import actor_of
from livechat.widget.claims import label
from livechat.widget.models import Visitor, WidgetTalk
from tickets import actions as tickets
from tickets.actions.tags import change_copies
from tickets.models import Ticket


class IdentityRequired(Forbidden):
    """This shop lets only those write for whom its server vouches."""

    code = "identity_required"
    message = gettext_lazy("Sign in to the shop first: then you can write to us here.")


def start_chat(
    *, visitor: Visitor, body: str, client_id: str, context: object = None, name: str = "", email: str = ""
) -> Session:
    """Put a visitor into the desk's queue. Raises what `open_chat` raises, IdentityRequired, Invalid (`email`)."""
    who = _labels(visitor, name, email)
    with transaction.atomic():
        session = open_chat(
            actor=actor_of(visitor),
            team=visitor.site.team.code,
            body=body,
            category=visitor.site.category.code,
            client_id=client_id,
        )
        _note(visitor, session.ticket, context, who)
    return session


def leave_ticket(
    *,
    visitor: Visitor,
    body: str,
    client_id: str,
    context: object = None,
    name: str = "",
    email: str = "",
    attachment_ids: Any = (),
) -> Ticket:
    """The same words as a ticket, with the promise that a ticket has. A typed address gets the answers by mail.

    Raises what `open_ticket` raises, IdentityRequired, Invalid (`email`).
    """
    who = _labels(visitor, name, email)
    actor = actor_of(visitor)
    with transaction.atomic():
        ticket = tickets.open_ticket(
            actor=actor,
            category=visitor.site.category.code,
            subject=subject_of(body.strip()) if body.strip() else "…",
            body=body,
            channel="web",
            client_id=client_id,
            attachment_ids=attachment_ids,
        )
        _note(visitor, ticket, context, who)
        if who["email"] and not ticket.copies.exists():
            change_copies(actor=actor, ticket=ticket.public_id, add=[who["email"]])
    return ticket


def note_context(*, visitor: Visitor, context: object) -> None:
    """Where the visitor is by now, beside each of their conversations that is not over."""
    said = pages.clean(context)
    if said:
        own = WidgetTalk.objects.filter(visitor=visitor, ticket__closed_at=None)
        own.update(context=said, context_at=now())


def _labels(visitor: Visitor, name: str, email: str) -> dict[str, Any]:
    """Signed ones win; typed ones are labels, and none where the shop wants signed ones alone."""
    if visitor.identified_at is not None:
        return {"name": visitor.name, "email": visitor.email, "signed": True}
    if visitor.site.identity_required:
        raise IdentityRequired()
    typed, address = label(name, 100), label(email, 254).lower()
    if address:
        try:
            validate_email(address)
        except ValidationError:
            words = _("Enter an e-mail address like name@example.com.")
            raise Invalid.field("email", words, code="email") from None
    return {"name": typed or visitor.name, "email": address or visitor.email, "signed": False}


def _note(visitor: Visitor, ticket: Ticket, context: object, who: dict[str, Any]) -> None:
    fields = {"site": visitor.site, "visitor": visitor, "context": pages.clean(context), "context_at": now()}
    WidgetTalk.objects.get_or_create(ticket=ticket, defaults={**fields, **who})
    if not who["signed"]:
        Visitor.objects.filter(pk=visitor.pk).update(name=who["name"], email=who["email"])
