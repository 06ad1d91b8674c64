"""Macros: words and deeds that staff keep for themselves, their team, or everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.errors import Invalid
from core.text import BODY_LIMIT
from tickets import placeholders
from tickets.actions.deeds import clean_deeds
from tickets.actions.shared import check_mine, clean_name, whose
from tickets.models import Macro
from tickets.queries.kept import access_macro


def save_macro(
    *,
    actor: Actor,
    macro: int | None = None,
    name: str,
    body: str = "",
    as_note: bool = False,
    deeds: Mapping[str, Any] | None = None,
    shared: str = "me",
    team: str = "",
) -> Macro:
    """Keep a macro: its words (with placeholders) and what it does. `shared`: me, team (with its code) or all.

    Anybody of staff keeps their own, a manager those of teams and of everybody. Raises Invalid (fields name,
    body, shared, team, status …), Forbidden, NotFound for another's.
    """
    with transaction.atomic():
        row = access_macro(actor, macro, lock=True) if macro else Macro()
        row.owner_id, row.team = whose(actor, shared, team)
        row.name, row.body, row.as_note = clean_name(name), _body(body), as_note
        row.deeds = clean_deeds(deeds)
        if not row.body and not row.deeds:
            words = _("Give it words, or something to do.")
            raise Invalid.field("body", words, code="empty")
        row.updated_at = now()
        row.save()
    return row


def retire_macro(*, actor: Actor, macro: int) -> None:
    """Offer it no longer. Forbidden for one that is shared, unless a manager asks."""
    with transaction.atomic():
        row = access_macro(actor, macro, lock=True)
        check_mine(actor, row)
        row.active = False
        row.save(update_fields=["active"])


def count_use(macro_id: int) -> None:
    """One more use; the list shows the used ones first."""
    Macro.objects.filter(pk=macro_id).update(used=F("used") + 1)


def _body(raw: str) -> str:
    body = str(raw or "").strip()
    if len(body) > BODY_LIMIT:
        words = _("At most %(most)d characters fit.") % {"most": BODY_LIMIT}
        raise Invalid.field("body", words, code="too_long")
    placeholders.check(body)
    return body
