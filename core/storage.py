"""How static files are named and packed: hashed names, compressed, cached for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

ROOMS = ("core", "sla", "accounts", "orders", "faq", "tickets", "livechat", "helpdesk")


def _without_source_maps(patterns: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(p for p in patterns if "sourceMappingURL" not in (p if isinstance(p, str) else p[0]))


_stock = dict(CompressedManifestStaticFilesStorage.patterns)
_, _imports = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns


class DeskStaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed names inside style sheets and inside our own ES modules; published files are left as they are.

    Source maps are not followed, because packages name maps that they do not ship. Imports are rewritten
    only below the rooms' own folders, so that a module and what it imports always come from one release:
    write them with a relative address and a semicolon, `import { send } from "./outbox.js";`.
    """

    max_post_process_passes = 30  # one for each module in a chain of imports, in the worst order
    patterns = (
        ("*.css", _without_source_maps(_stock["*.css"])),
        *((f"{room}/*.js", _imports) for room in ROOMS),
    )

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Only what pages ask for is compressed: hashed names, and no source maps."""
        asked_for = set(self.hashed_files.values())
        return super().compress_files([p for p in paths if p in asked_for and not p.endswith(".map")])
