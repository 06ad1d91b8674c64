"""A change that the shop proposes, talked through on a ticket: the question, the buyer's answer, what became of it.

The answer goes down to the orders' rules. Each row has an id made from the step, so that a job that runs twice
writes once; the order is locked first, then the ticket.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation

from accounts.queries import actor_of_person
from core import outbox
from core.actors import SYSTEM, Actor
from core.clock import now
from core.errors import Forbidden, NotFound
from orders import actions as orders
from orders.changes.models import ChangeProposal
from orders.changes.queries import access_proposal, open_proposals
from orders.models import OrderRecord
from tickets import change_words as words
from tickets import pushes
from tickets.actions.append import Author, Row, digest_of
from tickets.actions.messages import say
from tickets.actions.opening import open_ticket
from tickets.actions.promises import key_of
from tickets.actions.status import move_status
from tickets.models import Channel, MessageKind, Status, Ticket
from tickets.queries.access import access_ticket

CATEGORY = "order"
ANSWERS = {"accepted": True, "overtaken": True, "declined": False}


def ticket_of_change(row: ChangeProposal) -> Ticket | None:
    """Where it is talked about: the ticket that was opened for it, else the one it was proposed from."""
    rows = Ticket.objects.filter(order_id=row.order_id, requester_id=row.order.person_id)
    made = rows.filter(client_id=key_of("change", row.pk)).order_by("pk").first()
    return made or (rows.filter(public_id=row.asked_on).first() if row.asked_on else None)


def questions_on(ticket: Ticket) -> list[ChangeProposal]:
    """The open questions that the requester of a ticket may answer on it. Two queries where there are any."""
    order = ticket.order
    if order is None or ticket.requester_id != order.person_id:
        return []
    found = open_proposals(order)
    for row in found:
        row.order = order
    return [row for row in found if (told := ticket_of_change(row)) is not None and told.pk == ticket.pk]


def answer_on_ticket(
    *, actor: Actor, ticket: str, proposal: str, yes: bool, said: str = ""
) -> ChangeProposal:
    """The answer of a ticket's requester, also by the link of a mail; as `orders.answer_change`.

    Raises NotFound for a question that was not asked on this ticket, Forbidden for anybody but its requester.
    """
    found = access_ticket(actor, ticket)
    if actor.id != found.requester_id:
        raise Forbidden()
    row = access_proposal(SYSTEM, proposal)
    told = ticket_of_change(row)
    if told is None or told.pk != found.pk:
        raise NotFound()
    buyer = actor_of_person(found.requester)
    return orders.answer_change(actor=buyer, proposal=proposal, yes=yes, words=said)


def tell_change_step(*, proposal_id: int, step: str, seq: int) -> Ticket | None:
    """Write what happened in row `seq` of the order's record on the ticket, which a question opens where needed."""
    with transaction.atomic():
        known = ChangeProposal.objects.filter(pk=proposal_id).values_list("public_id", flat=True).first()
        if known is None:
            return None
        row = access_proposal(SYSTEM, known, lock=True)
        with translation.override(row.order.person.language or "en"):
            return _ask(row) if step == "proposed" else _tell(row, step, seq)


def _ask(row: ChangeProposal) -> Ticket:
    found = ticket_of_change(row)
    body = words.question(row)
    if found is None or found.status == Status.CLOSED or found.merged_into_id:
        return open_ticket(
            actor=SYSTEM, requester=row.order.person, category=CATEGORY, subject=words.subject(row), body=body,
            order=row.order, channel=Channel.SYSTEM, client_id=key_of("change", row.pk),
        )  # fmt: skip
    ticket = access_ticket(SYSTEM, found.public_id, lock=True)
    _say(actor_of_person(row.proposed_by), ticket, body, row, "proposed", now())
    if ticket.is_live and ticket.status != Status.WAITING:
        move_status(SYSTEM, ticket, Status.WAITING, now())
    pushes.changed_everywhere(ticket)
    return ticket


def _tell(row: ChangeProposal, step: str, seq: int) -> Ticket | None:
    found = ticket_of_change(row)
    if found is None:
        return None
    ticket = access_ticket(SYSTEM, found.public_id, lock=True)
    kept = OrderRecord.objects.select_related("detail").get(order_id=row.order_id, seq=seq)
    text = kept.detail.text if hasattr(kept, "detail") else {}
    at = now()
    body = words.outcome(row, step, text.get("why_not", ""), str(kept.data.get("reference") or ""))
    if ticket.status == Status.CLOSED:
        return open_ticket(
            actor=SYSTEM, requester=ticket.requester, category=CATEGORY, subject=ticket.subject, body=body,
            order=row.order, channel=Channel.SYSTEM, client_id=key_of("change-step", row.pk, step),
        )  # fmt: skip
    if step in ANSWERS:
        buyer = actor_of_person(row.order.person)
        said = words.answer(row, yes=ANSWERS[step], said=text.get("words", ""))
        _say(buyer, ticket, said, row, "answer", at)
    _say(SYSTEM, ticket, body, row, step, at)
    if step == "no_answer" and ticket.status in (Status.WAITING, Status.SOLVED):
        move_status(SYSTEM, ticket, Status.OPEN, at)  # somebody must look what to do now
    pushes.changed_everywhere(ticket)
    return ticket


def _say(by: Actor, ticket: Ticket, body: str, row: ChangeProposal, step: str, at: datetime) -> None:
    said = Row(
        Author.of(by), MessageKind.REPLY, "message.replied", Channel.SYSTEM, at,
        body=body, client_id=key_of("change-step", row.pk, step), digest=digest_of(body),
    )  # fmt: skip
    posted = say(by, ticket, said, [])
    if by.is_system:
        mail = {"ticket": ticket.pk, "seq": posted.message.seq}
        outbox.enqueue("ticket.mail", mail, key=f"ticket.mail:{ticket.pk}:{posted.message.seq}")
