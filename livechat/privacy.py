"""What this room holds about a person: when they were in a chat, and from which shop's page.

What was said stands in the ticket.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core import privacy
from core.privacy import Held, Part
from livechat.models import Session, SignOfLife
from livechat.widget.actions import forget_person
from livechat.widget.models import ShopCustomer, Visitor, WidgetTalk


def held(person_id: int) -> list[Held]:
    """Counts for the page that says what we hold."""
    return [
        Held(_("Times in a live chat"), Session.objects.filter(requester_id=person_id).count()),
        Held(_("Browsers on shops’ pages"), Visitor.objects.filter(person_id=person_id).count()),
    ]


def export(person_id: int) -> Part:
    """Desk, agent and times of each session; `ticket` is the number under which the words stand."""
    rows = Session.objects.filter(requester_id=person_id).order_by("queued_at", "pk")
    named = ("ticket_id", "team__name", "agent__name", "state", "queued_at", "accepted_at", "ended_at")
    found = {
        "chats": list(rows.values(*named)),
        "shop_ids": list(
            ShopCustomer.objects.filter(person_id=person_id).values("store__name", "external_id")
        ),
        "browsers": list(
            Visitor.objects.filter(person_id=person_id)
            .order_by("pk")
            .values("site__name", "name", "email", "created_at", "last_seen")
        ),
        "pages": list(
            WidgetTalk.objects.filter(ticket__requester_id=person_id)
            .order_by("pk")
            .values("ticket_id", "name", "email", "context")
        ),
    }
    return Part({name: rows for name, rows in found.items() if rows})


def erase(person_id: int) -> None:
    """When they were last heard of goes. A session points to a person without a name; closing its ticket ended it."""
    SignOfLife.objects.filter(person_id=person_id).delete()
    forget_person(person_id=person_id)
    Session.objects.filter(requester_id=person_id).update(handed_words="")


privacy.register("livechat", held=held, export=export, erase=erase)
