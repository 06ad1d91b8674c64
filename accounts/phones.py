"""Mobile numbers as people type them, kept as E.164."""

from __future__ import annotations

import phonenumbers
from django.conf import settings


def to_e164(raw: str) -> str | None:
    """ "(415) 555-2671" and "+14155552671" alike become "+14155552671"; None when it is no valid number."""
    try:
        number = phonenumbers.parse(raw, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def readings(raw: str) -> set[str]:
    """What a typed number may mean, as E.164: with its country's code, with 00 or without the +, or a local one.

    Empty for what is no number; so "415-555-2671", "0014155552671" and "1 415 555 2671" find "+14155552671".
    """
    digits = "".join(sign for sign in raw if sign.isdigit())
    if not 7 <= len(digits) <= 17 or any(sign.isalpha() for sign in raw):
        return set()
    typed = (raw, f"+{digits}", f"+{digits.removeprefix('00')}")
    return {found for one in typed if (found := to_e164(one))}
