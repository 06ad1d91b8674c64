"""A return from the application to the goods in our hands: what its buyer does, and what its reviewers do."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actors import Actor
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.text import clean_body
from orders import permissions, rules
from orders.actions.return_photos import FIELD as PHOTOS
from orders.actions.return_photos import bind_photos, clean_photos
from orders.actions.return_steps import drop_promise, for_review, keep, promise_refund, tell
from orders.models import Order, OrderLine, Return, ReturnLine
from orders.queries import access_order, load_parts
from orders.return_queries import access_return
from orders.return_rules import SEEN, check_step, pieces_left, worth_of
from sla.clocks import FAR_FUTURE

S = Return.State
WORDS_LIMIT = 1000
MOST_PIECES = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Pieces of one line (by its position in the order) that the buyer wants to send back, and why."""

    position: int
    quantity: int
    reason: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one line: pieces that arrived, their condition, the reason as we found it, order facts."""

    position: int
    arrived: int
    condition: str
    finding: str = ""
    facts: str = ""


# The buyer ----------------------------------------------------------------------------------------------


def apply_for_return(
    *,
    actor: Actor,
    order_id: int,
    lines: Sequence[Asked],
    photo_ids: Iterable[object] = (),
    client_id: object = None,
) -> Return:
    """Ask to send pieces of a delivered order back; a known `client_id` gives the return that it made.

    Open until the store's day (60) after delivery is over everywhere that counts, see `rules.return_until`.
    Raises NotFound, Forbidden, Conflict (`not_returnable`, with `instead`), Invalid with fields `lines`,
    `line_<position>` and `photos`.
    """
    key, photos = _as_uuid(client_id), clean_photos(photo_ids)
    with transaction.atomic():
        order = load_parts(access_order(actor, order_id=order_id, lock=True))
        if not permissions.can_apply_for_return(actor, order):
            raise Forbidden()
        if key is not None and (first := Return.objects.filter(order=order, client_id=key).first()):
            return first
        choice = rules.return_choice(order, actor)
        if not choice.allowed:
            ways = [code for _label, code in choice.instead]
            raise Conflict(choice.reason, code="not_returnable", instead=ways)
        asked = _check_lines(order, lines)
        _check_photos(asked, photos)
        ret = _create(order, asked, key)
        count = bind_photos(ret, photos, actor=actor)
        words = {str(one.position): one.words for one in asked if one.words}
        pieces = {str(one.position): one.quantity for one in asked}
        tell(ret, "applied", actor=actor, at=ret.applied_at, text=words, pieces=pieces, photos=count)
        return ret


def check_return(
    *, actor: Actor, order_id: int, lines: Sequence[Asked], photo_ids: Iterable[object] = ()
) -> list[Asked]:
    """What `apply_for_return` would take, cleaned, with nothing written. Raises what it raises."""
    order = load_parts(access_order(actor, order_id=order_id))
    if not permissions.can_apply_for_return(actor, order):
        raise Forbidden()
    choice = rules.return_choice(order, actor)
    if not choice.allowed:
        ways = [code for _label, code in choice.instead]
        raise Conflict(choice.reason, code="not_returnable", instead=ways)
    asked = _check_lines(order, lines)
    _check_photos(asked, clean_photos(photo_ids))
    return asked


def _as_uuid(raw: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(raw)) if raw else None
    except ValueError:
        raise Invalid.field("client_id", _("This is no UUID.")) from None


def _check_lines(order: Order, lines: Sequence[Asked]) -> list[Asked]:
    if not lines:
        raise Invalid.field("lines", _("Choose at least one item to send back."), code="no_lines")
    left, known = pieces_left(order), {line.position: line for line in order.lines.all()}
    twice = [position for position, n in Counter(one.position for one in lines).items() if n > 1]
    problems: dict[str, list[str]] = {
        f"line_{position}": [_("This item is listed twice. Put its pieces into one line.")]
        for position in twice
    }
    clean = []
    for one in lines:
        name = f"line_{one.position}"
        try:
            clean.append(_check_line(one, known.get(one.position), left.get(one.position, 0)))
        except Invalid as error:
            problems.setdefault(name, []).extend(str(word) for word in error.fields.get(name, ()))
    if problems:
        raise Invalid(_("Please check what is marked and send it again."), code="bad_lines", fields=problems)
    return clean


def _check_line(one: Asked, line: OrderLine | None, left: int) -> Asked:
    name = f"line_{one.position}"
    if line is None:
        raise Invalid.field(name, _("This item is not of this order."))
    if one.quantity < 1 or one.quantity > MOST_PIECES:
        raise Invalid.field(name, _("Say how many pieces, 1 or more."))
    if one.quantity > left:
        if left == 0:
            raise Invalid.field(name, _("All pieces of this item are being returned already."))
        words = ngettext("Only %(n)d piece can be sent back.", "At most %(n)d pieces can be sent back.", left)
        raise Invalid.field(name, words % {"n": left})
    if one.reason not in ReturnLine.Reason.values:
        raise Invalid.field(name, _("Choose a reason."))
    words = clean_body(one.words, field=name, limit=WORDS_LIMIT) if one.words.strip() else ""
    if one.reason == ReturnLine.Reason.OTHER and not words:
        raise Invalid.field(name, _("Say in a few words why."))
    return Asked(one.position, one.quantity, one.reason, words)


def _check_photos(asked: list[Asked], photos: list[str]) -> None:
    if not photos and any(one.reason in SEEN for one in asked):
        words = _("Add a photograph that shows it: it is how we see what is wrong.")
        raise Invalid.field(PHOTOS, words, code="photo_needed")


def _create(order: Order, asked: list[Asked], key: uuid.UUID | None) -> Return:
    at = now()
    last = Return.objects.filter(order=order).aggregate(n=Max("number"))["n"] or 0
    ret = Return.objects.create(
        order=order, number=last + 1, client_id=key, due_sort=FAR_FUTURE, applied_at=at, updated_at=at
    )
    lines = {line.position: line for line in order.lines.all()}
    ReturnLine.objects.bulk_create(_line(ret, lines[one.position], one) for one in asked)
    return ret


def _line(ret: Return, line: OrderLine, one: Asked) -> ReturnLine:
    return ReturnLine(
        ret=ret,
        position=line.position,
        sku=line.sku,
        name=line.name,
        variant=line.variant,
        quantity=one.quantity,
        worth=worth_of(ret.order, line, one.quantity),
        reason=one.reason,
        words=one.words,
    )


def withdraw_return(*, actor: Actor, ret: str) -> Return:
    """The buyer takes the application back, until the goods are with us; again: nothing happens."""
    with transaction.atomic():
        row = access_return(actor, ret, lock=True)
        if not permissions.can_withdraw_return(actor, row.order):
            raise Forbidden()
        if row.state == S.WITHDRAWN:
            return row
        check_step(row, "withdraw")
        at = now()
        row.state, row.ended_at = S.WITHDRAWN, at
        keep(row, at, "state", "ended_at")
        drop_promise(row, actor=actor, at=at, reason="return.withdrawn")
        tell(row, "withdrawn", actor=actor, at=at)
        return row


def note_answer(*, actor: Actor, return_id: int) -> Return | None:
    """The buyer has answered what was asked: the review goes on. None where nothing was asked."""
    with transaction.atomic():
        public_id = (
            Return.objects.filter(pk=return_id, state=S.ASKED).values_list("public_id", flat=True).first()
        )
        if public_id is None:
            return None
        row = access_return(actor, public_id, lock=True)
        if row.state != S.ASKED:
            return None
        at = now()
        row.state = S.APPLIED
        keep(row, at, "state")
        tell(row, "answered", actor=actor, at=at)
        return row


# Who reviews --------------------------------------------------------------------------------------------


def ask_about_return(*, actor: Actor, ret: str, words: str) -> Return:
    """Ask the buyer something; the words go out on the return's ticket. Raises Invalid (`words`)."""
    text = clean_body(words, field="words", limit=WORDS_LIMIT)
    with transaction.atomic():
        row = for_review(actor, ret, "ask")
        at = now()
        row.state, row.question, row.reviewer_id = S.ASKED, text, actor.id
        keep(row, at, "state", "question", "reviewer")
        tell(row, "asked", actor=actor, at=at, text={"reason": text})
        return row


