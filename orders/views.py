"""Form posts: who, shape, call, where to go on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.db import retrying
from core.errors import NotSignedIn
from core.middleware import flash
from orders.actions import cancel_order
from orders.queries import access_order


@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Cancel an order; back to where the button stood (`next`), else to the order's page."""
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_known:
        raise NotSignedIn()
    order = access_order(actor, public_id)
    order = retrying(cancel_order, actor=actor, order_id=order.pk, reason=request.POST.get("reason", ""))
    flash(request, _("Order #%(number)s is cancelled.") % {"number": order.number})
    return go_back(request, f"/orders/{order.public_id}/")


def go_back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """On to where the form stood (`next`), for a script by its header."""
    where = _back(request, otherwise)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def _back(request: HttpRequest, otherwise: str) -> str:
    asked = request.POST.get("next", "")
    safe = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if safe else otherwise
