"""Taking a person's name out of orders: what counts stays, what names somebody goes, and the record says so."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from core.actors import SYSTEM
from core.db import locked, retrying
from orders.actions.addresses import erase_addresses
from orders.actions.changes import erase_proposals
from orders.actions.hook_keeping import erase_hooks
from orders.actions.record import erase_details
from orders.actions.return_photos import drop_photos
from orders.data import AddressData, OrderData
from orders.models import Address, Order, Refund, Return, ReturnLine, ReturnPhoto, TrackingEvent

NAMED_IN_ADDRESS = ("name", "company", "line1", "line2", "city", "region", "postcode", "phone")


def erase_orders(person_id: int) -> None:
    """Empty contact data, addresses (but their country), notes and the record's words of all of a person's orders.

    One transaction for each order, under its lock; again changes nothing. Money, lines, dates and the chain stay.
    """
    erase_hooks(person_id)
    erase_addresses(person_id)
    for pk in Order.objects.filter(person_id=person_id).order_by("pk").values_list("pk", flat=True):
        retrying(_erase_order, pk=pk)


def _erase_order(*, pk: int) -> None:
    with transaction.atomic():
        order = locked(Order.objects.filter(pk=pk)).get()
        order.email = order.phone = order.note = ""
        order.save(update_fields=["email", "phone", "note"])
        Address.objects.filter(order=order).update(**dict.fromkeys(NAMED_IN_ADDRESS, ""))
        TrackingEvent.objects.filter(shipment__order=order).update(place="")
        _erase_returns(order)
        erase_proposals(order)
        erase_details(order, actor=SYSTEM)


def _erase_returns(order: Order) -> None:
    """Words and photographs of its returns; states, pieces, reasons' codes and amounts stay."""
    mine = locked(Return.objects.filter(order=order).order_by("pk"))
    for ret in mine:
        ret.question = ret.refusal_words = ""
        ret.save(update_fields=["question", "refusal_words"])
    ReturnLine.objects.filter(ret__order=order).update(words="", facts="")
    Refund.objects.filter(order=order).update(words="")
    drop_photos(ReturnPhoto.objects.filter(order=order))


def unnamed(data: OrderData) -> OrderData:
    """A feed's words about an order whose person was erased: what names somebody is not taken in again."""
    return replace(
        data,
        email="",
        name="",
        phone="",
        note="",
        shipping_address=_country_of(data.shipping_address),
        billing_address=_country_of(data.billing_address),
    )


def _country_of(address: AddressData | None) -> AddressData | None:
    return None if address is None else AddressData(country=address.country)
