"""What a ticket says about a change that the shop asks for, in the active language. Dates are in two zones."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from orders.changes.models import ChangeProposal
from orders.models import Order
from sla.words import day_words
from tickets.promise_words import in_two_zones

K = ChangeProposal.Kind


def subject(row: ChangeProposal) -> str:
    """Of the ticket that a question opens where it was not asked on one."""
    return _("A question about your order %(number)s") % {"number": row.order.number}


def ask(row: ChangeProposal) -> str:
    """What would be done, in one sentence with a question mark."""
    facts = _facts(row)
    if row.kind == K.ADDRESS:
        lines = ("name", "company", "line1", "line2", "city", "region", "postcode", "country")
        facts["address"] = ", ".join(row.details[name] for name in lines if row.details.get(name))
    return {
        K.CANCEL: _("May we cancel your order %(number)s?"),
        K.ADDRESS: _("May we send your order %(number)s to this address: %(address)s?"),
        K.ITEM: _("May we cancel your order %(number)s, so that you can order the right item again?"),
        K.REFUND: _(
            "May we give you %(amount)s %(currency)s of your order %(number)s back, and leave it at that?"
        ),
        K.LATER: _("May your order %(number)s leave us later, by %(date)s?")
        if row.details.get("promise") == "dispatch"
        else _("May your order %(number)s come later, by %(date)s?"),
    }[K(row.kind)] % {"address": "", "amount": "", "currency": "", "date": "", **facts}


def _facts(row: ChangeProposal) -> dict[str, str]:
    facts = {"number": row.order.number, **row.details}
    if day := row.details.get("date"):
        facts["date"] = day_words(date.fromisoformat(day))
    return facts


def question(row: ChangeProposal) -> str:
    """The first message: why, what, by when, and that nothing happens without an answer."""
    told = _(
        "Please answer by %(by)s, with the buttons Yes and No on this page. "
        "Nothing about your order is changed unless you say yes."
    )
    return "\n\n".join([row.words, ask(row), told % {"by": _moment(row.order, row)}])


def _moment(order: Order, row: ChangeProposal) -> str:
    return in_two_zones(row.answer_by, order.store.calendar.timezone, order.person.timezone)


def answer(row: ChangeProposal, *, yes: bool, said: str) -> str:
    """The buyer's answer as a message of theirs."""
    begun = _("Yes.") if yes else _("No.")
    return "\n\n".join(filter(None, [f"{ask(row)} {begun}", said]))


def outcome(row: ChangeProposal, step: str, why_not: str, reference: str = "") -> str:
    """What became of it, told to the buyer by the shop. `reference`: of the payment, once it is refunded."""
    facts = {**_facts(row), "reason": why_not}
    if step == "refunded":
        paid = _(
            "%(amount)s %(currency)s went back to the account that paid. It may take your bank some days to show it. "
            "Reference: %(reference)s"
        )
        return paid % {**facts, "reference": reference or "–"}
    if step == "accepted":
        return _done(row) % {"amount": "", "currency": "", "date": "", **facts}
    return {
        "overtaken": _("Thank you. It could not be done any more, and nothing was changed: %(reason)s"),
        "declined": _(
            "Thank you. Nothing about your order %(number)s is changed; a person reads your answer."
        ),
        "no_answer": _(
            "We have not heard from you, so nothing about your order %(number)s is changed. "
            "Write here whenever you like."
        ),
        "withdrawn": _(
            "You need not answer our question any more: nothing about your order %(number)s is changed."
        ),
    }[step] % facts


def _done(row: ChangeProposal) -> str:
    return {
        K.CANCEL: _("Your order %(number)s is cancelled, as you agreed."),
        K.ADDRESS: _("Your order %(number)s goes to the new address."),
        K.ITEM: _("Your order %(number)s is cancelled. Please order the right item again."),
        K.REFUND: _(
            "%(amount)s %(currency)s go back to the account that paid. We tell you here when it is done."
        ),
        K.LATER: _("Thank you: your order %(number)s leaves us by %(date)s.")
        if row.details.get("promise") == "dispatch"
        else _("Thank you: your order %(number)s comes by %(date)s."),
    }[K(row.kind)]
