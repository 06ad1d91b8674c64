"""Macros and views as somebody finds them: their own, their teams', everybody's."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core.actors import Actor
from core.db import locked
from core.errors import NotFound
from tickets import placeholders
from tickets.deed_words import lines_of
from tickets.models import Macro, SavedView, Tag, Ticket


@dataclass(frozen=True, slots=True)
class MacroPreview:
    """What a macro will do on one ticket: its words filled in, its deeds as lines, placeholders without a value."""

    macro: Macro
    body: str
    lines: tuple[str, ...]
    missing: tuple[str, ...]


def _for(actor: Actor) -> Q:
    shared = Q(owner=None, team=None)
    if actor.is_manager:
        return shared | Q(owner=None) | Q(owner_id=actor.id)
    return shared | Q(owner=None, team_id__in=actor.team_ids) | Q(owner_id=actor.id)


def macros_for(actor: Actor, text: str = "") -> QuerySet[Macro]:
    """Active macros, the most used first; `text` narrows by name. None for anybody but staff."""
    rows = Macro.objects.filter(active=True) if actor.is_staff else Macro.objects.none()
    text = text.replace("\x00", " ").strip()
    if text:
        rows = rows.filter(name__icontains=text)
    return rows.filter(_for(actor)).select_related("team", "owner").order_by("-used", "name", "pk")


def access_macro(actor: Actor, macro_id: int, *, lock: bool = False) -> Macro:
    """A macro that this member of staff may use; NotFound otherwise."""
    rows = macros_for(actor).filter(pk=macro_id)
    row = (locked(Macro.objects.filter(pk__in=rows.values("pk"))) if lock else rows).first()
    if row is None:
        raise NotFound()
    return row


def preview_macro(actor: Actor, macro: Macro, ticket: Ticket) -> MacroPreview:
    """Look before using it; nothing is written."""
    filled = placeholders.fill(macro.body, actor=actor, ticket=ticket)
    return MacroPreview(macro, filled.text, tuple(lines_of(macro.deeds)), filled.missing)


def views_for(actor: Actor) -> QuerySet[SavedView]:
    """The views of a member of staff: everybody's, their teams', their own."""
    rows = SavedView.objects.all() if actor.is_staff else SavedView.objects.none()
    return rows.filter(_for(actor)).select_related("team", "owner").order_by("position", "name", "pk")


def access_view(actor: Actor, view_id: int, *, lock: bool = False) -> SavedView:
    """A view that this member of staff may open; NotFound otherwise."""
    rows = views_for(actor).filter(pk=view_id)
    row = (locked(SavedView.objects.filter(pk__in=rows.values("pk"))) if lock else rows).first()
    if row is None:
        raise NotFound()
    return row


def known_tags(text: str, most: int = 8) -> list[str]:
    """Tags that begin with these letters, then those that hold them; none for no letters. Two queries at most."""
    letters = "-".join(text.strip().lower().split())
    if not letters:
        return []
    names = Tag.objects.order_by("name").values_list("name", flat=True)
    found = list(names.filter(name__startswith=letters)[:most])
    if len(found) < most:
        found += names.filter(name__contains=letters).exclude(name__in=found)[: most - len(found)]
    return found
