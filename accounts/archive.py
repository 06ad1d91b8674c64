"""The copy of a person's data: one zip with a JSON file for each room, the files themselves, and what is what."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from core import privacy

CHUNK = 1024 * 1024


def write_archive(out: IO[bytes], person_id: int, at: datetime) -> None:
    """Write the zip into `out`. Files are copied in pieces, so that memory does not grow with them."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _about(at))
        for room in privacy.rooms():
            part = room.export(person_id)
            if not part.data and not part.files:
                continue
            archive.writestr(
                f"{room.code}.json", json.dumps(part.data, default=_plain, ensure_ascii=False, indent=2)
            )
            for name, key in part.files:
                _copy(archive, f"{room.code}/{name}", key)


def _about(at: datetime) -> str:
    lines = (
        _("This is a copy of what is held about you, made %(at)s.")
        % {"at": at.isoformat(timespec="seconds")},
        _(
            "Each .json file is one part of the shop's books; files that you sent stand in the folder of the same name."
        ),
        _("All times are in UTC."),
    )
    return "\n".join(lines) + "\n"


def _copy(archive: zipfile.ZipFile, name: str, key: str) -> None:
    """A file that is gone from the storage is left out: the rest is still worth having."""
    try:
        source = default_storage.open(key, "rb")
    except FileNotFoundError:
        return
    with source, archive.open(name, "w") as target:
        for piece in _pieces(source):
            target.write(piece)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(CHUNK):
        yield piece


def _plain(value: Any) -> str:
    """Times as ISO 8601, money as text, everything else by its own words."""
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)
