"""The shop's accent made readable: every colour that carries text is moved until its contrast is enough."""

from __future__ import annotations

import colorsys
import re

Rgb = tuple[float, float, float]
ENOUGH = 4.5  # WCAG 2.2, 1.4.3
LIGHT_PAPER: Rgb = (255, 255, 255)
DARK_PAPER: Rgb = (23, 29, 36)
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)
FALLBACK = "#0f6b5c"


def parse(text: str) -> Rgb:
    """`#0f6b5c` or `#0a5`; anything else is the house's own accent."""
    found = re.fullmatch(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text.strip())
    digits = found.group(1) if found else FALLBACK[1:]
    if len(digits) == 3:
        digits = "".join(c * 2 for c in digits)
    return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))


def text_of(color: Rgb) -> str:
    """As CSS writes it."""
    return "#" + "".join(f"{round(part):02x}" for part in color)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of the other in the one."""
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def luminance(color: Rgb) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [c / 255 for c in color]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: Rgb, other: Rgb) -> float:
    """1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(color: Rgb, grounds: tuple[Rgb, ...], towards: Rgb, enough: float = ENOUGH) -> Rgb:
    """The nearest step towards black or white that can be read on all of these grounds."""
    for step in range(21):
        moved = mix(color, towards, step / 20)
        if all(contrast(moved, ground) >= enough for ground in grounds):
            return moved
    return towards


def bright(color: Rgb, grounds: tuple[Rgb, ...], enough: float) -> Rgb:
    """The same hue, calmer and so light that it can be read on these dark grounds."""
    hue, light, strength = colorsys.rgb_to_hls(*(part / 255 for part in color))
    for step in range(21):
        parts = colorsys.hls_to_rgb(hue, light + (1 - light) * step / 20, strength * 0.64)
        moved = tuple(part * 255 for part in parts)
        if all(contrast(moved, ground) >= enough for ground in grounds):  # type: ignore[arg-type]
            return moved  # type: ignore[return-value]
    return WHITE


def ink_on(color: Rgb) -> Rgb:
    """White where it can be read on the colour, else a nearly black shade of it."""
    return WHITE if contrast(color, WHITE) >= ENOUGH else mix(color, BLACK, 0.85)


def light_tokens(accent: Rgb) -> dict[str, Rgb]:
    """The accent's tokens on white paper."""
    soft = mix(accent, WHITE, 0.89)
    main = readable(accent, (LIGHT_PAPER, soft, (245, 247, 249)), BLACK)
    own = readable(accent, (WHITE,), BLACK)
    return {
        "accent": main, "accent-soft": soft, "accent-ink": mix(main, BLACK, 0.14), "on-accent": WHITE,
        "own": own, "own-ink": WHITE, "mine": mix(accent, WHITE, 0.905), "tblr-primary-rgb": main,
    }  # fmt: skip


def dark_tokens(accent: Rgb) -> dict[str, Rgb]:
    """The accent's tokens on dark paper."""
    soft = mix(accent, DARK_PAPER, 0.72)
    main = bright(accent, (DARK_PAPER, soft), 6)
    own = readable(mix(accent, WHITE, 0.06), (WHITE,), BLACK, 5.5)
    return {
        "accent": main, "accent-soft": soft, "accent-ink": mix(main, WHITE, 0.2), "on-accent": ink_on(main),
        "own": own, "own-ink": WHITE, "mine": mix(accent, DARK_PAPER, 0.76), "tblr-primary-rgb": main,
    }  # fmt: skip


def _rules(tokens: dict[str, Rgb]) -> str:
    def value(name: str, color: Rgb) -> str:
        return ", ".join(str(round(part)) for part in color) if name.endswith("-rgb") else text_of(color)

    return " ".join(f"--{name}: {value(name, color)};" for name, color in tokens.items())


def style_sheet(accent: str) -> str:
    """The whole of /theme.css for one accent."""
    color = parse(accent)
    light, dark = _rules(light_tokens(color)), _rules(dark_tokens(color))
    return (
        f":root {{ {light} }}\n"
        f'[data-bs-theme="dark"] {{ {dark} }}\n'
        f'@media (prefers-color-scheme: dark) {{ [data-bs-theme="auto"] {{ {dark} }} }}\n'
    )