def approve_return(*, actor: Actor, ret: str) -> Return:
    """The buyer may send the goods; approved already: nothing happens."""
    with transaction.atomic():
        row = access_return(actor, ret, lock=True)
        if row.state == S.APPROVED and permissions.can_review_return(actor, row.order):
            return row
        row = for_review(actor, ret, "approve")
        at = now()
        row.state, row.reviewer_id, row.decided_at = S.APPROVED, actor.id, at
        keep(row, at, "state", "reviewer", "decided_at")
        tell(row, "approved", actor=actor, at=at)
        return row


def receive_goods(*, actor: Actor, ret: str) -> Return:
    """The parcel is here; received already: nothing happens."""
    with transaction.atomic():
        row = access_return(actor, ret, lock=True)
        if row.state == S.RECEIVED and permissions.can_review_return(actor, row.order):
            return row
        row = for_review(actor, ret, "receive")
        at = now()
        row.state, row.received_at = S.RECEIVED, at
        keep(row, at, "state", "received_at")
        tell(row, "received", actor=actor, at=at)
        return row


def inspect_lines(*, actor: Actor, ret: str, lines: Sequence[Checked]) -> Return:
    """What came back, line by line: pieces, condition, the reason as found, order facts. Starts the refund's clock.

    Every line of the return once. Pieces that arrived are refunded or refused by two people: none is left out
    here. Raises Invalid with `lines` or `line_<position>`, Conflict (`return_state`).
    """
    with transaction.atomic():
        row = for_review(actor, ret, "inspect")
        rows = {line.position: line for line in row.lines.all()}
        _check_found(rows, lines)
        at = now()
        for one in lines:
            line = rows[one.position]
            line.arrived, line.condition = one.arrived, one.condition
            line.finding, line.facts = one.finding or line.reason, one.facts.strip()
        ReturnLine.objects.bulk_update(rows.values(), ["arrived", "condition", "finding", "facts"])
        row.state, row.inspected_at = S.INSPECTED, at
        keep(row, at, "state", "inspected_at")
        found: dict[str, Any] = {
            str(one.position): {"arrived": one.arrived, "condition": one.condition} for one in lines
        }
        text = {str(one.position): one.facts.strip() for one in lines}
        promise_refund(row, actor=actor, at=at)
        tell(row, "inspected", actor=actor, at=at, text=text, found=found)
        return row


