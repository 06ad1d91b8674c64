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
