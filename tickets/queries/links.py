"""How a ticket hangs together with others, and what it is marked with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, CharField, Q, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Forbidden, Invalid, NotFound
from tickets.models import Copy, Escalation, Link, Message, MessageKind, Status, Ticket, TicketTag, Watcher
from tickets.permissions import can_work_on
from tickets.queries.access import access_ticket, access_ticket_by_number, visible_tickets
from tickets.queries.searching import find

SHOWN = 20
# What the other ticket is to this one, by the link's kind and this one's side of it.
ROLES = {
    (Link.Kind.MERGE, True): "merged_into",
    (Link.Kind.MERGE, False): "merged_from",
    (Link.Kind.SPLIT, True): "split_from",
    (Link.Kind.SPLIT, False): "split_off",
    (Link.Kind.FOLLOW_UP, True): "follows",
    (Link.Kind.FOLLOW_UP, False): "followed_by",
    (Link.Kind.PROBLEM, True): "problem",
    (Link.Kind.PROBLEM, False): "incident",
}


@dataclass(frozen=True, slots=True)
class Tied:
    """Another ticket and what it is to this one (see ROLES)."""

    role: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Belongings:
    """Marks and ties of one ticket; people by name, `watching`: whoever asks is one of them."""

    tags: list[str]
    watchers: list[tuple[str, str]]  # public id and name
    watching: bool
    copies: list[str]
    tied: list[Tied]
    asked: bool = False  # a question that was not sent back stands or stood on it

    def one(self, role: str) -> Ticket | None:
        """The other ticket in that role, if there is one."""
        return next((tie.ticket for tie in self.tied if tie.role == role), None)

    @property
    def merged_into(self) -> Ticket | None:
        return self.one("merged_into")

    @property
    def problem(self) -> Ticket | None:
        return self.one("problem")

    @property
    def incidents(self) -> int:
        return sum(tie.role == "incident" for tie in self.tied)


def belongings_of(actor: Actor, ticket: Ticket) -> Belongings:
    """Tags, watchers, copies and ties to tickets that this actor sees too. Forbidden for a requester.

    One query; one more where there are ties.
    """
    if not can_work_on(actor, ticket):
        raise Forbidden()
    found: dict[str, list[tuple[str, str]]] = {"tag": [], "copy": [], "watcher": [], "link": [], "asked": []}
    mine = None
    for what, name, more in _marks(ticket):
        if what == "watcher":
            pk, _sep, more = more.partition(" ")
            mine = mine or (pk == str(actor.id))
        found[what].append((name, more))
    return Belongings(
        tags=sorted(name for name, _more in found["tag"]),
        watchers=sorted(found["watcher"], key=lambda one: one[1]),
        watching=bool(mine),
        copies=sorted(name for name, _more in found["copy"]),
        tied=_tied(actor, ticket, found["link"]),
        asked=bool(found["asked"]),
    )


def _marks(ticket: Ticket) -> Iterable[tuple[str, str, str]]:
    """What it is, its name, and more of it: a watcher's key and name, the two ends of a link."""
    on = {"ticket": ticket}
    name = Case(When(person__name="", then="person__email"), default="person__name")
    watcher = Concat(_text("person_id"), Value(" "), name, output_field=CharField())
    ends = Concat(_text("source_id"), Value(" "), _text("target_id"), output_field=CharField())
    asked = Escalation.objects.filter(**on).exclude(state=Escalation.State.RETURNED)
    links = Link.objects.filter(Q(source=ticket) | Q(target=ticket), undone_at=None)
    rows = TicketTag.objects.filter(**on).order_by().values_list(Value("tag"), _text("tag__name"), Value(""))
    return rows.union(
        Copy.objects.filter(**on).order_by().values_list(Value("copy"), _text("email"), Value("")),
        Watcher.objects.filter(**on).order_by().values_list(Value("watcher"), "person__public_id", watcher),
        links.order_by().values_list(Value("link"), _text("kind"), ends),
        asked.order_by().values_list(Value("asked"), Value(""), Value("")),
        all=True,
    )


def _text(name: str) -> Cast:
    return Cast(name, CharField())


def _tied(actor: Actor, ticket: Ticket, links: list[tuple[str, str]]) -> list[Tied]:
    pairs = []
    for kind, ends in links[:SHOWN]:
        source, target = map(int, ends.split())
        out = source == ticket.pk
        pairs.append((ROLES[Link.Kind(kind), out], target if out else source))
    seen = visible_tickets(actor).in_bulk([pk for _role, pk in pairs]) if pairs else {}
    return [Tied(role, seen[pk]) for role, pk in sorted(pairs, key=lambda pair: pair[1]) if pk in seen]


def ticket_named(actor: Actor, raw: object, *, field: str) -> Ticket:
    """A ticket as people name it (#10012, 10012) or by its public id. Invalid that names the field otherwise."""
    name = str(raw or "").strip().removeprefix("#")
    try:
        if name.isascii() and name.isdigit():
            return access_ticket_by_number(actor, int(name))
        return access_ticket(actor, name)
    except NotFound:
        raise Invalid.field(field, _("There is no such ticket."), code="unknown_ticket") from None


def others_of_requester(actor: Actor, ticket: Ticket, text: str = "") -> list[Ticket]:
    """Tickets of the same person that this one could be merged into, the newest first, 20 at most."""
    rows = visible_tickets(actor).filter(requester_id=ticket.requester_id, is_spam=False)
    rows = rows.exclude(pk=ticket.pk).exclude(status=Status.CLOSED)
    name = text.strip().removeprefix("#")
    if name:
        number = Q(pk=int(name)) if name.isascii() and name.isdigit() and len(name) < 18 else Q(pk__in=[])
        rows = rows.filter(number | Q(subject__icontains=name))
    return list(rows.order_by("-pk")[:SHOWN])


def possible_problems(actor: Actor, ticket: Ticket, text: str) -> list[Ticket]:
    """Tickets that this one could be a case of: those that problems are kept on already, or that the words find."""
    if text.strip():
        found = [one.ticket for one in find(actor, text, limit=SHOWN)]
    else:
        known = Link.objects.filter(kind=Link.Kind.PROBLEM, undone_at=None).order_by().values("target_id")
        found = list(visible_tickets(actor).filter(pk__in=known).order_by("-pk")[:SHOWN])
    return [row for row in found if row.pk != ticket.pk]


def spoken_row(actor: Actor, ticket: Ticket, kind: str, seq: int) -> Message:
    """One thing that was said on an accessed ticket, with what it said before; NotFound for anything else."""
    if not can_work_on(actor, ticket):
        raise NotFound()
    rows = Message.objects.select_related("stream__ticket__requester", "author")
    rows = rows.prefetch_related("attachments", "amendments__by").exclude(kind=MessageKind.EVENT)
    found = rows.filter(stream__ticket=ticket, stream__kind=kind, seq=seq).first()
    if found is None or found.data.get("withdrawn"):
        raise NotFound()
    return found
