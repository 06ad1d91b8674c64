"""A file of orders that came in, and one that waits."""

from __future__ import annotations

import io
from typing import Any

from core.actors import SYSTEM
from orders.actions.import_jobs import upload_import
from orders.imports.lines import Source
from orders.imports.runner import run_import
from orders.imports.shopify_csv import REQUIRED
from tests.factories import actor

CELLS = {
    "Name": "#7001",
    "Email": "csv@example.com",
    "Financial Status": "paid",
    "Paid at": "2026-11-01 10:00:00 +0000",
    "Created at": "2026-11-01 10:00:00 +0000",
    "Currency": "USD",
    "Lineitem quantity": "1",
    "Lineitem name": "Mug",
}
MONEY = {"Subtotal": "10.00", "Total": "10.00", "Lineitem price": "10.00"}
CSV = "\n".join(
    [",".join(REQUIRED), ",".join(CELLS.get(name) or MONEY.get(name, "") for name in REQUIRED), ""]
).encode()


def files_of(world: Any) -> dict[str, dict[str, Any]]:
    """The run of one order, that order's row, and a draft."""
    store, source = world.house.store, Source(io.BytesIO(CSV), "orders.csv")
    run = run_import(actor=actor(world.people["agent"]), store=store, source=source, format_code="auto")
    draft = upload_import(actor=SYSTEM, store=store, file=io.BytesIO(CSV), filename="draft.csv")
    return {
        "import": {"public_id": run.public_id},
        "bad row": {"public_id": run.public_id, "row": run.rows.get().pk},
        "draft import": {"public_id": draft.public_id},
    }
