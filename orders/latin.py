"""Addresses travel in Latin letters: carriers print and read nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from django.utils.translation import gettext as _

LABELLED = ("name", "company", "line1", "line2", "city", "region", "postcode")  # what a label bears


def foreign_letters(text: str) -> str:
    """The letters of a text that are not Latin, each once, in their order; "" when a label can bear it.

    Accents are Latin; digits, signs and blanks belong to no script.
    """
    if text.isascii():
        return ""
    found = [one for one in text if one.isalpha() and "LATIN" not in unicodedata.name(one, "LATIN")]
    return "".join(dict.fromkeys(one for one in found if one not in "ªº"))


def problems_of(address: Mapping[str, str], *, prefix: str = "") -> dict[str, list[str]]:
    """What is wrong with an address, by field, with a hint how to write it; {} when it is fine."""
    said = _(
        "Write this in Latin letters, as on a parcel: “%(seen)s” cannot be printed. Example: %(example)s."
    )
    examples = {"name": "Olena Koval", "city": "Kyiv", "region": "Kyiv Oblast"}
    return {
        prefix + name: [said % {"seen": seen[:10], "example": examples.get(name, "12 Shevchenko St, apt. 4")}]
        for name in LABELLED
        if (seen := foreign_letters(address.get(name) or ""))
    }


def unreadable(address: object | None) -> list[str]:
    """The names of an address's fields that a label cannot bear; for feeds, whose orders are marked and not refused."""
    return [name for name in LABELLED if address and foreign_letters(getattr(address, name) or "")]


def letters_of(address: object) -> str:
    """The first letters of an address that no label can bear, to be shown; "" when it is fine."""
    return foreign_letters(" ".join(getattr(address, name) or "" for name in LABELLED))[:10]
