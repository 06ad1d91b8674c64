"""Files of orders in the console: send, match columns, try, bring in, mend. Managers alone."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import Any, BinaryIO, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.actors import Actor
from core.clock import now
from core.db import retrying
from core.errors import DeskError, Invalid, NotFound
from core.middleware import flash
from core.outbox import LEASE
from helpdesk.console.queries import presence_of
from helpdesk.feeds.names import NAMES
from helpdesk.feeds.views import _desk
from orders.actions import import_jobs, import_steps
from orders.api_import_jobs import rejected_file
from orders.imports import columns, states
from orders.imports.cells import SURROGATE
from orders.imports.formats import READERS
from orders.imports.lines import Source, Unreadable, look_at, rows_of
from orders.models import Import, ImportRow
from orders.queries import access_import, access_store, visible_imports, visible_stores

PAGE, PREVIEW, MENDED = 50, 5, 25
LABELS = {
    states.DRAFT: gettext_lazy("Not brought in yet"),
    states.CHECKING: gettext_lazy("Is tried"),
    states.CHECKED: gettext_lazy("Tried"),
    states.QUEUED: gettext_lazy("In the queue"),
    states.RUNNING: gettext_lazy("Comes in"),
    states.DONE: gettext_lazy("Brought in"),
    states.FAILED: gettext_lazy("Broken off"),
}
FORMATS = {
    "shopify_csv": gettext_lazy("Shopify, orders export"),
    "amazon_orders": gettext_lazy("Amazon, all-orders report"),
    "ebay_orders": gettext_lazy("eBay, orders report"),
    "helpdesk_orders": gettext_lazy("Our own table"),
    "mapped": gettext_lazy("Another table, by its columns"),
}


@require_http_methods(["GET", "POST"])
def files(request: HttpRequest) -> HttpResponse:
    """The files that came, the newest first; a new one is sent here."""
    actor = _desk(request)
    if request.method != "POST":
        return _page(request, actor, "files", {})
    try:
        run = _keep(request, actor)
    except DeskError as error:
        return _page(request, actor, "files", {}, error)
    return redirect("feeds:file", run.public_id)


def _keep(request: HttpRequest, actor: Actor) -> Import:
    upload = request.FILES.get("file")
    if upload is None:
        raise Invalid.field("file", _("Choose a file."))
    mends = access_import(actor, request.POST["mends"]) if request.POST.get("mends") else None
    store = mends.store if mends else access_store(actor, request.POST.get("store", ""))
    return import_jobs.upload_import(
        actor=actor, store=store, file=cast(BinaryIO, upload.file), filename=upload.name or "", mends=mends
    )


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """The header of our own table, to be filled in."""
    _desk(request)
    text = io.StringIO()
    csv.writer(text).writerow(columns.FIELDS)
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return answer


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One file, by where it stands."""
    actor = _desk(request)
    return _one(request, actor, access_import(actor, public_id))


@require_GET
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far it is; the whole page anew once it is through."""
    run = access_import(_desk(request), public_id)
    answer = render(request, "feeds/_progress.html", {"run": run, **_how_far(run)})
    if run.state not in states.AT_WORK:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def do(request: HttpRequest, public_id: str) -> HttpResponse:
    """One step: `columns`, `check`, `run`, `continue`, `drop`; the columns that stand in the form are kept first."""
    actor = _desk(request)
    run = access_import(actor, public_id)
    step = request.POST.get("op", "")
    try:
        if step == "drop":
            retrying(import_jobs.drop_import, actor=actor, run=public_id)
            flash(request, _("The file is thrown away; nothing came in."))
            return redirect("feeds:files")
        if step == "continue":
            retrying(import_jobs.continue_import, actor=actor, run=public_id)
            return redirect("feeds:file", public_id)
        if step not in ("columns", "check", "run"):
            names = "columns, check, run, continue, drop"
            raise Invalid.field("op", _("Choose one of: %(names)s.") % {"names": names})
        if "format" in request.POST:
            retrying(import_jobs.match_columns, actor=actor, run=public_id, **_columns(request))
        if step != "columns":
            begin = import_jobs.try_out if step == "check" else import_jobs.start_import
            retrying(begin, actor=actor, run=public_id)
    except NotFound:
        raise
    except DeskError as error:
        return _one(request, actor, run, error)
    return redirect("feeds:file", public_id)


def _columns(request: HttpRequest) -> dict[str, Any]:
    given = {name: request.POST.get(f"column-{name}", "") for name in columns.FIELDS}
    mapping = {name: column for name, column in given.items() if column}
    code = request.POST.get("format", "")
    dates = request.POST.get("dates", "")
    return {"format_code": code, "mapping": mapping if code == columns.MAPPED else {}, "dates": dates}


@require_POST
def mend(request: HttpRequest, public_id: str, row: int) -> HttpResponse:
    """Mended cells of one rejected order."""
    actor = _desk(request)
    run = access_import(actor, public_id)
    try:
        came = retrying(
            import_steps.mend_row, actor=actor, run=public_id, row=row, cells=_mended(request, run, row)
        )
    except NotFound:
        raise
    except DeskError as error:
        return _one(request, actor, run, error)
    if came.outcome == "rejected":
        return _one(request, actor, access_import(actor, public_id), Invalid(came.reason))
    flash(request, _("Order %(number)s is in.") % {"number": came.number})
    return redirect("feeds:file", public_id)


def _mended(request: HttpRequest, run: Import, pk: int) -> list[list[str]]:
    """The row's cells with those that the form changed."""
    row = run.rows.filter(pk=pk).first()
    if row is None:
        raise NotFound()
    cells = [list(line) + [""] * (len(run.header) - len(line)) for line in row.cells]
    for number, line in enumerate(cells):
        for index in range(len(line)):
            line[index] = request.POST.get(f"cell-{number}-{index}", line[index])
    return cells


