"""A buyer's addresses, and the address that an order of theirs goes to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden
from core.events import publish
from orders import permissions, rules
from orders.actions.record import add_record
from orders.addresses.checks import clean_address
from orders.addresses.models import SavedAddress
from orders.addresses.queries import access_address, addresses_of
from orders.data import ADDRESS_FIELDS
from orders.events import OrderChanged
from orders.models import Address, Order
from orders.queries import access_order

MOST = 20  # addresses of one person


def save_address(
    *, actor: Actor, fields: Mapping[str, object], public_id: str = "", default: bool = False
) -> SavedAddress:
    """Keep an address, or with `public_id` write one anew; the first one, and with `default` this one, is the default.

    The very same address again is found and kept once. Raises Forbidden (no log-in of a person), NotFound,
    Invalid (by field, see `clean_address`), Conflict `too_many`.
    """
    if not permissions.keeps_addresses(actor):
        raise Forbidden()
    clean = clean_address(fields)
    with transaction.atomic():
        mine = _locked_book(actor)
        at = now()
        if public_id:
            row = access_address(actor, public_id, lock=True)
            for name, text in clean.items():
                setattr(row, name, text)
            row.updated_at = at
            row.save(update_fields=[*clean, "updated_at"])
        else:
            row = next((one for one in mine if _is(one, clean)), None) or _add(actor, mine, clean, at)
        if default:
            _make_default(actor, row)
        return row


def _locked_book(actor: Actor) -> list[SavedAddress]:
    """One's addresses, under the person's lock: one default stays one."""
    locked(Person.objects.filter(pk=actor.id)).get()
    return list(addresses_of(actor))


def _is(row: SavedAddress, clean: Mapping[str, str]) -> bool:
    return all(getattr(row, name) == text for name, text in clean.items())


def _add(actor: Actor, mine: list[SavedAddress], clean: Mapping[str, str], at: datetime) -> SavedAddress:
    if len(mine) >= MOST:
        words = _("At most %(most)d addresses can be kept. Remove one first.") % {"most": MOST}
        raise Conflict(words, code="too_many")
    return SavedAddress.objects.create(
        person_id=actor.id, is_default=not mine, created_at=at, updated_at=at, **clean
    )


def make_default(*, actor: Actor, public_id: str) -> SavedAddress:
    """The address that is offered first from now on; again changes nothing. Raises NotFound."""
    with transaction.atomic():
        row = access_address(actor, public_id)
        _locked_book(actor)
        _make_default(actor, row)
        return row


def _make_default(actor: Actor, row: SavedAddress) -> None:
    addresses_of(actor).filter(is_default=True).exclude(pk=row.pk).update(is_default=False)
    addresses_of(actor).filter(pk=row.pk, is_default=False).update(is_default=True)
    row.is_default = True


def remove_address(*, actor: Actor, public_id: str) -> None:
    """Forget it; the oldest that is left becomes the default. Orders keep theirs. Raises NotFound."""
    with transaction.atomic():
        access_address(actor, public_id)
        mine = _locked_book(actor)
        row = next(one for one in mine if one.public_id == public_id)
        row.delete()
        rest = sorted((one for one in mine if one is not row), key=lambda one: one.pk or 0)
        if row.is_default and rest:
            _make_default(actor, rest[0])


def change_address(*, actor: Actor, order_id: int, fields: Mapping[str, object], keep: bool = False) -> Order:
    """The buyer sends an order of theirs to another address, while its status permits; the same one changes nothing.

    What stood there goes to the record's erasable words. `keep`: into the address book too. Staff change none by
    themselves: they ask the buyer (`propose_change`). Raises NotFound, Forbidden, Invalid (by field), Conflict
    `address_fixed` with the reason and `instead`: the ways that are left.
    """
    clean = clean_address(fields)
    with transaction.atomic():
        order = access_order(actor, order_id=order_id, lock=True)
        if not permissions.can_answer_proposal(actor, order):
            raise Forbidden(
                _("The buyer alone changes where an order goes. Propose it to them."), code="ask_the_buyer"
            )
        choice = rules.address_choice(order)
        if not choice.allowed:
            ways = [code for _label, code in choice.instead]
            raise Conflict(choice.reason, code="address_fixed", instead=ways)
        write_address(order, clean, actor=actor, at=now())
        if keep and permissions.keeps_addresses(actor):
            save_address(actor=actor, fields=clean)
        return order


def write_address(
    order: Order, clean: Mapping[str, str], *, actor: Actor, at: datetime, proposal: str = ""
) -> bool:
    """The parcel's address becomes this one, agreed with the buyer; False where it was. Under the order's lock.

    `agreed` in the record's row tells feeds that still say the old one that this one stands.
    """
    kept = Address.objects.filter(order=order, kind=Address.Kind.SHIPPING).first()
    was = {name: getattr(kept, name) for name in ADDRESS_FIELDS} if kept else {}
    new = {name: clean.get(name, "") for name in ADDRESS_FIELDS}
    if was == new:
        return False
    Address.objects.update_or_create(order=order, kind=Address.Kind.SHIPPING, defaults=new)
    data = {"fields": ["shipping_address"], "agreed": True}
    add_record(
        order,
        actor=actor,
        verb="order.changed",
        at=at,
        data={**data, "proposal": proposal} if proposal else data,
        text={"before": {"shipping_address": was}},
    )
    publish(OrderChanged(order.pk, order.public_id))
    return True


def erase_addresses(person_id: int) -> None:
    """Forget a person's address book."""
    SavedAddress.objects.filter(person_id=person_id).delete()
