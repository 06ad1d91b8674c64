"""By when a new ticket would be answered: said before it is sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Person
from core.clock import now
from orders.queries import access_order
from tickets.queries import category_by_code, promise_for_new


@require_GET
def promise(request: HttpRequest) -> HttpResponse:
    """`?category=<code>&order=<public id>`; open to visitors, since the contact form says it too."""
    actor = request.actor  # type: ignore[attr-defined]
    category = category_by_code(request.GET.get("category"))
    order = access_order(actor, request.GET["order"]) if request.GET.get("order") else None
    person = Person.objects.filter(pk=actor.id).first() if actor.is_known else None
    quote = promise_for_new(
        category=category, order=order, member_type=person.member_type if person else "retail", at=now()
    )
    context = {"quote": quote, "desk_zone": category.team.calendar.timezone, "category": category}
    return render(request, "tickets/_promise.html", context)