@require_GET
def rejected(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The rejected rows as a file."""
    return rejected_file(access_import(_desk(request), public_id))


# What the pages show --------------------------------------------------------------------------------------


def _one(request: HttpRequest, actor: Actor, run: Import, error: DeskError | None = None) -> HttpResponse:
    wrong = run.rows.filter(outcome="rejected").order_by("line", "id")
    context = {
        "run": run,
        "is_draft": run.state in (states.DRAFT, states.CHECKED),
        "is_at_work": run.state in states.AT_WORK,
        "is_over": run.state in states.ENDED,
        "format": FORMATS.get(run.format, run.format),
        "formats": [(code, FORMATS[code]) for code in READERS],
        "fields": _fields(run),
        "preview": _preview(run),
        "wrong": [_shown(run, row) for row in wrong[:MENDED]],
        "more": max(0, wrong.count() - MENDED),
        **_how_far(run),
    }
    return _page(request, actor, "file", context, error)


def _fields(run: Import) -> list[tuple[str, str | Promise, str, bool]]:
    """Each field of an order: its name and what people call it, its column, whether it must be there."""
    matched = run.mapping or columns.guess(run.header)
    return [(name, NAMES[name], matched.get(name, ""), name in columns.REQUIRED) for name in columns.FIELDS]


def _how_far(run: Import) -> dict[str, Any]:
    told = (run.checked or {}) if run.state in (states.CHECKING, states.CHECKED) else vars(run)
    counts = [(name, told.get(name, 0)) for name in states.COUNTED]
    return {
        "percent": min(100, round(100 * run.read / max(1, run.size))),
        "counts": counts,
        "has_stopped": states.has_stopped(run, now()),
        "goes_on_at": (run.moved_at or run.started_at) + LEASE,
    }


def _preview(run: Import) -> list[list[str]]:
    """The first rows of a draft as they stand in its file."""
    if run.state not in (states.DRAFT, states.CHECKED) or not run.file:
        return []
    try:
        with import_jobs.open_file(run) as file:
            source = Source(file, run.filename)
            look_at(source)
            rows = [row.cells for row in islice(rows_of(source), PREVIEW + 1)]
    except (OSError, Unreadable):
        return []
    return [[SURROGATE.sub("\ufffd", cell)[:200] for cell in cells] for cells in rows]


def _shown(run: Import, row: ImportRow) -> dict[str, Any]:
    """A rejected order with the cells that are worth showing: those that say something, and the bad one."""
    cells = []
    for number, line in enumerate(row.cells):
        for index, name in enumerate(run.header):
            value = line[index] if index < len(line) else ""
            if value or name.strip() == row.field:
                cells.append((f"cell-{number}-{index}", name, value, name.strip() == row.field))
    return {"row": row, "cells": cells[:200]}


def _page(
    request: HttpRequest, actor: Actor, name: str, context: dict[str, Any], error: DeskError | None = None
) -> HttpResponse:
    after = request.GET.get("after", "")
    runs = visible_imports(actor)
    if after.isascii() and after.isdigit() and len(after) < 19:
        runs = runs.filter(pk__lt=int(after))
    rows = list(runs[: PAGE + 1])
    context = {
        "rows": [(row, LABELS.get(row.state, row.state)) for row in rows[:PAGE]],
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else "",
        "stores": visible_stores(actor),
        "labels": LABELS,
        **context,
        "section": "feeds",
        "presence": presence_of(actor),
        "error": error,
    }
    return render(request, f"feeds/{name}.html", context, status=error.status if error else 200)
