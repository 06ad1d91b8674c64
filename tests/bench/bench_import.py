"""How fast files of orders come in, and what memory they take.

    python scripts/services.py --for-app -- python tests/bench/bench_import.py [LINES] [shopify|own|xlsx …]

On PostgreSQL when DATABASE_URL names one, else on SQLite in a temporary home. Makes its own files and database,
prints lines/s of the first import and of the same file again, the memory after the first batches and at the end,
and `verify_record` rows/s. Ends with 1 when a first import was slower than its goal or the memory grew.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent.parent
COLUMNS = 79  # of the real export; those that are not read are blank
GOAL = 3000.0  # lines a second of the first import, on PostgreSQL
GROWTH = 48.0  # MB from the first batches to the end, of a million lines; the numbers of 500,000 orders are 12 of them
KINDS = ("shopify", "own", "xlsx")
OWN = "number,email,placed_at,item,quantity,price,sku,name,ship_line1,ship_city,ship_country,status".split(
    ","
)


def write(path: Path, kind: str, lines: int) -> None:
    """A file of about so many lines, two to an order, a buyer for every five orders."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    {"shopify": _shopify, "own": _own, "xlsx": _workbook}[kind](path, lines // 2)


def _shopify(path: Path, orders: int) -> None:
    from tests.orders.conftest import HEADER, line, row

    header = [*HEADER, *(f"Unused {n}" for n in range(COLUMNS - len(HEADER)))]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        for n in range(orders):
            first = row(f"#{n}", Email=f"buyer{n // 5}@example.com", Shipping_Name=f"Buyer {n // 5}")
            writer.writerow({**first, "Lineitem sku": f"SKU-{n % 997}"})
            writer.writerow(line(f"#{n}", Lineitem_sku=f"SKU-{n % 991}"))


def _rows(orders: int) -> Iterator[list[str]]:
    yield OWN
    for n in range(orders):
        who = [f"buyer{n // 5}@example.com", "2014-01-14 12:00"]
        where = [f"Buyer {n // 5}", f"{n} Main St", "Springfield", "US", "delivered"]
        for position in (1, 2):
            yield [f"B-{n}", *who, f"Mug {n % 997}", str(position), "10.00", f"SKU-{n % 991}", *where]


def _own(path: Path, orders: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_rows(orders))


def _workbook(path: Path, orders: int) -> None:
    """As spreadsheets write it: each text once in a table of its own, cells name its place there."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pack = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    texts: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{main}"><sheetData>'.encode())
            for row in _rows(orders):
                cells = "".join(f'<c t="s"><v>{texts.setdefault(cell, len(texts))}</v></c>' for cell in row)
                sheet.write(f"<row>{cells}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
        with parts.open("xl/sharedStrings.xml", "w", force_zip64=True) as table:
            table.write(f'<sst xmlns="{main}">'.encode())
            for text in texts:
                table.write(f"<si><t>{escape(text)}</t></si>".encode())
            table.write(b"</sst>")
        parts.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        parts.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{pack}"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{rel}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        parts.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{pack}"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        parts.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}worksheet+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}sharedStrings+xml"/></Types>',
        )


def main(lines: int, kinds: list[str]) -> int:
    """Measure and print; the exit status."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with tempfile.TemporaryDirectory() as home:
        os.environ["HELPDESK_HOME"] = home
        import django

        django.setup()
        return measure(Path(home), lines, kinds)


def measure(home: Path, lines: int, kinds: list[str]) -> int:
    from django.core.management import call_command
    from django.db import connection

    from orders.verify import count_rows, verify
    from tests.factories import make_policies, make_store

    call_command("migrate", verbosity=0)
    make_policies()
    missed = 0
    for kind in kinds:
        path = home / f"orders-{kind}{'.xlsx' if kind == 'xlsx' else '.csv'}"
        # Written by a process of its own: what that took is none of the import's memory.
        subprocess.run([sys.executable, __file__, "--write", str(path), kind, str(lines)], check=True)
        store = make_store(kind)
        print(f"{connection.vendor}: {kind}, {lines:,} lines, {path.stat().st_size / 1e6:.1f} MB", flush=True)
        for what in ("first import", "the same again"):
            rate, grew = _bring(path, store, lines, what)
            missed += what == "first import" and connection.vendor == "postgresql" and rate < GOAL
            missed += grew > GROWTH * max(1.0, lines / 1e6)
    if lines <= 200_000:  # a bench of its own measures more
        start = time.perf_counter()
        wrong = sum(1 for _finding in verify())
        took = time.perf_counter() - start
        print(f"{'verify_record':>15}: {count_rows() / took:8,.0f} rows/s   {wrong} findings")
    return int(missed > 0)


def _bring(path: Path, store: object, lines: int, what: str) -> tuple[float, float]:
    """One run; lines/s and by how many MB the process grew after its first batches."""
    from core.actors import SYSTEM
    from orders.imports.lines import Source
    from orders.imports.runner import Watch, run_import

    sizes: list[float] = []
    with path.open("rb") as file:
        start, cpu = time.perf_counter(), time.process_time()
        run = run_import(
            actor=SYSTEM,
            store=store,  # type: ignore[arg-type]
            source=Source(file, path.name),
            watch=Watch(progress=lambda _at, _counts: sizes.append(resident())),
        )
        took, used = time.perf_counter() - start, time.process_time() - cpu
    counts = f"{run.created:,} created, {run.unchanged:,} unchanged, {run.rejected:,} rejected"
    early = sizes[min(len(sizes) - 1, 20)]  # twenty batches: what is loaded once is there
    print(f"{what:>15}: {lines / took:8,.0f} lines/s  ({took:.1f} s, {used:.1f} s of it Python)  {counts}")
    print(
        f"{'memory':>15}: {early:.0f} MB after the first batches, {max(sizes):.0f} MB at most, {sizes[-1]:.0f} MB at the"
        f" end; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return lines / took, max(sizes) - early


def resident() -> float:
    """MB of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        asked = sys.argv[1:]
        sys.exit(main(int(asked[0]) if asked else 100_000, asked[1:] or list(KINDS)))
