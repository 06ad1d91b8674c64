"""Words about parcels: where one stands, and what is wrong with one that is late or stuck."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

STATUSES = {
    "pending": lazy("Not known to the carrier yet"),
    "info_received": lazy("Announced to the carrier"),
    "in_transit": lazy("On its way"),
    "customs": lazy("Held by customs"),
    "exception": lazy("The carrier reports a problem"),
    "expired": lazy("No news for a long time"),
    "attempt_failed": lazy("Delivery was tried"),
    "ready_for_pickup": lazy("Ready to be picked up"),
    "out_for_delivery": lazy("Out for delivery"),
    "damaged": lazy("Damaged on the way"),
    "lost": lazy("Lost on the way"),
    "returning": lazy("On its way back to the sender"),
    "returned": lazy("Back at the sender"),
    "delivered": lazy("Delivered"),
    "cancelled": lazy("Not sent"),
}
KINDS = {
    "unscanned": lazy("Not seen by the carrier"),
    "still": lazy("Not moving"),
    "customs": lazy("Held by customs"),
    "door": lazy("Out for delivery too long"),
    "pickup": lazy("Not picked up"),
    "attempt": lazy("Delivery failed"),
    "problem": lazy("Carrier reports a problem"),
    "lost": lazy("Lost or damaged"),
    "returning": lazy("Going back to the sender"),
    "expected": lazy("Expected too late"),
}
RULES = {
    "unscanned": lazy("No first scan after dispatch"),
    "still": lazy("On its way without a scan"),
    "customs": lazy("Held by customs"),
    "door": lazy("Out for delivery without arriving"),
    "pickup": lazy("Waiting to be picked up"),
    "attempt": lazy("A delivery was tried and failed"),
    "problem": lazy("The carrier reports a problem"),
    "lost": lazy("The carrier reports it lost or damaged"),
    "returning": lazy("It goes back to the sender"),
    "expected": lazy("The carrier expects it after the promised day"),
}
THEN = {
    "off": lazy("Nothing"),
    "mark": lazy("Mark it"),
    "note": lazy("Mark it, note it on the open ticket"),
    "buyer": lazy("Mark it, tell the buyer"),
}


def status_words(status: str) -> str:
    """Where a parcel stands; a status that nobody knows as it was told."""
    return str(STATUSES.get(status, status.replace("_", " ")))


def kind_words(kind: str) -> str:
    """What is wrong, in two or three words."""
    return str(KINDS.get(kind, kind))


def sentence(kind: str, since: str, status: str = "") -> str:
    """What is wrong, as a buyer and staff alike read it. `since` is a moment in words."""
    if kind == "lost" and status == "damaged":
        return _("The carrier says that the parcel was damaged on the way.")
    return {
        "unscanned": _("The carrier has not scanned the parcel since we handed it over, %(since)s."),
        "still": _("The parcel has not moved since %(since)s."),
        "customs": _("Customs has held the parcel since %(since)s."),
        "door": _("The parcel went out for delivery %(since)s and has not arrived."),
        "pickup": _("The parcel has been waiting to be picked up since %(since)s."),
        "attempt": _("The carrier tried to deliver the parcel %(since)s and could not."),
        "problem": _("The carrier reports a problem with the parcel, %(since)s."),
        "lost": _("The carrier says that the parcel is lost."),
        "returning": _("The parcel has been on its way back to us since %(since)s."),
        "expected": _("The carrier now expects the parcel later than we promised."),
    }.get(kind, kind) % {"since": since}


def title_of_step(verb: str, data: dict[str, Any]) -> str:
    """The record's line on a parcel that was late (`parcel.late`) or is not any more (`parcel.moving`)."""
    facts = {"number": data.get("tracking_number", ""), "what": kind_words(str(data.get("kind")))}
    if verb == "parcel.late":
        return _("Parcel %(number)s: %(what)s") % facts
    return {
        "delivered": _("Parcel %(number)s arrived after all"),
        "order": _("Parcel %(number)s is not waited for any more"),
        "rules": _("Parcel %(number)s is not late by the rules of today: %(what)s"),
    }.get(str(data.get("by")), _("Parcel %(number)s: over: %(what)s")) % facts
