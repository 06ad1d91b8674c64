"""The one write of the editor: only over what the sheet was made from."""

from __future__ import annotations

from django.db import transaction

from core.actors import Actor
from core.db import locked
from core.errors import Conflict, Invalid
from helpdesk.rules.sheets import code_is_taken, print_of
from sla.actions import save_calendar
from sla.drafts import CalendarDraft, draft_of
from sla.models import Calendar


def save_sheet(*, actor: Actor, draft: CalendarDraft, based_on: str | None) -> Calendar:
    """Save what was looked at. `based_on`: the print of the calendar that it was made from, None for a new one.

    Raises Conflict when somebody saved or deleted it meanwhile, Invalid when a new one's code is taken.
    """
    with transaction.atomic():
        there = locked(Calendar.objects.filter(code=draft.code)).first()
        if based_on is None and there is not None:
            raise Invalid.field("code", code_is_taken(), code="taken")
        if based_on is not None and (there is None or print_of(draft_of(there)) != based_on):
            raise Conflict()
        return save_calendar(actor=actor, draft=draft)
