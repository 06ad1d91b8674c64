"""The demo shop's answers are whole and load once."""

from __future__ import annotations

import pytest

from core.actors import SYSTEM
from faq import demo
from faq.models import Article, Revision
from faq.queries import suggest

pytestmark = pytest.mark.django_db


def test_thirty_answers_load_once_and_again_change_nothing() -> None:
    assert demo.load(SYSTEM) >= 30
    before = Revision.objects.count()
    demo.load(SYSTEM)
    assert (Article.objects.count(), Revision.objects.count()) == (before, before)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("I picked the wrong model, my phone is a 16 Pro", "i-ordered-the-wrong-size-or-model"),
        ("can I still cancel?", "can-i-cancel-my-order"),
        (
            "The carrier wants me to pay customs at the door!",
            "do-i-have-to-pay-customs-duty-or-tax-at-the-door",
        ),
        ("when do I get my refund", "when-does-my-refund-arrive"),
        ("parcel delivered but I don't have it", "my-parcel-says-delivered-but-i-do-not-have-it"),
        ("the mug arrived damaged", "it-arrived-damaged-or-is-the-wrong-item"),
        ("i forgot the password of my account", "i-forgot-my-password"),
        ("I was charged twice for one order", "i-was-charged-twice"),
        ("please change the shipping address", "can-i-change-the-address"),
        ("how do I return something that I bought", "how-do-i-return-something"),
    ],
)
def test_what_buyers_write_finds_its_answer(typed: str, expected: str) -> None:
    demo.load(SYSTEM)
    assert expected in [hit.slug for hit in suggest(typed, "en")]
