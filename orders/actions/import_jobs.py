"""Files of orders that people send in: kept, looked at, tried, brought in by the worker, mended.

A file is kept only until its run has ended; what was rejected stands in the run's rows, for a month.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from core import outbox
from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from orders import permissions
from orders.imports import columns, states
from orders.imports.formats import AUTO, READERS, format_of
from orders.imports.lines import Source, Unreadable, checked_header, look_at
from orders.models import Import, ImportRow, Store

JOB = "orders.import"
MOST_UPLOADED = 200_000_000  # bytes; larger files come in by the command
FILE_KEPT = timedelta(days=7)  # of a draft that nobody brought in
CELLS_KEPT = timedelta(days=30)  # of rejected rows: they name people


def upload_import(
    *,
    actor: Actor,
    store: Store,
    file: BinaryIO,
    filename: str,
    format_code: str = AUTO,
    mends: Import | None = None,
) -> Import:
    """Keep a file and say which format it is; a draft, of which nothing came in yet.

    A file of none that is known gets the format `mapped` with guessed columns. One that mends the rejected
    rows of another run is of that one's format. Raises Forbidden, TooLarge, Invalid (`file`, `format`).
    """
    if not permissions.can_feed_store(actor, store):
        raise Forbidden()
    source = Source(file, filename)
    if source.size > MOST_UPLOADED:
        words = _("At most %(mb)d MB come in this way; larger files by the command import_orders.")
        raise TooLarge(words % {"mb": MOST_UPLOADED // 1_000_000})
    if format_code not in (AUTO, *READERS):
        raise Invalid.field("format", _("Choose one of: %(names)s.") % {"names": ", ".join((AUTO, *READERS))})
    try:
        look_at(source)
        header = checked_header(source)
    except Unreadable as error:
        raise Invalid.field("file", str(error), code="unreadable") from None
    guessed = (mends.format if mends else "") or format_of(header)
    code = format_code if format_code != AUTO else guessed or columns.MAPPED
    mapping: dict[str, str] = {}
    if code == columns.MAPPED:
        mapping = dict(mends.mapping) if mends and mends.mapping else columns.guess(header)
    at = now()
    file.seek(0)
    key = default_storage.save(f"imports/{at:%Y/%m}/{secrets.token_hex(20)}", File(file))
    try:
        return Import.objects.create(
            store=store,
            filename=filename[-255:],
            format=code,
            state=states.DRAFT,
            file=key,
            size=source.size,
            mapping=mapping,
            dates=mends.dates if mends else "",
            header=[name.replace("\x00", "")[:200] for name in header],
            mends=mends,
            actor_kind=actor.kind,
            actor_id=actor.id,
            started_at=at,
        )
    except BaseException:
        default_storage.delete(key)
        raise


def match_columns(
    *, actor: Actor, run: str, format_code: str, mapping: Mapping[str, str], dates: str = ""
) -> Import:
    """Say what a draft is and which column is which field; a dry run that came before counts no more.

    Raises NotFound, Conflict (`import_state`), Invalid (`mapping`, `format`, `dates`).
    """
    if format_code not in READERS:
        raise Invalid.field("format", _("Choose one of: %(names)s.") % {"names": ", ".join(READERS)})
    if dates not in ("", "dmy", "mdy"):
        raise Invalid.field("dates", _("Choose one of: %(names)s.") % {"names": "dmy, mdy"})
    with transaction.atomic():
        row = _mine(actor, run)
        _in(row, states.DRAFT, states.CHECKED)
        given = {name: column for name, column in mapping.items() if column}
        if format_code == columns.MAPPED:
            try:
                columns.check_mapping(given, row.header)
            except Unreadable as error:
                raise Invalid.field("mapping", str(error)) from None
        row.rows.all().delete()
        row.format, row.mapping, row.dates = format_code, given, dates
        row.state, row.checked = states.DRAFT, None
        row.save(update_fields=["format", "mapping", "dates", "state", "checked"])
    return row


def try_out(*, actor: Actor, run: str) -> Import:
    """Let the worker say what would become of each order; nothing is changed by it.

    Raises NotFound, Conflict (`import_state`), Invalid (`mapping`).
    """
    return _begin(actor, run, states.CHECKING, (states.DRAFT, states.CHECKED, states.CHECKING))


def start_import(*, actor: Actor, run: str) -> Import:
    """Let the worker bring the orders in. Once more for one that stands still goes on where it stopped.

    Raises NotFound, Conflict (`import_state`), Invalid (`mapping`).
    """
    allowed = (states.DRAFT, states.CHECKED, states.QUEUED, states.RUNNING)
    return _begin(actor, run, states.QUEUED, allowed)


def continue_import(*, actor: Actor, run: str) -> Import:
    """Let another worker go on with a file whose own stopped, from the last order that is through.

    By itself that happens when the dead one's lease is over (`core.outbox.LEASE`). Nothing comes in twice, also
    where the first was only slow. Raises NotFound, Conflict (`import_state`).
    """
    with transaction.atomic():
        row = _mine(actor, run)
        _in(row, *states.AT_WORK)
        if states.has_stopped(row, now()):
            _ask_worker(row)
    return row


def _begin(actor: Actor, run: str, state: str, allowed: tuple[str, ...]) -> Import:
    with transaction.atomic():
        row = _mine(actor, run)
        _in(row, *allowed)
        if not row.file:
            raise Conflict(_("The file is no longer kept. Send it again."), code="import_state")
        if row.format == columns.MAPPED:
            try:
                columns.check_mapping(row.mapping, row.header)
            except Unreadable as error:
                raise Invalid.field("mapping", str(error)) from None
        if row.state not in (states.QUEUED, states.RUNNING):
            row.rows.all().delete()  # what a dry run rejected
            row.state, row.read, row.error = state, 0, ""
            row.checked = {} if state == states.CHECKING else row.checked
            row.save(update_fields=["state", "read", "error", "checked"])
        _ask_worker(row)
    return row


def _ask_worker(row: Import) -> None:
    row.moved_at = now()
    row.save(update_fields=["moved_at"])
    outbox.enqueue(JOB, {"run": row.pk})


def drop_import(*, actor: Actor, run: str) -> None:
    """Take a draft back: its file goes. Raises NotFound, Conflict (`import_state`)."""
    with transaction.atomic():
        row = _mine(actor, run)
        _in(row, states.DRAFT, states.CHECKED)
        key = row.file
        row.delete()
    default_storage.delete(key)


def _mine(actor: Actor, public_id: str) -> Import:
    """The run under its lock, for who may bring orders into its store."""
    row = locked(Import.objects.filter(public_id=public_id).select_related("store__calendar")).first()
    if row is None or not permissions.can_feed_store(actor, row.store):
        raise NotFound()
    return row


def _in(row: Import, *allowed: str) -> None:
    if row.state not in allowed:
        raise Conflict(
            _("This file is not in the state for that any more. Look at it again."), code="import_state"
        )


# Keeping ------------------------------------------------------------------------------------------------


def forget_imports() -> int:
    """Delete files of drafts that nobody brought in, and empty old rejected rows; how many of both."""
    at = now()
    old = Import.objects.exclude(file="").filter(started_at__lt=at - FILE_KEPT)
    gone = 0
    for row in old.exclude(state__in=states.AT_WORK)[:500]:
        default_storage.delete(row.file)
        row.file = ""
        row.save(update_fields=["file"])
        gone += 1
    rows = ImportRow.objects.filter(outcome="rejected", run__started_at__lt=at - CELLS_KEPT)
    return gone + rows.exclude(cells=[]).update(cells=[])


def erase_imports(addresses: Iterable[str | None]) -> None:
    """Empty the rejected rows that name one of these e-mail addresses."""
    told = {address.lower() for address in addresses if address}
    rows = ImportRow.objects.filter(outcome="rejected").exclude(cells=[]).only("pk", "cells")
    found = [row.pk for row in rows.iterator(500) if told and _names(row.cells, told)]
    ImportRow.objects.filter(pk__in=found).update(cells=[], reason="")


def _names(cells: Any, told: set[str]) -> bool:
    text = str(cells).lower()
    return any(address in text for address in told)


def open_file(row: Import) -> BinaryIO:
    """The kept file, to be closed by the caller. Raises OSError when it is gone."""
    return cast(BinaryIO, default_storage.open(row.file, "rb").file)
