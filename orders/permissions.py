"""Who may see which orders and do what with them. Nothing else in this room decides."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import Team
from core.actors import Actor
from orders.models import Order, Store

NOTHING = Q(pk__in=())


def store_codes(actor: Actor) -> frozenset[str] | None:
    """The stores that a member of staff works for; None for every one. One query for plain staff, else none."""
    if actor.is_manager or not actor.team_ids:
        return None
    codes = frozenset(Team.objects.filter(pk__in=actor.team_ids).values_list("store_code", flat=True))
    return None if "" in codes else codes


def visible_to(actor: Actor) -> Q:
    """The orders that this actor may see: a person's own; for staff those of their teams' stores."""
    if actor.is_system:
        return Q()
    if actor.is_staff:
        codes = store_codes(actor)
        return Q() if codes is None else Q(store__code__in=codes)
    return Q(person_id=actor.id) if actor.is_known else NOTHING


def stores_visible_to(actor: Actor) -> Q:
    """The stores that staff work for; a buyer's list of stores is empty."""
    if not (actor.is_staff or actor.is_system):
        return NOTHING
    codes = store_codes(actor) if actor.is_staff else None
    return Q() if codes is None else Q(code__in=codes)


def can_feed(actor: Actor) -> bool:
    """Bring orders in: staff and machines that act for them."""
    return actor.is_staff or actor.is_system


def can_feed_store(actor: Actor, store: Store) -> bool:
    """Bring orders into this store."""
    if not can_feed(actor):
        return False
    codes = store_codes(actor) if actor.is_staff else None
    return codes is None or store.code in codes


def can_cancel(actor: Actor, order: Order) -> bool:
    """The buyer of the order, and staff who act on the buyer's word; the rules by status come after."""
    return actor.is_staff or actor.is_system or (actor.is_known and order.person_id == actor.id)


def can_propose(actor: Actor, order: Order) -> bool:
    """Staff ask the buyer about a change, never themselves about an order of their own."""
    return actor.is_staff and order.person_id != actor.id


def can_answer_proposal(actor: Actor, order: Order) -> bool:
    """The order's buyer alone; staff answer for nobody."""
    return actor.is_known and order.person_id == actor.id and actor.only_ticket is None


def keeps_addresses(actor: Actor) -> bool:
    """A person with a log-in keeps an address book; a link of a mail or a machine keeps none."""
    return actor.is_known and actor.id is not None and actor.only_ticket is None


def can_read_all_of_record(actor: Actor) -> bool:
    """Staff read every row of an order's record, a buyer those that concern a buyer."""
    return actor.is_staff or actor.is_system


def can_save_store(actor: Actor) -> bool:
    return actor.is_manager


def sees_hooks(actor: Actor) -> bool:
    """What shops' systems sent, as it came, names people of every store: managers alone."""
    return actor.is_staff and actor.is_manager


# Returns ------------------------------------------------------------------------------------------------

RETURNS_TEAM = "aftersales"


def returns_visible_to(actor: Actor) -> Q:
    """Returns of the orders that this actor may see."""
    if actor.is_system:
        return Q()
    if actor.is_staff:
        codes = store_codes(actor)
        return Q() if codes is None else Q(order__store__code__in=codes)
    return Q(order__person_id=actor.id) if actor.is_known else NOTHING


def can_apply_for_return(actor: Actor, order: Order) -> bool:
    """The buyer, and staff on the buyer's word."""
    return can_cancel(actor, order)


def can_withdraw_return(actor: Actor, order: Order) -> bool:
    """The buyer alone takes an application back."""
    return actor.is_known and order.person_id == actor.id


def reviews_returns(actor: Actor) -> bool:
    """People of the after-sales team and managers; a machine reviews nothing."""
    return actor.is_staff and (actor.is_manager or RETURNS_TEAM in actor.team_codes)


def can_review_return(actor: Actor, order: Order) -> bool:
    """Review, receive, inspect, refund: a reviewer who is not the buyer."""
    return reviews_returns(actor) and order.person_id != actor.id
