"""`manage.py makemessages -l es`: takes new texts into locale/; needs the gettext tools (xgettext, msgmerge).

The catalogues of the source stand in locale/, while Django reads the compiled ones below build/.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

NOT_OURS = ["build/*", "node_modules/*", "var/*", "tests/*", "scripts/*", "docs/*", "*/demo/*", ".*"]
# A catalogue says nothing that changes with the day or the machine: it differs only when texts do.
_NOISE = re.compile(r'^"(?:POT-Creation-Date|PO-Revision-Date|Report-Msgid-Bugs-To): .*"\n', re.MULTILINE)


class Command(makemessages.Command):
    """Django's own, with the project's places and names."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=lazy"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def handle(self, *args: Any, **options: Any) -> None:
        settings.LOCALE_PATHS = [str(settings.BASE_DIR / "locale")]
        options["ignore_patterns"] = [*options["ignore_patterns"], *NOT_OURS]
        options.update(add_location="file", no_wrap=True, no_obsolete=True)
        super().handle(*args, **options)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        path = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        path.write_text(_NOISE.sub("", path.read_text("utf-8")), "utf-8")
