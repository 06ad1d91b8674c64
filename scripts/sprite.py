"""Makes build/assets/icons.svg, one sprite of the icons that pages use, out of the installed icon package.

Used as: <svg class="icon" aria-hidden="true"><use href="{% static 'icons.svg' %}#i-search"></use></svg>
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
TARGET = ROOT / "build" / "assets" / "icons.svg"

ICONS = """
activity adjustments alarm alert-circle alert-triangle archive arrow-back arrow-back-up arrow-left arrow-right
arrow-up-right arrows-left-right at backpack ban bell bolt book brand-google brush building-store bulb calendar
calendar-event camera cat category chart-bar chart-line check checks chevron-down chevron-left chevron-right
chevron-up circle circle-check circle-dashed circle-x clock clock-pause coffee coin copy credit-card device-mobile dots
dots-vertical download droplet edit external-link eye eye-off file file-text filter flag folder gift hash headset
heart help help-circle history home hourglass id inbox info-circle key keyboard language layout-sidebar-right
lifebuoy link list lock lock-open login logout mail mail-opened map-pin menu-2 message message-2 message-circle
message-plus mood-sad mood-smile moon note notebook package package-off paperclip pencil phone photo pin player-pause
player-play plug-connected plug-connected-x plus printer qrcode question-mark receipt receipt-refund refresh robot
rosette-discount-check rotate search send settings shield-check shield-lock shopping-bag shopping-cart sitemap
sort-descending sparkles stairs-up star sun table tag thumb-down thumb-up ticket tool transfer trash
truck truck-delivery truck-return upload user user-check user-plus users users-group volume volume-off wifi-off world x
""".split()


def symbol(name: str) -> str:
    """The icon as a <symbol id="i-NAME"> in the colour of the text around it; CSS may set its stroke-width."""
    text = (SOURCE / f"{name}.svg").read_text("utf-8")
    body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    body = re.sub(
        r"\s+", " ", re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", body)
    ).strip()
    # The attributes stand on each symbol: a <use> in another document takes nothing from the sprite's root.
    style = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="i-{name}" viewBox="0 0 24 24" {style}>{body}</symbol>'


def build() -> Path:
    """Writes the sprite and returns its path. Raises SystemExit naming icons that the package does not have."""
    missing = [name for name in ICONS if not (SOURCE / f"{name}.svg").is_file()]
    if missing:
        sys.exit(f"No such icons in @tabler/icons: {', '.join(missing)}")
    symbols = "\n".join(map(symbol, sorted(set(ICONS))))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n', "utf-8")
    return TARGET


if __name__ == "__main__":
    print(build().relative_to(ROOT))
