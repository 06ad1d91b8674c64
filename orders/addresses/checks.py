"""What an address needs before a parcel can bear it: the same check at every door, with a hint for each field."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from core.errors import Invalid
from orders.data import ADDRESS_FIELDS
from orders.latin import problems_of

NEEDED = ("line1", "city", "country")
LIMITS = {"name": 150, "company": 150, "line1": 255, "line2": 255, "postcode": 20, "phone": 40, "country": 60}


def clean_address(raw: Mapping[str, object]) -> dict[str, str]:
    """An address as it is kept, blanks put right. Raises Invalid that names every field that is wrong at once.

    Codes: `missing` (street, city, country), `too_long`, `not_latin`; the first of them where there are several.
    """
    given = {name: " ".join(str(raw.get(name) or "").replace("\x00", "").split()) for name in ADDRESS_FIELDS}
    found = {
        "missing": {name: [_("This belongs to every address.")] for name in NEEDED if not given[name]},
        "too_long": {
            name: [_("At most %(limit)d characters fit.") % {"limit": limit}]
            for name, text in given.items()
            if len(text) > (limit := LIMITS.get(name, 100))
        },
        "not_latin": problems_of(given),
    }
    wrong = {code: fields for code, fields in found.items() if fields}
    if wrong:
        raise Invalid(
            code=next(iter(wrong)),
            fields={name: said for fields in wrong.values() for name, said in fields.items()},
        )
    return given
