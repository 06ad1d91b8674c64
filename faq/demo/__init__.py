"""The demo shop's answers. Each Markdown file is a category: `# Title`, `> summary`, then the body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.actors import Actor
from faq.actions import save_article, save_category

HERE = Path(__file__).parent
# (slug, name, parent, description, icon, tint)
CATEGORIES = (
    ("products", "Products and materials", "", "Sizes, care, what goes with what", "shopping-bag", "blue"),
    ("sizes", "Sizes and fit", "products", "Before you choose", "", ""),
    ("orders", "Orders and payment", "", "Address check, cards, cancelling", "receipt", "green"),
    ("cancelling", "Changing and cancelling", "orders", "What can still be done", "", ""),
    (
        "shipping",
        "Shipping and customs",
        "",
        "Free shipping; duties are paid by us",
        "truck-delivery",
        "amber",
    ),
    ("returns", "Returns and refunds", "", "60 days, back to your original payment", "arrow-back", "red"),
    (
        "account",
        "Account and verification",
        "",
        "Sign-in, documents, personal shopper",
        "shield-check",
        "purple",
    ),
    ("business", "For business buyers", "account", "Wholesale, dropshipping, affiliates", "", ""),
    ("service", "Suggestions and complaints", "", "Each has an owner and an outcome", "bulb", "blue"),
    ("hours", "When we are there", "service", "Chat and ticket hours", "", ""),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as it stands in a file."""

    category: str
    title: str
    summary: str
    body: str
    position: int


def drafts() -> Iterator[Draft]:
    """Every article of the files, in their order."""
    for slug, *_rest in CATEGORIES:
        text = (HERE / f"{slug}.md").read_text(encoding="utf-8")
        for position, block in enumerate(re.split(r"^# ", text, flags=re.M)[1:]):
            title, _, rest = block.partition("\n")
            summary, _, body = rest.strip().partition("\n")
            yield Draft(slug, title.strip(), summary.removeprefix(">").strip(), body.strip(), position)


def load(actor: Actor) -> int:
    """Save the categories and their articles; again changes nothing. Returns the number of articles."""
    for position, (slug, name, parent, description, icon, tint) in enumerate(CATEGORIES):
        save_category(
            actor=actor, slug=slug, name=name, parent=parent, description=description, icon=icon, tint=tint,
            position=position,
        )  # fmt: skip
    articles = list(drafts())
    for draft in articles:
        save_article(
            actor=actor, category=draft.category, title=draft.title, summary=draft.summary, body=draft.body,
            position=draft.position,
        )  # fmt: skip
    return len(articles)
