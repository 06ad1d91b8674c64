"""Asking those who know: a question in detail, a time that the buyer is told, an answer through a person."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Person, Team
from accounts.queries import team_by_code
from core.actors import SYSTEM, Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.events import publish
from core.text import clean_body
from tickets import pushes
from tickets.actions import clocks
from tickets.actions.append import (
    Author,
    Posted,
    Row,
    add_event,
    as_client_id,
    digest_of,
    find_replay,
    stream_of,
)
from tickets.actions.messages import say
from tickets.events import EscalationAnswered, EscalationRaised
from tickets.models import LIVE_STATUSES, Channel, Escalation, MessageKind, Ticket
from tickets.permissions import can_answer_for, can_work_on
from tickets.queries.access import access_ticket

QUESTION_LEAST = 20
WORDS_LIMIT = 1000


def escalate_ticket(
    *,
    actor: Actor,
    ticket: str,
    question: str,
    checked: str,
    to_team: str,
    promised_for: datetime,
    tell_buyer: str = "",
) -> Escalation:
    """Ask a specialists' team, and tell the buyer by when the complete answer comes, in one step.

    `promised_for` is aware and lies ahead; a clock runs towards it. Raises Invalid (fields question under
    20 characters, checked, to_team, promised_for, tell_buyer), NotFound, Forbidden, Conflict
    `already_escalated` or `closed_ticket`.
    """
    asked = _question(question)
    facts = clean_body(checked, field="checked")
    words = clean_body(tell_buyer, field="tell_buyer", limit=WORDS_LIMIT) if tell_buyer.strip() else ""
    team = find_team(to_team)
    at = now()
    _check_ahead(promised_for, at)
    try:
        with transaction.atomic():
            row = _workable(actor, ticket)
            return _raise(actor, row, asked, facts, team, promised_for, words, at)
    except IntegrityError:
        raise _already() from None


def _question(raw: str) -> str:
    asked = clean_body(raw, field="question")
    if len(asked) < QUESTION_LEAST:
        words = _("Ask in detail: at least %(n)d characters.") % {"n": QUESTION_LEAST}
        raise Invalid.field("question", words, code="too_short")
    return asked


def find_team(code: str) -> Team:
    """A team that may be asked; Invalid (field to_team) for any other."""
    try:
        team = team_by_code(code)
    except NotFound:
        team = None
    if team is None or team.tier < Team.Tier.SPECIALIST:
        raise Invalid.field("to_team", _("Choose a team of specialists."), code="unknown_team")
    return team


def _check_ahead(promised_for: datetime, at: datetime) -> None:
    if promised_for.utcoffset() is None or promised_for <= at:
        words = _("Choose a time that lies ahead: the buyer is told it.")
        raise Invalid.field("promised_for", words, code="past")


def _workable(actor: Actor, public_id: str) -> Ticket:
    ticket = access_ticket(actor, public_id, lock=True)
    if not can_work_on(actor, ticket) or not actor.is_known:
        raise Forbidden()
    if ticket.status not in LIVE_STATUSES:
        raise Conflict(_("This ticket is solved. Open it again first."), code="closed_ticket")
    return ticket


def _already() -> Conflict:
    return Conflict(_("A specialist is asked already."), code="already_escalated")


def _raise(
    actor: Actor,
    ticket: Ticket,
    asked: str,
    facts: str,
    team: Team,
    promised_for: datetime,
    words: str,
    at: datetime,
    asker_id: int | None = None,
) -> Escalation:
    if Escalation.objects.filter(ticket=ticket, state=Escalation.State.OPEN).exists():
        raise _already()
    escalation = Escalation.objects.create(
        ticket=ticket,
        question=asked,
        checked=facts,
        from_person_id=asker_id or actor.id,
        to_team=team,
        promised_for=promised_for,
        created_at=at,
    )
    told = {"promised_for": promised_for.isoformat(), **({"words": words} if words else {})}
    add_event(ticket, actor=actor, verb="ticket.escalated", data=told, at=at)
    inner = {**told, "team": team.code, "team_name": team.name, "question": asked, "checked": facts}
    add_event(ticket, actor=actor, verb="escalation.asked", data=inner, stream="staff", at=at)
    clocks.start_escalation(actor, escalation, at)
    publish(EscalationRaised(ticket.pk, escalation.pk))
    pushes.changed_everywhere(ticket, also_teams=[team.pk])
    return escalation


def ask_for(
    asker: Person,
    ticket: Ticket,
    *,
    question: str,
    checked: str,
    team: Team,
    promised_for: datetime,
    at: datetime,
) -> Escalation:
    """SYSTEM asks in the name of a member of staff, who gets the answer. The caller holds the ticket's lock.

    Raises Conflict `already_escalated`.
    """
    return _raise(SYSTEM, ticket, question, checked, team, promised_for, "", at, asker.pk)


def open_one(actor: Actor, ticket: Ticket) -> Escalation:
    """The open question under its lock; Forbidden for those who were not asked, Conflict when there is none."""
    rows = Escalation.objects.filter(ticket=ticket, state=Escalation.State.OPEN).select_related("to_team")
    found = locked(rows).first()
    if not can_work_on(actor, ticket):
        raise Forbidden()
    if found is None:
        raise Conflict(_("No question is open on this ticket."), code="not_escalated")
    if not can_answer_for(actor, found.to_team):
        raise Forbidden(_("Only the team that was asked answers."))
    found.ticket = ticket
    return found


def answer_escalation(
    *, actor: Actor, ticket: str, answer: str, send_to_buyer: bool, client_id: object = None
) -> Posted:
    """Answer the open question: to the buyer at once, or to the colleague who asked, as a note.

    The escalation's clock is met when the buyer has the answer: now, or by the next public reply of staff.
    A known `client_id` gives the row it wrote. Raises Invalid (field answer), NotFound, Forbidden, Conflict
    `not_escalated` or `closed_ticket`, IdempotencyConflict.
    """
    words, key = clean_body(answer, field="answer"), as_client_id(client_id)
    kind = MessageKind.REPLY if send_to_buyer else MessageKind.NOTE
    verb = "message.replied" if send_to_buyer else "escalation.answered"
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        digest = digest_of("answer", kind, words)
        said = Row(Author.of(actor), kind, verb, Channel.WEB, now(), body=words, client_id=key, digest=digest)
        stream = stream_of(row, "public" if send_to_buyer else "staff")
        if (first := find_replay(stream, said)) is not None:
            return Posted(first, True)
        escalation = open_one(actor, row)
        _settle(actor, escalation, Escalation.State.ANSWERED, words, said.at)
        posted = say(actor, row, said, [])
        if not send_to_buyer:
            publish(EscalationAnswered(row.pk, escalation.pk))
        _tell_asker(escalation, row)
    return posted


def return_escalation(*, actor: Actor, ticket: str, words: str) -> Escalation:
    """Give a question back with the reason. What the buyer was told stands: the next public reply settles it.

    Raises Invalid (field words), NotFound, Forbidden, Conflict `not_escalated`.
    """
    reason = clean_body(words, field="words", limit=WORDS_LIMIT)
    with transaction.atomic():
        row = access_ticket(actor, ticket, lock=True)
        escalation, at = open_one(actor, row), now()
        _settle(actor, escalation, Escalation.State.RETURNED, "", at)
        data = {"words": reason}
        add_event(row, actor=actor, verb="escalation.returned", data=data, stream="staff", at=at)
        _tell_asker(escalation, row)
    return escalation


def _settle(actor: Actor, escalation: Escalation, state: str, answer: str, at: datetime) -> None:
    escalation.state, escalation.answer, escalation.answered_at = state, answer, at
    escalation.specialist_id = actor.id
    escalation.save(update_fields=["state", "answer", "answered_at", "specialist"])


def _tell_asker(escalation: Escalation, ticket: Ticket) -> None:
    pushes.person_told(escalation.from_person_id, ticket)
    pushes.changed_everywhere(
        ticket, also_teams=[escalation.to_team_id], also_people=[escalation.from_person_id]
    )
