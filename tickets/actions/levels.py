"""What happens when a broken promise reaches a level of its policy: tell, hand over, rank higher, ask further up.

Each level of a clock for one due is carried out once: its row on the staff's stream is the mark. It runs as
SYSTEM, after the news, so the world may have moved on; then the row says that nothing was left to do.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, Person, Team
from accounts.queries import leads_of
from core import outbox
from core.actors import SYSTEM
from core.clock import now
from sla.models import Clock, ClockState, Metric
from sla.queries import current_version, quote, work_calendar
from sla.worktime import NeverOpen
from tickets import pushes, words
from tickets.actions.append import add_event, find_event
from tickets.actions.assignment import LADDER, give, rank
from tickets.actions.clocks import facts_of
from tickets.actions.escalations import ask_for
from tickets.models import Escalation, Priority, Ticket
from tickets.queries.access import access_ticket

NAMESPACE = uuid.UUID("2f4c1a56-0c0d-4b57-9a54-5a2d4d0f3b11")  # of ids that the machine gives its own rows
VERB = "clock.level"
ANSWER_TIME = 8 * 3600  # desk seconds for an answer where no policy says how long one may take


@dataclass(frozen=True, slots=True)
class Level:
    """A level that was reached: of which clock, for which due, what it does, and to whom or what."""

    clock_id: int
    number: int
    metric: str
    due: datetime
    act: str
    to: str

    @property
    def key(self) -> uuid.UUID:
        """The id of its row: one for each clock, level and due."""
        return uuid.uuid5(NAMESPACE, f"level:{self.clock_id}:{self.number}:{self.due.isoformat()}")


def act_on_level(*, ticket_id: int, level: Level) -> Ticket | None:
    """Carry out a level on its ticket, once, and write down policy, level and due. None: there is no such ticket.

    A priority is raised, never lowered; nothing is done to a ticket that is solved, or whose promise was met
    or put off meanwhile, but the row is written. What was promised to the buyer stands.
    """
    public_id = Ticket.objects.filter(pk=ticket_id).values_list("public_id", flat=True).first()
    if public_id is None:
        return None
    with transaction.atomic():
        row = access_ticket(SYSTEM, public_id, lock=True)
        if find_event(row, level.key, "staff"):
            return row
        clock = Clock.objects.select_related("policy_version__policy").filter(pk=level.clock_id).first()
        matters = row.is_live and clock is not None and clock.state == ClockState.BREACHED
        plan = _PLANS[level.act](row, level) if matters else Plan()
        _write(row, level, clock, plan)
        if plan.carry_out is not None:
            plan.carry_out()
        _tell(row, level, plan.people)
        pushes.changed_everywhere(row)
    return row


@dataclass(frozen=True, slots=True)
class Plan:
    """What a level comes to on this ticket: a deed, people to be told, names for the row. Blank: nothing to do."""

    carry_out: Callable[[], object] | None = None
    people: tuple[Person, ...] = ()
    names: str = ""

    @property
    def is_blank(self) -> bool:
        return self.carry_out is None and not self.people


def _write(ticket: Ticket, level: Level, clock: Clock | None, plan: Plan) -> None:
    version = clock.policy_version if clock else None
    data = {
        "policy": version.policy.name if version else "",
        "level": level.number,
        "metric": level.metric,
        "due": level.due.isoformat(),
        "act": level.act,
        "to": level.to,
        "names": plan.names,
        "done": not plan.is_blank,
    }
    add_event(ticket, actor=SYSTEM, verb=VERB, data=data, stream="staff", client_id=level.key)


def _tell(ticket: Ticket, level: Level, people: Iterable[Person]) -> None:
    """A hint to their screens now, and a mail to each; both after commit."""
    for person in people:
        pushes.person_told(person.pk, ticket)
        payload = {
            "ticket": ticket.pk,
            "person": person.pk,
            "metric": level.metric,
            "due": level.due.isoformat(),
            "level": level.number,
        }
        outbox.enqueue("ticket.level_mail", payload, key=f"level.mail:{level.key}:{person.pk}")


# Whom ----------------------------------------------------------------------------------------------------


def _members(**narrowed: object) -> list[Person]:
    rows = Membership.objects.filter(person__erased_at=None, **narrowed).select_related("person")
    return list({row.person_id: row.person for row in rows.order_by("person__name", "pk")}.values())


def _managers() -> list[Person]:
    return _members(role=Membership.Role.MANAGER)


def _leads(ticket: Ticket) -> list[Person]:
    """Who leads the desk; where nobody does, the managers."""
    return leads_of(ticket.team_id) or _managers()


def people_meant(ticket: Ticket, to: str) -> list[Person]:
    """Whom a level means; a ticket that nobody has taken is its lead's affair."""
    if to == "assignee":
        return [ticket.assignee] if ticket.assignee else _leads(ticket)
    if to == "lead":
        return _leads(ticket)
    if to == "managers":
        return _managers()
    return _members(team__code=to.removeprefix("team:"))


