"""What this room holds about a person: when they were in a chat. What was said stands in the ticket."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core import privacy
from core.privacy import Held, Part
from livechat.models import Session, SignOfLife


def held(person_id: int) -> list[Held]:
    """Counts for the page that says what we hold."""
    return [Held(_("Times in a live chat"), Session.objects.filter(requester_id=person_id).count())]


def export(person_id: int) -> Part:
    """Desk, agent and times of each session; `ticket` is the number under which the words stand."""
    rows = Session.objects.filter(requester_id=person_id).order_by("queued_at", "pk")
    named = ("ticket_id", "team__name", "agent__name", "state", "queued_at", "accepted_at", "ended_at")
    chats = list(rows.values(*named))
    return Part({"chats": chats} if chats else {})


def erase(person_id: int) -> None:
    """When they were last heard of goes. A session points to a person without a name; closing its ticket ended it."""
    SignOfLife.objects.filter(person_id=person_id).delete()


privacy.register("livechat", held=held, export=export, erase=erase)
