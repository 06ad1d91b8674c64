"""What staff work with in the table's world, and the rows of its ticket that something is done to."""

from __future__ import annotations

from typing import Any

from accounts.models import Person
from core.clock import now
from orders.actions import propose_change, save_address
from tests.factories import actor
from tickets.actions import set_status
from tickets.actions.bulk import change_many
from tickets.actions.held import send_reply
from tickets.actions.macros import save_macro
from tickets.actions.merging import merge_tickets
from tickets.actions.rule_keeping import save_rule
from tickets.actions.views import save_view
from tickets.models import Flag, HeldReply, Message

ACTS = ("tags", "merge", "hand", "propose", "refund", "note", "resend")
KEY = "0b6f7c55-60a4-4d0f-8a30-7f0d6d5f2b10"


def merge(world: Any) -> None:
    """The agent merges the ticket into another one of the buyer's."""
    pair = {"source": world.of["ticket"]["public_id"], "target": world.of["asked"]["public_id"]}
    merge_tickets(actor=actor(world.people["agent"]), **pair)


def close(world: Any) -> None:
    """The agent closes the ticket."""
    set_status(actor=actor(world.people["agent"]), ticket=world.of["ticket"]["public_id"], status="closed")


def work_of(world: Any) -> dict[str, dict[str, Any]]:
    """The parameters of each thing: rows of the ticket, dialogs, macro and view of everybody's, the agent's work."""
    agent, manager = actor(world.people["agent"]), actor(world.people["manager"])
    number, ticket = world.of["ticket"]["number"], world.of["ticket"]["public_id"]
    note = Message.objects.get(kind="note", author=world.people["agent"])
    macro = save_macro(actor=manager, name="Sorry", body="We look into it.", shared="all")
    view = save_view(actor=manager, name="All that lives", filters={"status": ["live"]}, shared="all")
    job = change_many(actor=agent, tickets=[ticket], change={"priority": "low"})
    held = send_reply(actor=agent, ticket=ticket, body="It is on its way.", client_id=KEY)
    assert isinstance(held, HeldReply)
    flag = Flag.objects.create(
        message=note, ticket_id=number, author=world.people["agent"], reasons=["empty"], at=now()
    )
    rule = save_rule(
        actor=manager,
        code="complaint",
        name="Complaints",
        on="opened",
        match={"category": ["complaint"]},
        acts=[{"act": "priority", "to": "high"}],
    )
    order = world.of["order"]["row"]
    proposal = propose_change(actor=agent, order_id=order.pk, kind="cancel", words="No stock.")
    return {
        "proposal": {"public_id": proposal.public_id},
        "a buyer": {"public_id": world.people["buyer"].public_id},
        "kept address": {"public_id": _address(world.people["buyer"])},
        "rule": {"code": rule.code},
        "colleague": {"public_id": world.people["other"].public_id},
        "noted": {"form": {"stream": "staff", "seq": note.seq}},
        "said": {"number": number, "kind": "public", "seq": 2},
        **{f"act {what}": {"number": number, "what": what} for what in ACTS},
        "kept macro": {"macro": macro.pk, "pk": macro.pk, "number": number},
        "view": {"view": view.pk, "pk": view.pk},
        "bulk": {"public_id": job.public_id},
        "held reply": {"public_id": held.public_id},
        "flag": {"flag": flag.pk, "pk": flag.pk},
    }


def _address(person: Person) -> str:
    fields = {"line1": "1 Rynok Sq", "city": "Lviv", "country": "Ukraine"}
    return save_address(actor=actor(person), fields=fields).public_id