def _check_found(rows: Mapping[int, ReturnLine], lines: Sequence[Checked]) -> None:
    positions = [one.position for one in lines]
    if sorted(positions) != sorted(rows):
        raise Invalid.field("lines", _("Check every item of the return, each once."), code="bad_lines")
    problems = {f"line_{one.position}": told for one in lines if (told := _wrong(rows[one.position], one))}
    if not problems and not any(one.arrived for one in lines):
        words = _("Nothing came back: there is nothing to refund. Propose a refusal instead.")
        raise Invalid.field("lines", words, code="nothing_came")
    if problems:
        raise Invalid(code="bad_lines", fields=problems)


def _wrong(line: ReturnLine, one: Checked) -> list[str]:
    words = []
    if not 0 <= one.arrived <= line.quantity:
        words.append(_("Between 0 and %(n)d pieces can have arrived.") % {"n": line.quantity})
    if one.condition not in ReturnLine.Condition.values:
        words.append(_("Say in which state it is."))
    elif (one.condition == ReturnLine.Condition.MISSING) != (one.arrived == 0):
        words.append(_("“Not in the parcel” goes with 0 pieces, and only with 0."))
    if one.finding and one.finding not in ReturnLine.Reason.values:
        words.append(_("Choose a reason."))
    if len(one.facts) > WORDS_LIMIT:
        words.append(_("At most %(limit)d characters fit.") % {"limit": WORDS_LIMIT})
    return words
