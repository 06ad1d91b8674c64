"""What a lead would ask about, told to its writer before it is done. Whoever is sure goes on, and is flagged."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Conflict
from tickets import placeholders, words
from tickets.models import MessageKind, Status, Ticket
from tickets.queries.service import doubts_about_reply, doubts_about_solving


def check_words(
    actor: Actor, ticket: Ticket, *, kind: str, body: str, has_files: bool = False, status: object = None
) -> None:
    """Conflict `doubts` (with `doubts`: in words) for a message of staff, and for what it solves unanswered.

    Only for staff: nobody is asked about what a buyer writes.
    """
    if not actor.is_staff:
        return
    codes: list[str] = []
    if kind == MessageKind.REPLY:
        codes = doubts_about_reply(actor, ticket, body=body, has_files=has_files)
    elif status == Status.SOLVED:
        codes = doubts_about_solving(actor, ticket)
    _tell(codes, _unfilled(body))


def check_solving(actor: Actor, ticket: Ticket) -> None:
    """Conflict `doubts` where the buyer still waits for an answer."""
    _tell(doubts_about_solving(actor, ticket), [])


def _unfilled(body: str) -> list[str]:
    """Placeholders that a macro left standing."""
    left = [name for name in placeholders.MARK.findall(body) if name in placeholders.VALUES]
    names = ", ".join("{{ " + name + " }}" for name in dict.fromkeys(left))
    return [_("nothing stands in for %(names)s") % {"names": names}] if names else []


def _tell(codes: list[str], more: list[str]) -> None:
    said = [words.name_of(words.FLAG_NAMES, code) for code in codes] + more
    if said:
        message = _("Look at this once more: %(doubts)s.") % {"doubts": "; ".join(said)}
        raise Conflict(message, code="doubts", doubts=said)
