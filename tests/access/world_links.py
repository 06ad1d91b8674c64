"""What signed links open in the world of the table: whoever holds one is the guest, but for staff."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Person
from orders.actions import propose_change
from tests.factories import actor, make_guest, make_order, make_ticket
from tickets import links
from tickets.actions import post_message, set_status, store_attachment


def by_link(agent: Person, file: SimpleUploadedFile) -> dict[str, dict[str, Any]]:
    """A guest's ticket with a file of the agent's, and a solved one that waits for its mark."""
    guest = make_ticket(make_guest(name="Gus Guest", email="gus@example.com"), subject="By link")
    row = store_attachment(actor=actor(agent), upload=file)
    post_message(
        actor=actor(agent),
        ticket=guest.public_id,
        kind="reply",
        body="See here.",
        attachment_ids=[row.public_id],
    )
    done = make_ticket(guest.requester, subject="Done by link")
    set_status(actor=actor(agent), ticket=done.public_id, status="solved")
    token = links.token_for(guest)
    order = make_order(guest.requester, number="2070")
    asked = make_ticket(guest.requester, subject="Asked by link", order=order)
    proposal = propose_change(
        actor=actor(agent), order_id=order.pk, kind="cancel", words="No stock.", asked_on=asked.public_id
    )
    question = {"token": links.token_for(asked), "public_id": proposal.public_id}
    return {
        "question by link": question,
        "guest by link": {"token": token},
        "guest file by link": {"token": token, "public_id": row.public_id},
        "mark by link": {"token": links.token_for(done, links.MARK)},
        "bad link": {"token": "x"},
    }
