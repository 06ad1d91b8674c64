"""Why a clock made a step, for people: rooms name the words of the codes that they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_words: dict[str, Any] = {}


def register(words: Mapping[str, Any]) -> None:
    """Say in (lazily translated) words what some codes mean; registering again replaces them."""
    _words.update(words)


def reason_words(reason: str) -> str:
    """What a code means in the active language; what nobody registered is shown as it was written."""
    return str(_words.get(reason, reason))
