"""What the buyer reads when a parcel is late or stuck, and the lines of the thread; in the active language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.carriers import link_of, name_for
from orders.models import Order, ParcelFinding, Shipment
from orders.watch_words import kind_words, sentence
from tickets.promise_words import in_two_zones
from tickets.words import instant, register_line


def told(order: Order, found: Sequence[ParcelFinding]) -> tuple[str, str]:
    """Subject and body about one finding or several."""
    first = found[0]
    facts = {"number": order.number, "what": kind_words(first.kind)}
    subject = _("Your order %(number)s: the parcel: %(what)s") % facts
    parts = [
        _("Hello %(name)s,") % {"name": order.person.display_name},
        ngettext(
            "we watch the parcel of your order %(number)s, and something is not as it should be.",
            "we watch the parcels of your order %(number)s, and something is not as it should be.",
            len({row.shipment_id for row in found}),
        )
        % facts,
        "\n".join(_line(order, row) for row in found),
        *_what_now([row.kind for row in found]),
    ]
    return subject, "\n\n".join(parts)


def _line(order: Order, row: ParcelFinding) -> str:
    moment = in_two_zones(row.since, order.store.calendar.timezone, order.person.timezone)
    said = sentence(row.kind, moment, row.status)
    way = _("%(carrier)s, tracking number %(number)s") % {
        "carrier": _carrier(row.shipment),
        "number": row.shipment.tracking_number,
    }
    link = link_of(row.shipment)
    return f"{said}\n({way}{': ' if link else ''}{link})"


def _carrier(parcel: Shipment) -> str:
    return name_for(parcel) or _("The carrier")


def _what_now(kinds: Sequence[str]) -> list[str]:
    """What the buyer can do, and that we look into the rest."""
    asked = []
    if "pickup" in kinds:
        asked.append(_("Please pick it up soon: after some days the carrier sends it back to us."))
    if "attempt" in kinds:
        asked.append(
            _(
                "The carrier usually tries again; its page says when, and lets you choose another day or place."
            )
        )
    if set(kinds) - {"pickup", "attempt"}:
        asked.append(
            _(
                "We look into it with the carrier and tell you here what we find. You do not have to do anything."
            )
        )
    else:
        asked.append(_("Write here if something is not clear: we help."))
    return asked


# Lines of the thread ---------------------------------------------------------------------------------------


def _late(data: dict[str, Any], who: str, zone: str) -> str:
    said = sentence(str(data.get("kind")), instant(data.get("since"), zone), str(data.get("status")))
    return _("Parcel %(number)s: %(said)s") % {"number": data.get("number", ""), "said": said}


def _moving(data: dict[str, Any], who: str, zone: str) -> str:
    facts = {"number": data.get("number", ""), "what": kind_words(str(data.get("kind")))}
    return {
        "delivered": _("Parcel %(number)s arrived"),
        "scan": _("There is news of parcel %(number)s: it is not in trouble any more (%(what)s)"),
    }.get(str(data.get("by")), _("Parcel %(number)s is not watched for this any more (%(what)s)")) % facts


register_line("parcel.late", _late)
register_line("parcel.moving", _moving)
