"""Files that come in: the run, a row for what became of each order, and the orders themselves in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.actors import Actor
from core.clock import now
from core.db import locked
from core.errors import DeskError, Forbidden, Invalid
from orders import permissions
from orders.actions.build import create_orders
from orders.actions.bulk import insert_rows
from orders.actions.promises import Horizon
from orders.actions.security import mark_many
from orders.actions.upsert import Outcome, change_order, upsert_order
from orders.data import OrderData, clean, digest_of
from orders.imports.cells import SURROGATE
from orders.imports.results import Found, Reject
from orders.models import Import, ImportRow, Order, Store

REASON_LIMIT = 300
COUNTED = ("created", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class _One:
    """An order of the batch: where it stands in the file, its clean data, their digest."""

    found: Found
    data: OrderData
    digest: str


def open_import(
    *, actor: Actor, store: Store, filename: str, format_code: str, header: Sequence[str] = ()
) -> Import:
    """Begin a run. Raises Forbidden for who may not bring orders into this store."""
    if not permissions.can_feed_store(actor, store):
        raise Forbidden()
    return Import.objects.create(
        store=store,
        filename=filename[-255:],
        format=format_code,
        header=[SURROGATE.sub("?", name) for name in header],
        actor_kind=actor.kind,
        actor_id=actor.id,
        started_at=now(),
    )


def close_import(*, actor: Actor, run: Import, failed: bool = False) -> Import:
    """End a run; `failed` when the rest of the file could not be read. What came in before stands."""
    run.refresh_from_db()
    run.state, run.ended_at = ("failed" if failed else "done"), now()
    run.save(update_fields=["state", "ended_at"])
    return run


def bring_in(
    *, actor: Actor, run: Import, batch: Sequence[Found | Reject], horizon: Horizon
) -> list[ImportRow]:
    """Bring one batch of orders in, in one transaction; a row for each, rejected ones among them.

    The orders of a batch have different numbers. New ones go in together, by the lines that a single
    `upsert_order` uses; those that exist one by one, each in its own savepoint, so that a bad one
    undoes nothing of the others.
    """
    rows: list[ImportRow] = []
    good: list[_One] = []
    for item in batch:
        checked = item if isinstance(item, Reject) else _checked(item, run.store, horizon)
        if isinstance(checked, Reject):
            rows.append(_rejected(run, checked))
        else:
            good.append(checked)
    with transaction.atomic():
        rows += _write(actor, run, good, horizon)
        rows.sort(key=lambda row: row.line)
        insert_rows(rows)
        _count(run, rows, sum(len(one.found.lines) for one in good))
    return rows


def _checked(found: Found, store: Store, horizon: Horizon) -> _One | Reject:
    try:
        data = clean(found.data, currency=store.currency, at=horizon.at)
    except Invalid as error:
        return found.reject(error)
    return _One(found, data, digest_of(data))


def _write(actor: Actor, run: Import, good: list[_One], horizon: Horizon) -> list[ImportRow]:
    here = Order.objects.filter(store=run.store)
    kept = dict(
        here.filter(number__in=[one.data.number for one in good]).values_list("number", "source_digest")
    )
    rows: list[ImportRow] = []
    fresh: list[_One] = []
    differing: list[_One] = []
    for one in good:
        if one.data.number not in kept:
            fresh.append(one)
        elif one.digest == kept[one.data.number] and one.data.updated_at is None:
            rows.append(_row(run, one, "unchanged"))  # writes nothing, so it needs no lock
        else:
            differing.append(one)
    if differing:
        told = here.filter(number__in=[one.data.number for one in differing])
        known = {x.number: x for x in locked(told.select_related("person", "store__calendar").order_by("pk"))}
        rows += [_change(actor, run, one, known[one.data.number], horizon) for one in differing]
        changed = [known[row.number] for row in rows if row.outcome == "updated"]
        mark_many(actor=actor, orders=changed, at=horizon.at)
    if fresh:
        rows += _create(actor, run, fresh, horizon)
    return rows


def _change(actor: Actor, run: Import, one: _One, order: Order, horizon: Horizon) -> ImportRow:
    try:
        with transaction.atomic():
            outcome = change_order(
                actor=actor, order=order, data=one.data, horizon=horizon, digest=one.digest
            )
    except DeskError as error:
        return _rejected(run, one.found.reject(error))
    return _row(run, one, outcome)


def _create(actor: Actor, run: Import, fresh: list[_One], horizon: Horizon) -> list[ImportRow]:
    batch = [(one.data, one.digest) for one in fresh]
    try:
        with transaction.atomic():
            made = create_orders(actor=actor, store=run.store, batch=batch, at=horizon.at, horizon=horizon)
            mark_many(actor=actor, orders=made, at=horizon.at)
    except IntegrityError:  # somebody inserted one of them meanwhile
        return [_one_by_one(actor, run, one) for one in fresh]
    return [_row(run, one, "created") for one in fresh]


def _one_by_one(actor: Actor, run: Import, one: _One) -> ImportRow:
    try:
        with transaction.atomic():
            return _row(run, one, upsert_order(actor=actor, store=run.store, data=one.data).outcome)
    except DeskError as error:
        return _rejected(run, one.found.reject(error))


def _row(run: Import, one: _One, outcome: Outcome) -> ImportRow:
    return ImportRow(run=run, line=one.found.line, number=one.data.number, outcome=outcome)


def _rejected(run: Import, reject: Reject) -> ImportRow:
    return ImportRow(
        run=run,
        line=reject.line,
        number=reject.number[:60].replace("\x00", ""),
        outcome="rejected",
        field=reject.column[:60],
        reason=(reject.reason or _("This order cannot be brought in."))[:REASON_LIMIT].replace("\x00", ""),
        cells=_storable(reject),
    )


def _storable(reject: Reject) -> list[list[str]]:
    """The rows of a rejected order, without what no database holds."""
    return [[SURROGATE.sub("\ufffd", cell).replace("\x00", "") for cell in row] for _line, row in reject.rows]


def _count(run: Import, rows: list[ImportRow], lines: int) -> None:
    counts = Counter(row.outcome for row in rows)
    changes = {name: F(name) + counts[name] for name in COUNTED if counts[name]}
    Import.objects.filter(pk=run.pk).update(**changes, lines=F("lines") + lines)
