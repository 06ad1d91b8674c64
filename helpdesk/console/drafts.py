"""What stands in the composer when a conversation is opened: one's own drafts, from whatever browser."""

from __future__ import annotations

import json
from typing import Any

from core.actors import Actor
from tickets.actions.drafts import KINDS
from tickets.models import Ticket
from tickets.queries.writing import draft_shape, drafts_of


def drafts_shown(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """`drafts`: by kind, for the template; `drafts_json`: the same for the script that goes on with them."""
    found = drafts_of(actor, ticket)
    shapes = {kind: draft_shape(found.get(kind)) for kind in KINDS}
    return {"drafts": shapes, "drafts_json": json.dumps(shapes)}
