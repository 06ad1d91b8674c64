"""One's address book, and another address for an order that has not left yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.db import retrying
from core.errors import DeskError, Invalid, NotFound
from core.middleware import flash
from helpdesk.portal.forms import AddressForm
from helpdesk.portal.shell import known_actor, page, refuse
from orders import actions
from orders.actions.addresses import MOST
from orders.addresses.models import SavedAddress
from orders.addresses.queries import access_address, addresses_of
from orders.models import Address, Order
from orders.queries import access_order
from orders.rules import address_choice


@require_GET
def book(request: HttpRequest) -> HttpResponse:
    """One's addresses, the default first."""
    rows = list(addresses_of(known_actor(request)))
    return page(request, "addresses", {"rows": rows, "full": len(rows) >= MOST}, section="account")


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """A new address, or one that is kept written anew."""
    actor = known_actor(request)
    row = access_address(actor, public_id) if public_id else None
    if request.method == "GET":
        return _form(request, AddressForm.of(row), row)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _form(request, form, row, 400)
    try:
        default = request.POST.get("default") == "1"
        fields = form.cleaned_data
        retrying(actions.save_address, actor=actor, fields=fields, public_id=public_id, default=default)
    except NotFound:
        raise
    except DeskError as error:
        return _form(request, form, row, refuse(form, error))
    flash(request, _("Saved."))
    return redirect("mine:addresses")


def _form(
    request: HttpRequest, form: AddressForm, row: SavedAddress | None, status: int = 200
) -> HttpResponse:
    return page(request, "address", {"form": form, "row": row}, section="account", status=status)


@require_POST
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    retrying(actions.remove_address, actor=known_actor(request), public_id=public_id)
    flash(request, _("Removed. Orders keep the address that they were sent to."))
    return redirect("mine:addresses")


@require_POST
def default(request: HttpRequest, public_id: str) -> HttpResponse:
    retrying(actions.make_default, actor=known_actor(request), public_id=public_id)
    return redirect("mine:addresses")


@require_http_methods(["GET", "POST"])
def of_order(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where an order goes: as it is, one of the book (`?use=`), or written anew; or why it cannot be changed."""
    actor = known_actor(request)
    order = access_order(actor, public_id)
    kept = Address.objects.filter(order=order, kind=Address.Kind.SHIPPING).first()
    rows = list(addresses_of(actor))
    chosen = next((row for row in rows if row.public_id == request.GET.get("use")), None)
    if request.method == "GET":
        return _order_form(request, order, AddressForm.of(chosen or kept), rows, chosen)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _order_form(request, order, form, rows, None, 400)
    keep = request.POST.get("keep") == "1"
    try:
        fields = form.cleaned_data
        retrying(actions.change_address, actor=actor, order_id=order.pk, fields=fields, keep=keep)
    except Invalid as error:
        return _order_form(request, order, form, rows, None, refuse(form, error))
    except DeskError as error:
        if isinstance(error, NotFound):
            raise
        return _order_form(request, access_order(actor, public_id), form, rows, None, error.status, error)
    flash(request, _("Your order goes to this address."))
    return redirect("portal:order", public_id)


def _order_form(
    request: HttpRequest,
    order: Order,
    form: AddressForm,
    rows: list[SavedAddress],
    chosen: SavedAddress | None,
    status: int = 200,
    error: DeskError | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "order": order,
        "choice": address_choice(order),
        "form": form,
        "rows": rows,
        "chosen": chosen,
        "error": error,
    }
    return page(request, "order_address", context, section="orders", status=status)
