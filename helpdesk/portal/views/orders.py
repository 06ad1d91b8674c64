"""My orders, an order, calling one off."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.queries import shopper_of
from core.actors import Actor
from core.db import retrying
from core.errors import Conflict, Invalid, NotFound
from core.middleware import flash
from helpdesk.portal import order_page, queries
from helpdesk.portal.promises import late_headline, promises_of
from helpdesk.portal.return_page import public_label, tone
from helpdesk.portal.shell import known_actor, page, slice_of
from helpdesk.portal.timeline import day_counter, timeline_of
from orders.actions import cancel_order as call_off
from orders.changes.models import ChangeProposal
from orders.changes.queries import open_proposals, open_questions
from orders.latin import letters_of
from orders.models import Order, OrderStatus
from orders.queries import access_order, parcels, search_orders, visible_orders, with_parts
from orders.rules import address_choice, cancel_choice
from sla.queries import clocks_of
from tickets.change_words import ask

PAGE = 20
S = OrderStatus
FILTERS = {
    "": (gettext_lazy("All"), ()),
    "open": (gettext_lazy("Being prepared"), (S.AWAITING_PAYMENT, S.UNDER_REVIEW, S.AWAITING_SHIPPING)),
    "on-the-way": (gettext_lazy("On the way"), (S.AWAITING_DELIVERY,)),
    "delivered": (gettext_lazy("Delivered"), (S.DELIVERED,)),
    "ended": (gettext_lazy("Cancelled or returned"), (S.CANCELLED, S.RETURNED)),
}


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """One's orders, newest first: by number, by where they are, older ones by a link."""
    actor = known_actor(request)
    text, chosen = request.GET.get("q", "").strip()[:100], request.GET.get("status", "")
    wanted = FILTERS.get(chosen, FILTERS[""])[1]
    only = Q(status__in=wanted) if wanted else Q()
    rows: QuerySet[Order] = (
        search_orders(actor, text, only=only) if text else visible_orders(actor).filter(only)
    )
    found = slice_of(
        request,
        rows.prefetch_related("lines"),
        by="placed_at",
        size=PAGE,
        finish=lambda shown: queries.cards(shown, actor),
    )
    context = {
        "q": text,
        "chosen": chosen if chosen in FILTERS else "",
        "filters": [(code, words) for code, (words, _statuses) in FILTERS.items()],
        "slice": found,
    }
    return page(request, "orders", context, section="orders")


@require_GET
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """The answer first, then everything about the order on one page."""
    actor = known_actor(request)
    found = order_with_parts(actor, public_id)
    desk = queries.desk_for(queries.desks(), on_order=True)
    context = {**_state(actor, found), "desk": desk, "shopper": shopper_of(found.person_id)}
    return page(request, "order", context, section="orders")


@require_GET
def order_state(request: HttpRequest, public_id: str) -> HttpResponse:
    """The order's part beside a ticket, fetched again when the order changed."""
    actor = known_actor(request)
    return page(request, "_order_side", side_of(actor, order_with_parts(actor, public_id)))


@require_GET
def order_timeline(request: HttpRequest, public_id: str) -> HttpResponse:
    """The timeline alone, fetched again when the order changed."""
    actor = known_actor(request)
    found = access_order(actor, public_id)
    return page(
        request, "_timeline", {"order": found, "timeline": timeline_of(actor, found)}, section="orders"
    )


@require_GET
def order_promises(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was promised, alone, fetched again when the order changed."""
    actor = known_actor(request)
    found = access_order(actor, public_id)
    context = {"order": found, "promises": promises_of(found, clocks_of("order", found.pk))}
    return page(request, "_promises", context, section="orders")


def order_with_parts(actor: Actor, public_id: str) -> Order:
    """An order with lines, addresses, parcels and whether it `asks` something; NotFound when it is not theirs."""
    rows = with_parts(visible_orders(actor)).annotate(asks=Exists(open_questions(OuterRef("pk"))))
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound()
    return found


def _state(actor: Actor, found: Order) -> dict[str, Any]:
    clocks = clocks_of("order", found.pk)
    promise = order_page.open_promise(clocks)
    counted = promise is not None and promise.unit == "working_days" and promise.metric == "delivery"
    lines = list(found.lines.all())
    promised = promises_of(found, clocks)
    address = next((a for a in found.addresses.all() if a.kind == "shipping"), None)
    return {
        "order": found,
        "promise": promise,
        "promises": promised,
        "late": queries.is_late(promise),
        "headline": late_headline(promised) or order_page.headline(found, promise),
        "steps": order_page.steps(found, promise),
        "lines": lines,
        "pieces": sum(line.quantity for line in lines),
        # Staff read a buyer's page; what they do about the order they do in the console.
        "deeds": [] if actor.is_staff and found.person_id != actor.id else order_page.deeds(found, actor),
        "questions": _questions(actor, found),
        "parcels": parcels(found),
        "late_parcels": order_page.late_parcels(actor, found),
        "counter": _bars(*day_counter(promise)) if promise is not None and counted else None,
        "address": address,
        "unreadable": letters_of(address) if address else "",
        "can_readdress": found.person_id == actor.id and address_choice(found).allowed,
        "timeline": timeline_of(actor, found, clocks),
        "returns": [(ret, public_label(ret), tone(ret)) for ret in found.returns.order_by("number")]
        if found.status in (S.DELIVERED, S.RETURNED)
        else [],
    }


def _questions(actor: Actor, found: Order) -> list[tuple[ChangeProposal, str]]:
    """What the shop asks the buyer; staff who read along answer for nobody."""
    if found.person_id != actor.id or not found.asks:  # type: ignore[attr-defined]
        return []
    return [(row, ask(row)) for row in open_proposals(found)]


def _bars(gone: int, most: int, least: int) -> dict[str, Any]:
    """A mark for each working day: gone, then those before the first day of arrival, then the rest."""
    kinds = ["on" if n < gone else "exp" if n < least else "" for n in range(most)]
    return {"gone": min(gone, most), "most": most, "kinds": kinds}


def side_of(actor: Actor, found: Order) -> dict[str, Any]:
    """What stands beside a ticket: steps, the promise, lines, money, what can be done."""
    promise = order_page.open_promise(clocks_of("order", found.pk))
    return {
        "order": found,
        "promise": promise,
        "late": queries.is_late(promise),
        "promised": order_page.promise_words(found, promise),
        "steps": order_page.steps(found, promise),
        "lines": list(found.lines.all()),
        "deeds": [
            deed for deed in order_page.deeds(found, actor) if deed.code in ("cancel", "return", "follow")
        ],
    }


@require_http_methods(["GET", "POST"])
def cancel_order(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks once, then calls the order off; says why not, and what else, when it cannot be."""
    actor = known_actor(request)
    found = access_order(actor, public_id)
    words = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            retrying(call_off, actor=actor, order_id=found.pk, reason=words)
        except (Invalid, Conflict) as error:
            context = {"order": found, "choice": cancel_choice(found), "reason": words, "error": error}
            return page(request, "cancel_order", context, section="orders", status=error.status)
        flash(request, _("Order #%(number)s is cancelled.") % {"number": found.number})
        return redirect("portal:order", public_id)
    context = {"order": found, "choice": cancel_choice(found)}
    return page(request, "cancel_order", context, section="orders")
