"""What a shop's page says about itself. A page can say anything: text, in known fields, cut to a length."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from livechat.widget.claims import label

# Field: its name for the agent, and the most characters.
FIELDS: dict[str, tuple[Any, int]] = {
    "title": (_("Page"), 200),
    "url": (_("Address"), 500),
    "product": (_("Product"), 120),
    "order": (_("Order number"), 40),
    "referrer": (_("Came from"), 500),
}
MOST_MORE = 10  # fields of the shop's own
MORE_NAME, MORE_TEXT = 40, 200


def clean(raw: object) -> dict[str, Any]:
    """The known fields, and at most ten of the shop's own under `more`; everything else is left out."""
    if not isinstance(raw, dict):
        return {}
    found: dict[str, Any] = {}
    for name, (_words, most) in FIELDS.items():
        text = label(raw.get(name), most)
        if text:
            found[name] = text
    more = raw.get("more")
    own = _own(more) if isinstance(more, dict) else {}
    return {**found, "more": own} if own else found


def _own(raw: dict[Any, Any]) -> dict[str, str]:
    own: dict[str, str] = {}
    for name, value in list(raw.items())[: MOST_MORE * 2]:
        plain = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        key, text = label(name, MORE_NAME), label(plain, MORE_TEXT)
        if key and text and len(own) < MOST_MORE:
            own[key] = text
    return own


def lines(context: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """For the agent: name, text, and whether the shop chose the name. Never a link: an address may lead anywhere."""
    known = [(str(words), context[name], False) for name, (words, _most) in FIELDS.items() if name in context]
    return [*known, *((name, text, True) for name, text in context.get("more", {}).items())]