def names_of(people: Iterable[Person]) -> str:
    """Their names in one line."""
    return ", ".join(person.display_name for person in people)


# What ----------------------------------------------------------------------------------------------------


def _plan_tell(ticket: Ticket, level: Level) -> Plan:
    people = tuple(people_meant(ticket, level.to))
    return Plan(people=people, names=names_of(people))


def _plan_reassign(ticket: Ticket, level: Level) -> Plan:
    """To the desk's lead, or to another desk's pool. Where it is theirs already there is nothing to do."""
    if level.to == "lead":
        leads = leads_of(ticket.team_id)
        if not leads or ticket.assignee_id in [lead.pk for lead in leads]:
            return Plan()
        lead = leads[0]
        return Plan(lambda: hand_over(ticket, lead, ticket.team), (lead,), lead.display_name)
    team = Team.objects.filter(code=level.to.removeprefix("team:")).first()
    if team is None or team.pk == ticket.team_id:
        return Plan()
    return Plan(lambda: hand_over(ticket, None, team), (), team.name)


def hand_over(ticket: Ticket, person: Person | None, team: Team) -> None:
    """By the machine, under the ticket's lock."""
    give(SYSTEM, ticket, person, team, now(), verb="ticket.assigned")


def _plan_priority(ticket: Ticket, level: Level) -> Plan:
    if LADDER.index(Priority(ticket.priority)) >= LADDER.index(Priority(level.to)):
        return Plan()
    return Plan(lambda: rank(SYSTEM, ticket, level.to, now(), why="breach"))


def _plan_escalate(ticket: Ticket, level: Level) -> Plan:
    """A question to the first team of that tier, in the name of whoever has the ticket. One is open at most."""
    team = Team.objects.select_related("calendar").filter(tier=int(level.to.removeprefix("tier:")))
    asked = team.order_by("position", "pk").first()
    is_open = Escalation.objects.filter(ticket=ticket, state=Escalation.State.OPEN).exists()
    asker = asker_for(ticket, asked) if asked else None
    if asked is None or asker is None or is_open:
        return Plan()
    at = now()
    promised_for = answer_by(ticket, asked, at)
    if promised_for is None:
        return Plan()
    told = {"metric": words.name_of(words.METRIC_NAMES, level.metric)}
    told["due"] = words.instant(level.due, asked.calendar.timezone)
    question = _("Promise broken: %(metric)s was due %(due)s. Please see to it that it is kept.") % told
    checked = _("Asked by the policy’s level %(n)d; nobody has checked anything yet.") % {"n": level.number}
    return Plan(
        lambda: ask_for(
            asker, ticket, question=question, checked=checked, team=asked, promised_for=promised_for, at=at
        ),
        names=asked.name,
    )


def asker_for(ticket: Ticket, asked: Team) -> Person | None:
    """In whose name: never one of those who are asked, since nobody answers oneself."""
    theirs = {person.pk for person in _members(team=asked)}
    found = [ticket.assignee] if ticket.assignee else []
    found += [*leads_of(ticket.team_id), *_members(team_id=ticket.team_id), *_managers()]
    return next((person for person in found if person.pk not in theirs), None)


def answer_by(ticket: Ticket, asked: Team, at: datetime) -> datetime | None:
    """By when the policy wants such an answer, in the hours of those who are asked."""
    told = quote(
        facts=facts_of(ticket), calendar_id=asked.calendar_id, metric=Metric.ESCALATION_ANSWER, at=at
    )
    if told is not None and told.due > at:
        return told.due
    try:
        return work_calendar(current_version(asked.calendar_id)).add(at, ANSWER_TIME)
    except NeverOpen:
        return None


_PLANS: dict[str, Callable[[Ticket, Level], Plan]] = {
    "tell": _plan_tell,
    "reassign": _plan_reassign,
    "priority": _plan_priority,
    "escalate": _plan_escalate,
}
