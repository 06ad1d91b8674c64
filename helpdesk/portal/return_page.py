"""What the pages of a return show a buyer: the form's lines, the steps with dates, the promise. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import DeskError
from helpdesk.portal.promises import by_words, state_of
from helpdesk.templatetags.desk import day
from orders.actions import Asked
from orders.models import Order, OrderLine, Refund, Return, ReturnLine
from orders.return_queries import refund_clock, steps_of
from orders.return_rules import may, pieces_left
from sla.receipts import Line, receipt
from tickets.actions.returns import ticket_of_return

S = Return.State
INVALID_COUNT = -1


# The form -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Row:
    """A line of the order in the form: how many pieces are left, what was typed, what is wrong with it."""

    line: OrderLine
    left: int
    taken: bool = False
    pieces: str = "1"
    reason: str = ""
    words: str = ""
    problems: list[Any] = field(default_factory=list)

    @property
    def reason_label(self) -> str:
        return str(ReturnLine.Reason(self.reason).label) if self.reason in ReturnLine.Reason.values else ""


def rows_of(order: Order, typed: QueryDict, error: DeskError | None = None) -> list[Row]:
    """The form's lines with what was typed; needs the order's lines, asks once for the pieces left."""
    left = pieces_left(order)
    return [_row(line, left[line.position], typed, error) for line in order.lines.all()]


def _row(line: OrderLine, left: int, typed: QueryDict, error: DeskError | None) -> Row:
    n = line.position
    return Row(
        line=line,
        left=left,
        taken=f"take_{n}" in typed,
        pieces=typed.get(f"pieces_{n}", str(left or 1)),
        reason=typed.get(f"reason_{n}", ""),
        words=typed.get(f"words_{n}", ""),
        problems=list(error.fields.get(f"line_{n}", ())) if error else [],
    )


def asked_in(rows: list[Row]) -> list[Asked]:
    """What the form asks for. A count that is no number is refused with the others."""
    return [Asked(row.line.position, _count(row.pieces), row.reason, row.words) for row in rows if row.taken]


def _count(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else INVALID_COUNT


# The return -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """`state`: done, now, todo, bad."""

    label: str
    state: str
    at: datetime | None = None
    by: str = ""


def public_label(ret: Return) -> str:
    """A state as its buyer reads it: a refusal that nobody agreed to yet is a review."""
    if ret.state in (S.APPLIED, S.REFUSAL_PROPOSED):
        return _("In review") if ret.received_at is None else _("Being checked")
    return str(S(ret.state).label)


def tone(ret: Return) -> str:
    """The chip's class."""
    return {S.REFUNDED: "ok", S.APPROVED: "go", S.ASKED: "warn", S.REFUSED: "late"}.get(S(ret.state), "")


def steps(ret: Return, by: str) -> list[Step]:
    """The way from the application to the money, with dates; where it ended early, that is its last step."""
    ended = ret.state in (S.REFUSED, S.WITHDRAWN)
    approved = ret.decided_at if ret.state != S.REFUSED or ret.received_at else None
    marks: list[tuple[str, datetime | None]] = [
        (_("Asked for"), ret.applied_at),
        (_("Approved"), approved),
        (_("Goods with us"), ret.received_at),
        (_("Goods checked"), ret.inspected_at),
        (_("Money back"), ret.ended_at if ret.state == S.REFUNDED else None),
    ]
    done = [Step(label, "done", at) for label, at in marks if at is not None]
    if ended:
        last = _("Refused") if ret.state == S.REFUSED else _("Withdrawn")
        return [*done, Step(last, "bad", ret.ended_at)]
    rest = marks[len(done) :]
    return [*done, *[_ahead(label, index, len(rest), by) for index, (label, _at) in enumerate(rest)]]


def _ahead(label: str, index: int, count: int, by: str) -> Step:
    return Step(label, "now" if index == 0 else "todo", by=by if index == count - 1 else "")


def headline(ret: Return) -> str:
    """What is going on, in one line."""
    return {
        S.APPLIED: _("We are looking at your return"),
        S.REFUSAL_PROPOSED: _("We are looking at your return"),
        S.ASKED: _("We have a question for you"),
        S.APPROVED: _("Please send the goods back"),
        S.REFUSED: _("We could not take this return"),
        S.RECEIVED: _("Your parcel is with us"),
        S.INSPECTED: _("Your refund is next"),
        S.REFUNDED: _("Your money is on its way to you"),
        S.WITHDRAWN: _("You withdrew this return"),
    }[S(ret.state)]


def shown(actor: Actor, ret: Return) -> dict[str, Any]:
    """Everything that the return's page shows; needs its parts."""
    clock = refund_clock(ret)
    by = by_words(clock) if clock and clock.is_open else ""
    ticket = ticket_of_return(ret.pk, ret.order_id)
    lines: list[Line] = receipt(clock, zone=timezone.get_current_timezone_name()) if clock else []
    return {
        "ret": ret,
        "order": ret.order,
        "label": public_label(ret),
        "tone": tone(ret),
        "headline": headline(ret),
        "steps": steps(ret, _("by %(day)s") % {"day": day(clock.due)} if clock and clock.due and by else ""),
        "clock": clock if clock and clock.is_open else None,
        "promised": by,
        "late": clock is not None and clock.is_open and state_of(clock) == "late",
        "receipt": lines,
        "refunds": [one for one in ret.refunds.all() if one.state == Refund.State.DONE],
        "ordered": [one for one in ret.refunds.all() if one.state != Refund.State.DONE],
        "ticket": ticket,
        "history": steps_of(actor, ret),
        "may_withdraw": may(ret, "withdraw") and ret.order.person_id == actor.id,
    }
