"""Whatever accent a shop chooses, what stands in it can be read."""

from __future__ import annotations

import pytest

from helpdesk.portal import theme

ACCENTS = ["#0f6b5b", "#ffcc00", "#ff0000", "#ffffff", "#000000", "#7fffd4", "#808080", "#00f", "rubbish"]


@pytest.mark.parametrize("accent", ACCENTS)
def test_every_pair_that_carries_text_has_contrast(accent: str) -> None:
    color = theme.parse(accent)
    for tokens, paper in (
        (theme.light_tokens(color), theme.LIGHT_PAPER),
        (theme.dark_tokens(color), theme.DARK_PAPER),
    ):
        pairs = [
            (tokens["accent"], paper),
            (tokens["accent"], tokens["accent-soft"]),
            (tokens["accent-ink"], tokens["accent-soft"]),
            (tokens["on-accent"], tokens["accent"]),
            (tokens["own-ink"], tokens["own"]),
        ]
        for ink, ground in pairs:
            assert theme.contrast(ink, ground) >= theme.ENOUGH, (accent, ink, ground)


def test_known_contrasts() -> None:
    assert theme.contrast(theme.WHITE, theme.BLACK) == pytest.approx(21)
    assert theme.contrast((119, 119, 119), theme.WHITE) == pytest.approx(4.48, abs=0.01)


def test_only_a_color_is_a_color() -> None:
    assert theme.parse("red; } body { display: none") == theme.parse(theme.FALLBACK)
    assert "display" not in theme.style_sheet("red; } body { display: none")
