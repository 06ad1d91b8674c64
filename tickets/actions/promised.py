"""The answer that a specialist owes: which reply brings it to the buyer."""

from __future__ import annotations

from dataclasses import dataclass

from core.actors import Actor
from core.db import locked
from tickets.actions import clocks
from tickets.models import Escalation, Message, Ticket
from tickets.permissions import can_answer_for


@dataclass(slots=True)
class Promised:
    """An escalation that the next row of the public stream fulfils, with those before it that were given back."""

    escalation: Escalation
    older: list[Escalation]

    def keep(self, actor: Actor, message: Message) -> None:
        """The buyer has the answer by this message. Under the locks of ticket and escalation."""
        if self.escalation.state == Escalation.State.OPEN:
            self.escalation.state = Escalation.State.ANSWERED
            self.escalation.answer = message.body
            self.escalation.specialist_id = actor.id
            self.escalation.answered_at = message.created_at
            self.escalation.save(update_fields=["state", "answer", "specialist", "answered_at"])
        for one in (self.escalation, *self.older):
            clocks.meet_escalation(actor, one, message.created_at)


def promised_answer(actor: Actor, ticket: Ticket) -> Promised | None:
    """The newest escalation that a public reply by this actor settles, locked; None when there is none.

    One that is answered or given back is settled by anybody's reply, an open one by those who were asked.
    """
    rows = Escalation.objects.filter(ticket=ticket).select_related("to_team").order_by("-pk")
    found = list(locked(rows))
    if not found:
        return None
    newest, *older = found
    asked = newest.state == Escalation.State.OPEN
    return Promised(newest, older) if not asked or _was_asked(actor, newest) else None


def _was_asked(actor: Actor, escalation: Escalation) -> bool:
    return can_answer_for(actor, escalation.to_team) and actor.id != escalation.from_person_id
