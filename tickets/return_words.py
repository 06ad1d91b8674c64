"""What a return's ticket says at each of its steps, in the active language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from orders.models import Return
from orders.return_queries import refund_clock
from tickets.promise_words import in_two_zones


def link(ret: Return) -> str:
    """The return's page."""
    return f"{settings.PUBLIC_URL}/returns/{ret.public_id}/"


def subject(ret: Return) -> str:
    """The ticket's."""
    return _("Return %(number)s of order #%(order)s") % {"number": ret.number, "order": ret.order.number}


def application(ret: Return) -> str:
    """The buyer's first words: what, why, and where the photographs are."""
    lines = [_("I would like to send back:")]
    for line in ret.lines.all():
        what = f"{line.name}, {line.variant}" if line.variant else line.name
        lines.append(f"{line.quantity} × {what}: {line.get_reason_display()}")
        if line.words:
            lines.append(line.words)
    lines += ["", _("Photographs and all steps: %(link)s") % {"link": link(ret)}]
    return "\n".join(lines)


def told(ret: Return, step: str, data: dict[str, Any], said: str) -> str:
    """The words of a step; "" for one that the buyer does not hear of. `said` is what a person wrote with it."""
    make = {
        "approved": _approved,
        "received": _received,
        "inspected": _inspected,
        "refused": _refused,
        "refund_ordered": _refund_ordered,
        "refunded": _refunded,
        "refund_at_risk": _at_risk,
        "withdrawn": _withdrawn,
    }.get(step)
    return f"{make(ret, data, said)}\n\n{link(ret)}" if make else ""


def _approved(ret: Return, data: dict[str, Any], said: str) -> str:
    return _(
        "Your return is approved. Please send the goods back to us, well packed, with the number %(order)s-R%(number)s "
        "on a note inside. We tell you here when they have arrived."
    ) % {"order": ret.order.number, "number": ret.number}


def _received(ret: Return, data: dict[str, Any], said: str) -> str:
    return _("Your parcel has arrived. We look at the goods next, and tell you here what we found.")


def _inspected(ret: Return, data: dict[str, Any], said: str) -> str:
    clock = refund_clock(ret)
    if clock is None or clock.due is None:
        return _("We have checked the goods. Your refund comes next.")
    zone = clock.calendar_version.calendar.timezone
    by = in_two_zones(clock.due, zone, ret.order.person.timezone)
    return _("We have checked the goods. Your money is back where it came from by %(by)s.") % {"by": by}


def _refused(ret: Return, data: dict[str, Any], said: str) -> str:
    return _(
        "We are sorry: we cannot take this return. Reason: %(reason)s.\n\n%(words)s\n\n"
        "Two of us have looked at it. If we have missed something, answer here and a person looks again."
    ) % {"reason": ret.get_refusal_display(), "words": said or ret.refusal_words}


def _refund_ordered(ret: Return, data: dict[str, Any], said: str) -> str:
    words = _("We have ordered your refund of %(amount)s %(currency)s to the account that paid.") % data
    return f"{words}\n\n{said}" if said else words


def _refunded(ret: Return, data: dict[str, Any], said: str) -> str:
    return _(
        "%(amount)s %(currency)s went back to the account that paid. It may take your bank some days to show it. "
        "Reference: %(reference)s"
    ) % {**data, "reference": data.get("reference") or "–"}


def _at_risk(ret: Return, data: dict[str, Any], said: str) -> str:
    return _(
        "Your refund is still with us, and the day that we promised comes near. It is on our list; "
        "you need not do anything."
    )


def _withdrawn(ret: Return, data: dict[str, Any], said: str) -> str:
    return _(
        "You have withdrawn this return. Nothing more happens; you can ask again while the time for it runs."
    )
