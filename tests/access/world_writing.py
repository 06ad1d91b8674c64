"""What somebody writes in the world of the table: a reply that is on its way, a macro of everybody's."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.models import Person
from tests.factories import actor
from tickets.actions.held import send_reply
from tickets.actions.macros import save_macro


def writing(*, people: dict[str, Person], ticket: str, number: int) -> dict[str, dict[str, Any]]:
    """The agent's reply waits its ten seconds; a manager keeps the macro."""
    held = send_reply(
        actor=actor(people["agent"]), ticket=ticket, body="It went out.", client_id=uuid.uuid4()
    )
    macro = save_macro(actor=actor(people["manager"]), name="Thanks", body="Thank you.", shared="all")
    return {
        "held": {"public_id": ticket, "held": held.public_id, "number": number},
        "macro": {"public_id": ticket, "macro_id": macro.pk},
    }
