"""Contact us: one form for everybody, with an account or without."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import guest_for
from accounts.models import Person
from accounts.queries import actor_of_person
from core.actors import Actor
from core.db import retrying
from core.errors import DeskError, TooFast
from helpdesk.portal import queries
from helpdesk.portal.forms import ContactForm
from helpdesk.portal.shell import actor_of, page, refuse
from helpdesk.portal.views.help import language
from helpdesk.portal.views.new import quote_context
from orders.models import Order
from orders.queries import access_order
from tickets.actions import open_ticket
from tickets.models import Ticket
from tickets.queries import categories

MOST = 5  # letters from one address
WITHIN = 600  # seconds
SENT = "contact_sent"


@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Name, address, what it is about. A machine that fills in the hidden field is thanked and forgotten."""
    actor = actor_of(request)
    if request.method == "GET":
        return _form_page(request, ContactForm(initial=_start(request, actor)), status=200)
    form = ContactForm(request.POST)
    if form.data.get("website"):
        return redirect("portal:thanks")
    if not form.is_valid():
        return _form_page(request, form, status=400)
    try:
        _slow_down(request)
        made = _send(request, actor, form)
    except DeskError as error:
        return _form_page(request, form, status=refuse(form, error))
    request.session[SENT] = {"number": made.number, "email": form.cleaned_data["email"]}
    return redirect("portal:thanks")


def _start(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    person: Person | None = getattr(request.user, "person", None) if actor.is_known else None
    known = {"name": person.display_name, "email": person.email} if person else {}
    return {"client_id": uuid.uuid4(), "category": request.GET.get("category", ""), **known}


def _form_page(request: HttpRequest, form: ContactForm, *, status: int) -> HttpResponse:
    topics = list(categories())
    code = str(form["category"].value() or "")
    chosen = next((row for row in topics if row.code == code), topics[0] if topics else None)
    context = {
        "form": form,
        "desk": queries.desk_for(queries.desks(), on_order=False),
        **quote_context(request, actor_of(request), chosen, None),
    }
    return page(request, "contact", context, section="contact", status=status)


def _slow_down(request: HttpRequest) -> None:
    """At most five letters in ten minutes from one network address."""
    key = f"contact:{get_adapter().get_client_ip(request)}"
    cache.add(key, 0, WITHIN)
    try:
        count = cache.incr(key)
    except ValueError:  # it ran out between the two steps
        count = 1
    if count > MOST:
        words = _("That were many letters in a short time. Try again in ten minutes; your text stays here.")
        raise TooFast(words, retry_after_ms=WITHIN * 1000)


def _send(request: HttpRequest, actor: Actor, form: ContactForm) -> Ticket:
    data = form.cleaned_data
    person = _person(request, actor, data)
    about = _order_of(person, data["number"])
    body = data["body"]
    if data["number"] and about is None and body.strip():
        body = _("Order number given: %(number)s") % {"number": data["number"]} + f"\n\n{body}"
    return retrying(
        open_ticket,
        actor=actor,
        requester=None if actor.is_known and not actor.is_staff else person,
        category=data["category"],
        subject=data["subject"],
        body=body,
        order=about,
        client_id=data["client_id"] or uuid.uuid4(),
        language=language(),
    )


def _person(request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Person:
    if actor.is_known and not actor.is_staff:
        return Person.objects.get(pk=actor.id)
    return retrying(
        guest_for,
        actor=actor,
        email=data["email"],
        name=data["name"],
        language=language(),
        timezone=request.COOKIES.get("tz", ""),
    )


def _order_of(person: Person, number: str) -> Order | None:
    """The order that was named, when it is this person's own; what a stranger names proves nothing."""
    if not number.strip():
        return None
    try:
        return access_order(actor_of_person(person), number=number)
    except DeskError:  # not theirs, or a number that several stores use
        return None


@require_GET
def thanks(request: HttpRequest) -> HttpResponse:
    """The number to keep."""
    return page(request, "thanks", {"sent": request.session.get(SENT)}, section="contact")
