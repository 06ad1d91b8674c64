"""The desk's pages about returns. Only who reviews them comes in; for everybody else there is no such page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.actors import Actor
from core.db import retrying
from core.errors import DeskError, Invalid, NotFound, NotSignedIn
from core.middleware import flash
from helpdesk.aftersales import queries
from helpdesk.console.queries import presence_of
from orders import actions
from orders.actions import Checked
from orders.models import Return
from orders.permissions import reviews_returns
from orders.return_queries import access_return

NOT_A_NUMBER = -1


def _desk(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    if not reviews_returns(actor):
        raise NotFound()
    return actor


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Who waits, the nearest due first."""
    return _page(request, _desk(request), "index", {})


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One return."""
    actor = _desk(request)
    return _page(request, actor, "one", queries.shown(actor, public_id))


@require_GET
def refund(request: HttpRequest, public_id: str) -> HttpResponse:
    """Money that a buyer agreed to, with nothing to send back."""
    return _refund_page(request, _desk(request), public_id)


def _refund_page(
    request: HttpRequest, actor: Actor, public_id: str, error: DeskError | None = None
) -> HttpResponse:
    shown = queries.shown_refund(actor, public_id)
    shown["act"] = reverse("aftersales:do_refund", args=[public_id])
    return _page(request, actor, "refund", shown, error, chosen="agreed")


@require_POST
def do_refund(request: HttpRequest, public_id: str) -> HttpResponse:
    """Paid by hand, or sent once more."""
    actor = _desk(request)
    queries.shown_refund(actor, public_id)
    try:
        if _typed(request, "op") == "again":
            retrying(actions.retry_refund, actor=actor, refund=public_id)
        else:
            retrying(
                actions.mark_refunded, actor=actor, refund=public_id, reference=_typed(request, "reference")
            )
    except NotFound:
        raise
    except DeskError as error:
        return _refund_page(request, actor, public_id, error)
    flash(
        request, _("Sent again.") if _typed(request, "op") == "again" else _("Paid back. The buyer is told.")
    )
    return redirect("aftersales:refund", public_id)


def _page(
    request: HttpRequest,
    actor: Actor,
    name: str,
    context: dict[str, Any],
    error: DeskError | None = None,
    chosen: str = "",
) -> HttpResponse:
    chosen = chosen or request.GET.get("show", "")
    chosen = chosen if chosen in queries.FILTERS else ""
    after = request.GET.get("after", "")
    rows, older = ([], "") if chosen == "agreed" else queries.queue(actor, chosen, after)
    context = {
        "waiting": rows,
        "agreed": queries.agreed(actor) if chosen == "agreed" else (),
        "older": older,
        "chosen": chosen,
        "filters": queries.filter_labels(),
        "counts": queries.counts(actor),
        **context,
        "section": "returns",
        "presence": presence_of(actor),
        "error": error,
        "wrong": error.fields if error else {},
        "typed": request.POST,
        "key": uuid.uuid4(),
    }
    return render(request, f"aftersales/{name}.html", context, status=error.status if error else 200)


@require_POST
def do(request: HttpRequest, public_id: str) -> HttpResponse:
    """One step (`op`); a refused form keeps what was typed."""
    actor = _desk(request)
    ret = access_return(actor, public_id)
    step = STEPS.get(request.POST.get("op", ""))
    try:
        if step is None:
            raise Invalid(_("Choose what to do."), code="unknown_step")
        said = step(request, actor, ret)
    except NotFound:
        raise
    except DeskError as error:
        return _page(request, actor, "one", queries.shown(actor, public_id), error)
    flash(request, said)
    return redirect("aftersales:one", public_id)


def _typed(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, ""))


def _ask(request: HttpRequest, actor: Actor, ret: Return) -> str:
    retrying(actions.ask_about_return, actor=actor, ret=ret.public_id, words=_typed(request, "words"))
    return _("Asked. The buyer reads it on the ticket.")


def _approve(request: HttpRequest, actor: Actor, ret: Return) -> str:
    retrying(actions.approve_return, actor=actor, ret=ret.public_id)
    return _("Approved. The buyer is told to send the goods.")


def _propose(request: HttpRequest, actor: Actor, ret: Return) -> str:
    reason, words = _typed(request, "reason"), _typed(request, "words")
    retrying(actions.propose_refusal, actor=actor, ret=ret.public_id, reason=reason, words=words)
    return _("Proposed. It needs another person's agreement before the buyer reads it.")


def _agree(request: HttpRequest, actor: Actor, ret: Return) -> str:
    retrying(actions.agree_to_refusal, actor=actor, ret=ret.public_id)
    return _("Refused by two. The buyer is told why.")


def _decline(request: HttpRequest, actor: Actor, ret: Return) -> str:
    retrying(actions.decline_refusal, actor=actor, ret=ret.public_id, words=_typed(request, "words"))
    return _("Not refused. The review goes on.")


def _receive(request: HttpRequest, actor: Actor, ret: Return) -> str:
    retrying(actions.receive_goods, actor=actor, ret=ret.public_id)
    return _("Received. Check the goods next.")


def _inspect(request: HttpRequest, actor: Actor, ret: Return) -> str:
    found = [_checked(request, line.position) for line in ret.lines.all()]
    retrying(actions.inspect_lines, actor=actor, ret=ret.public_id, lines=found)
    return _("Checked. The refund's time runs from now on.")


def _checked(request: HttpRequest, n: int) -> Checked:
    pieces = _typed(request, f"arrived_{n}").strip()
    arrived = int(pieces) if pieces.isascii() and pieces.isdigit() and len(pieces) < 9 else NOT_A_NUMBER
    condition, finding = _typed(request, f"condition_{n}"), _typed(request, f"finding_{n}")
    return Checked(n, arrived, condition, finding, _typed(request, f"facts_{n}"))


def _refund(request: HttpRequest, actor: Actor, ret: Return) -> str:
    amounts = {line.position: _amount(request, line.position) for line in ret.lines.all()}
    refund = retrying(
        actions.order_refund,
        actor=actor,
        ret=ret.public_id,
        amounts=amounts,
        words=_typed(request, "words"),
        key=_typed(request, "key"),
    )
    by_hand = refund.port == "manual"
    return _("Ordered. Pay it, then confirm it here.") if by_hand else _("Ordered. It is being sent now.")


def _amount(request: HttpRequest, n: int) -> Decimal:
    text = _typed(request, f"amount_{n}").strip() or "0"
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Invalid.field(f"line_{n}", _("Write an amount such as 12.30, not below zero.")) from None


def _confirm(request: HttpRequest, actor: Actor, ret: Return) -> str:
    refund, reference = _typed(request, "refund"), _typed(request, "reference")
    retrying(actions.mark_refunded, actor=actor, refund=refund, reference=reference)
    return _("Paid back. The buyer is told.")


def _again(request: HttpRequest, actor: Actor, ret: Return) -> str:
    retrying(actions.retry_refund, actor=actor, refund=_typed(request, "refund"))
    return _("Sent again.")


Step = Callable[[HttpRequest, Actor, Return], str]
STEPS: dict[str, Step] = {
    "ask": _ask,
    "approve": _approve,
    "propose_refusal": _propose,
    "agree_to_refusal": _agree,
    "decline_refusal": _decline,
    "receive": _receive,
    "inspect": _inspect,
    "refund": _refund,
    "confirm": _confirm,
    "again": _again,
}
