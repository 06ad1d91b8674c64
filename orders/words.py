"""What people read about an order's steps, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from core.actors import Actor
from orders import watch_words
from orders.changes.models import ChangeProposal

TITLES = {
    "order.placed": lazy("Order placed"),
    "order.paid": lazy("Payment received"),
    "order.reviewed": lazy("Order, payment and address checked"),
    "order.packed": lazy("Packed"),
    "order.dispatched": lazy("Handed to the carrier"),
    "order.delivered": lazy("Delivered"),
    "order.cancelled": lazy("Order cancelled"),
    "order.returned": lazy("Order returned"),
    "order.status_changed": lazy("Status changed"),
    "order.step_corrected": lazy("The time of a step was corrected"),
    "order.changed": lazy("Order details changed"),
    "order.address_marked": lazy("The address has letters that no label can bear"),
    "parcel.added": lazy("Parcel %(tracking_number)s"),
    "parcel.scanned": lazy("Parcel %(tracking_number)s: %(status)s"),
    "parcel.told": lazy("Message about the parcel"),
    "parcel.noted": lazy("A note on the ticket about the parcel"),
    "buyer.told": lazy("Mail to the buyer"),
    "return.applied": lazy("Return %(number)s asked for"),
    "return.asked": lazy("Return %(number)s: a question to the buyer"),
    "return.answered": lazy("Return %(number)s: the buyer answered"),
    "return.approved": lazy("Return %(number)s approved: the goods can be sent back"),
    "return.refusal_proposed": lazy("Return %(number)s: refusal proposed, a second person must agree"),
    "return.refusal_declined": lazy("Return %(number)s: the second person did not agree to a refusal"),
    "return.refused": lazy("Return %(number)s refused"),
    "return.received": lazy("Return %(number)s: goods received"),
    "return.inspected": lazy("Return %(number)s: goods checked"),
    "return.refund_ordered": lazy("Return %(number)s: refund of %(amount)s %(currency)s ordered"),
    "return.refunded": lazy("Return %(number)s: %(amount)s %(currency)s paid back"),
    "return.refund_failed": lazy("Return %(number)s: the refund could not be sent"),
    "return.refund_at_risk": lazy("Return %(number)s: the refund may be late"),
    "return.withdrawn": lazy("Return %(number)s withdrawn"),
    "order.noted": lazy("A note among staff"),
    "order.security_marked": lazy("Security mark: %(product)s ordered %(orders)s times within 24 hours"),
    "order.security_cleared": lazy("Security mark cleared"),
    "order.resend_ordered": lazy("Goods are sent again"),
    "change.proposed": lazy("Asked the buyer: %(what)s"),
    "change.accepted": lazy("The buyer said yes: %(what)s"),
    "change.overtaken": lazy("The buyer said yes, but it was too late: %(what)s"),
    "change.declined": lazy("The buyer said no: %(what)s"),
    "change.no_answer": lazy("No answer in time, nothing is changed: %(what)s"),
    "change.withdrawn": lazy("The question was taken back: %(what)s"),
    "change.refunded": lazy("%(amount)s %(currency)s paid back, as agreed"),
    "change.refund_failed": lazy("The agreed refund could not be sent"),
    "record.erased": lazy("Words erased at a person's request"),
}
PROMISES = {
    "dispatch": lazy("Handed to the carrier"),
    "delivery": lazy("Delivered"),
    "refund": lazy("Money given back"),
}


def title_of(verb: str, data: dict[str, Any]) -> str:
    """One line on a step of the record."""
    if verb == "order.refunded":
        return _("Refunded %(amount)s %(currency)s") % {
            "amount": data["amount"],
            "currency": data["currency"],
        }
    if verb == "promise.warned":
        return _("Promise at risk: %(promise)s") % {"promise": promise_title(data.get("metric", ""))}
    if verb == "promise.told":
        looking = data.get("basis") == "look"
        told = _("We look into it: %(promise)s") if looking else _("New date told: %(promise)s")
        return told % {"promise": promise_title(data.get("metric", ""))}
    if verb == "promise.moved":
        return _("A later date, as agreed: %(promise)s") % {"promise": promise_title(data.get("metric", ""))}
    if verb in ("parcel.late", "parcel.moving"):
        return watch_words.title_of_step(verb, data)
    if verb == "parcel.scanned":
        data = {**data, "status": watch_words.status_words(str(data.get("status")))}
    if verb.startswith("change."):
        data = {**data, "what": change_title(data.get("kind", ""))}
    template = TITLES.get(verb)
    return str(template) % data if template else verb.replace(".", ": ").replace("_", " ")


def promise_title(metric: str) -> str:
    """What is promised."""
    return str(PROMISES.get(metric, metric))


def change_title(kind: str) -> str:
    """What a proposal is about."""
    return str(dict(ChangeProposal.Kind.choices).get(kind, kind))


def who(kind: str, actor_id: int | None, reader: Actor, names: dict[int, str]) -> str:
    """Who did a step, as this reader may know it."""
    if kind == "system":
        return _("the shop's system")
    if kind == "staff":
        return names.get(actor_id or 0) or _("the shop")
    return _("you") if actor_id is not None and actor_id == reader.id else _("the buyer")


def ambiguous(number: str, stores: list[str]) -> str:
    """A number that several stores use."""
    words = _("Several stores have an order %(number)s: write it as %(example)s. Stores: %(stores)s.")
    return words % {"number": number, "example": f"{stores[0]}:{number}", "stores": ", ".join(stores)}
