"""A manager sends a file of orders with forty bad rows, mends them in place and as a file, and sends them again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import People
from tests.journeys.kit import ask
from tests.servers import Shop

pytestmark = pytest.mark.journey
GOOD = {
    "email": "ann@example.com",
    "placed_at": "2026-01-31 18:05",
    "item": "Mug",
    "quantity": "1",
    "price": "12.50",
    "status": "delivered",
    "currency": "USD",
}
WRONG = (
    {"quantity": "two"},
    {"price": "ten"},
    {"price": "-3.00"},
    {"placed_at": "03/04/2026"},
    {"placed_at": ""},
    {"email": "nobody"},
    {"currency": "EUR"},
    {"status": "bartered"},
)
ORDERS, BAD = 400, 40


def rows() -> list[dict[str, str]]:
    """Four hundred orders; every tenth is wrong, in eight ways by turns, and its item looks like a formula."""
    made = [{"number": f"F-{n}", **GOOD} for n in range(ORDERS)]
    for turn, row in enumerate(made[::10]):
        row |= {"item": "=1+1", **WRONG[turn % len(WRONG)]}
    return made


def as_csv(table: list[dict[str, str]], header: list[str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header)
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()


def test_forty_bad_rows_mended_and_sent_again(
    shop: Shop, people: People, shot: Callable[[Page, str], None]
) -> None:
    page = people.signed_in(shop, shop.facts["staff"]["manager"])
    page.goto(shop.url("/console/feeds/files/"))
    header = ["number", *GOOD]
    _send(page, "#file", as_csv(rows(), header))
    expect(page.get_by_role("heading", name="orders.csv")).to_be_visible()
    expect(page.get_by_role("cell", name="F-3", exact=True)).to_be_visible()
    page.get_by_role("button", name="Dry run").press("Enter")
    _counted(page, "What would become of the orders", new=ORDERS - BAD, rejected=BAD)
    assert ask(page, "GET", "/api/v1/orders/?search=F-1")[1]["results"] == []
    page.get_by_role("button", name="Bring in").press("Enter")
    _counted(page, "What became of the orders", new=ORDERS - BAD, rejected=BAD)
    shot(page, "import-rejected")
    _mend_the_first(page)
    _counted(page, "What became of the orders", new=ORDERS - BAD + 1, rejected=BAD - 1)
    with page.expect_download() as download:
        page.get_by_role("link", name="All as a file, with the reasons").click()
    told = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert len(told) == BAD - 1
    assert all(row["Rejected because"] and row["item"] == "'=1+1" for row in told)
    mended = [{**row, **{name: GOOD[name] for name in GOOD if name != "item"}} for row in told]
    _send(page, "#mended", as_csv(mended, list(told[0])))
    page.get_by_role("button", name="Bring in").press("Enter")
    _counted(page, "What became of the orders", new=BAD - 1, rejected=0)
    found = ask(page, "GET", "/api/v1/orders/us:F-390/")[1]
    assert (found["lines"][0]["name"], found["lines"][0]["quantity"]) == ("=1+1", 1)
    shot(page, "import-mended")


def _send(page: Page, field: str, data: bytes) -> None:
    page.locator(field).set_input_files({"name": "orders.csv", "mimeType": "text/csv", "buffer": data})
    page.locator(f"form:has({field})").get_by_role("button", name="Send").press("Enter")


def _counted(page: Page, title: str, *, new: int, rejected: int) -> None:
    """The page comes by itself to what became of the file."""
    card: Locator = page.locator("section.card").filter(has_text=title)
    expect(card.locator("dd").nth(0)).to_have_text(str(new), timeout=30_000)
    expect(card.locator("dd").nth(3)).to_have_text(str(rejected))


def _mend_the_first(page: Page) -> None:
    """What stays wrong keeps its words; what is right comes in."""
    row = page.locator("details.bad-row").first
    expect(row.locator("summary")).to_contain_text("“two” is not a number of pieces")
    for words in ("many", "2"):
        cell = row.locator("[aria-invalid=true]")
        cell.fill(words)
        cell.press("Enter")
        if words == "many":
            expect(row.locator("summary")).to_contain_text("“many” is not a number of pieces")
    expect(page.get_by_text("Order F-0 is in.")).to_be_visible()
