"""Carriers by number: shapes, check digits, links, and nobody where nothing fits."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orders.carriers import (
    CARRIERS,
    OTHER,
    detect,
    link_of,
    name_for,
    name_of,
    name_of_slug,
    others_of,
    possible,
    s10_is_right,
)
from orders.hooks.aftership import SUBTAGS, TAGS
from orders.hooks.shopify import SHIPMENT
from orders.models import Shipment
from orders.watch import STANDING, standing
from orders.watch_words import STATUSES

AFTERSHIP = {**TAGS, **SUBTAGS}
SHOPIFY = dict(SHIPMENT)
SHARED = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data" / "carriers"


@pytest.mark.parametrize(
    ("number", "carrier"),
    [
        ("1Z999AA10123456784", "UPS"),
        ("1z 999 aa1 0123456784", "UPS"),
        ("1Z999AA10123456785", OTHER),
        ("9400111899223100001237", OTHER),
        ("TBA012345678901", "Amazon Logistics"),
        ("LP123456785CN", "China Post"),
        ("EA123456785CN", "China EMS"),
        ("EA123456785JP", "Japan Post"),
        ("RB123456785GB", "Royal Mail"),
        ("RB123456786GB", OTHER),
        ("CX123456785CA", "Canada Post"),
        ("UG123456785YP", "Yanwen"),
        ("4PX3000123456789CN", "4PX"),
        ("YT1234567890123456", "YunExpress"),
        ("JD0123456789", OTHER),
        ("000000000000", OTHER),
        ("", OTHER),
        ("hello", OTHER),
        ("１Ｚ999AA10123456784", OTHER),
        ("٣" * 12, OTHER),
        ("1" * 400, OTHER),
    ],
)
def test_the_number_tells(number: str, carrier: str) -> None:
    assert name_of(detect(number)) == carrier


def test_one_digit_more_or_less_is_found() -> None:
    good = "RB123456785GB"
    assert s10_is_right(good)
    assert [n for n in range(10) if s10_is_right(f"RB12345678{n}GB")] == [5]


def test_links_and_what_was_told_go_first() -> None:
    assert link_of(Shipment(tracking_number="1Z999AA10123456784")).endswith("tracknum=1Z999AA10123456784")
    assert link_of(Shipment(tracking_number="1Z999AA10123456784", carrier="FedEx Ground")).startswith(
        "https://www.fedex.com/"
    )
    assert link_of(Shipment(tracking_number="1Z999AA10123456784", carrier="Own van")) == ""
    assert link_of(Shipment(tracking_number="12", url="https://x.example/")) == "https://x.example/"
    assert all(one.link.count("{}") == bool(one.link) for one in CARRIERS.values())
    assert (name_of_slug("canada-post"), name_of_slug("own-van")) == ("Canada Post", "Own Van")


def test_a_number_that_several_use_names_the_others() -> None:
    """Twelve digits that please the sums of two carriers; whose it is once somebody told, and nobody's else."""
    several = next(str(n) for n in range(100_000_000_000, 100_000_010_000) if len(list(possible(str(n)))) > 1)
    first, *others = possible(several)
    assert name_for(Shipment(tracking_number=several)) == name_of(first)
    assert others_of(Shipment(tracking_number=several)) == [name_of(code) for code in others]
    assert others_of(Shipment(tracking_number=several, carrier="Purolator")) == []
    assert name_for(Shipment(tracking_number=several, carrier="purolator ground")) == "Purolator"
    assert others_of(Shipment(tracking_number="1Z999AA10123456784")) == []
    assert (name_for(Shipment(tracking_number="12")), others_of(Shipment(tracking_number="12"))) == ("", [])
    assert name_for(Shipment(tracking_number="12", carrier="Own van")) == "Own van"


@pytest.mark.parametrize(("source", "table"), [("aftership", AFTERSHIP), ("shopify", SHOPIFY)])
def test_each_status_of_each_source_has_its_place_and_words(source: str, table: dict[str, str]) -> None:
    for told, status in table.items():
        assert status in STANDING and status in STATUSES, (source, told)
    assert standing("delivered") > standing("out_for_delivery") > standing("in_transit") > standing("pending")
    assert set(STATUSES) - set(STANDING) == {"cancelled"}


@pytest.mark.shared_data
def test_numbers_of_real_labels() -> None:
    """All that are valid but the 14 plain digits, which several carriers use; none that is invalid is theirs."""
    ours = {"canada_post": "canada post", "speedee": "spee-dee", "old_dominion": "old dominion"}
    tried = 0
    with (SHARED / "tracking_numbers_test.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = ours.get(row["courier"], row["courier"])
            code = "dhl ecommerce" if row["type"].startswith("dhl_ecommerce") else code
            if row["type"] == "dhl_ecommerce_14":
                continue
            found = list(possible(row["number"]))
            if row["validity"] != "valid":
                assert code not in found or row["type"] == "purolator_alpha", row
            elif code == "s10":
                assert found or row["number"].strip()[-2:] in ("CV", "CF"), row
            else:
                assert code in found, row
            tried += 1
    assert tried > 250
