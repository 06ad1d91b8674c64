"""What this room holds about a person: their marks on answers. Searches are kept without saying by whom."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core import privacy
from core.privacy import Held, Part
from faq.actions import forget_reader
from faq.models import Feedback

KINDS = ("buyer", "guest", "staff")


def readers_of(person_id: int) -> list[str]:
    """The keys under which a person may have left marks."""
    return [f"{kind}:{person_id}" for kind in KINDS]


def held(person_id: int) -> list[Held]:
    """Counts for the page that says what we hold."""
    return [Held(_("Marks on answers"), Feedback.objects.filter(reader__in=readers_of(person_id)).count())]


def export(person_id: int) -> Part:
    """Which article, whether it helped, and the words."""
    rows = Feedback.objects.filter(reader__in=readers_of(person_id)).order_by("at", "pk")
    marks = list(rows.values("article__slug", "helpful", "words", "at"))
    return Part({"feedback": marks} if marks else {})


def erase(person_id: int) -> None:
    """The marks still count, without words and without a reader."""
    forget_reader(readers_of(person_id))


privacy.register("faq", held=held, export=export, erase=erase)
