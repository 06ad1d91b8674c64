"""The few files of npm packages that pages load, served straight out of node_modules: no bundler, no copies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

NPM_FILES: dict[str, str] = {
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
}
"""Name under /static/ -> file below node_modules. Nothing else of node_modules is ever served."""


class OneFile(FileSystemStorage):
    """A storage that holds a single file under another name than its own."""

    prefix = None

    def __init__(self, source: Path) -> None:
        super().__init__(location=str(source.parent))
        self.source = source

    def path(self, name: str) -> str:
        return str(self.source)


class NpmFinder(BaseFinder):
    """A staticfiles finder for exactly the files in NPM_FILES, below settings.NPM_ROOT."""

    def __init__(self, app_names: object = None, *args: object, **kwargs: object) -> None:
        self.root = Path(settings.NPM_ROOT)
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """A file that is not installed is an error that names it: a page without its styles is no page."""
        return [
            Error(f"{source} is missing below {self.root.name}/", hint="run: make assets", id="core.E010")
            for source in NPM_FILES.values()
            if not (self.root / source).is_file()
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file served under `path`: one path, or a list of at most one when `find_all`."""
        source = NPM_FILES.get(path)
        if source is None or not (self.root / source).is_file():
            return []
        found = str(self.root / source)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, OneFile]]:
        """Every name with a storage to read it from, as collectstatic wants them."""
        for name, source in NPM_FILES.items():
            if not matches_patterns(name, ignore_patterns or []):
                yield name, OneFile(self.root / source)
