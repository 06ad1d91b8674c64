"""An answer that is worth keeping becomes the draft of an article."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Forbidden, Invalid
from core.ids import new_public_id
from faq.actions import save_article
from faq.models import Article, Category
from tickets import pushes
from tickets.actions.append import add_event
from tickets.models import Escalation, Message, MessageKind, Ticket
from tickets.permissions import can_work_on
from tickets.queries.access import access_ticket


def make_article(
    *, actor: Actor, ticket: str, title: str, category: str, seq: int | None = None, body: str = ""
) -> Article:
    """A draft article of a reply of staff (`seq` in the public stream), or of the last escalation that was answered,
    with its words or, where `body` says them anew, without what names the buyer. A manager publishes it; the
    ticket's record says where it is.

    Raises Invalid (fields title, category, seq, body), NotFound, Forbidden for a requester.
    """
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        if not can_work_on(actor, row):
            raise Forbidden()
        if not Category.objects.filter(slug=category).exists():
            raise Invalid.field("category", _("Choose where it belongs."), code="unknown_category")
        words = _words_of(row, seq)
        article = save_article(
            actor=actor,
            category=category,
            title=title,
            body=body if body.strip() else words,
            slug=f"{slugify(title)[:80] or 'answer'}-{new_public_id()[:6].lower()}",
            language=row.language or "en",
            status=Article.Status.DRAFT,
        )
        data = {"slug": article.slug, "title": title.strip(), **({"seq": seq} if seq else {})}
        add_event(row, actor=actor, verb="ticket.article", data=data, stream="staff", at=now())
        pushes.ticket_changed(row)
    return article


def _words_of(ticket: Ticket, seq: int | None) -> str:
    if seq is None:
        answered = Escalation.objects.filter(ticket=ticket).exclude(answer="").order_by("-pk").first()
        words = answered.answer if answered else ""
    else:
        rows = Message.objects.filter(
            stream__ticket=ticket, stream__kind="public", seq=seq, author_kind="staff"
        )
        words = rows.filter(kind=MessageKind.REPLY).values_list("body", flat=True).first() or ""
    if not words:
        raise Invalid.field("seq", _("Choose an answer that staff gave."), code="no_answer")
    return words
