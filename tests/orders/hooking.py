"""Messages as shops' systems send them, made by code, and how they are sent."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from core import outbox
from orders.hooks.signatures import sign

SECRET = "s3cret-of-the-shop"
HEADERS = {
    "shopify": ("X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "X-Shopify-Webhook-Id"),
    "woocommerce": ("X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "X-WC-Webhook-Delivery-ID"),
    "aftership": ("aftership-hmac-sha256", "x-none", "x-nobody"),
}
AT = "2026-11-02T10:00:{:02}-05:00"


def send(
    source: str,
    topic: str,
    data: Any,
    *,
    delivery: str = "",
    store: str = "us",
    secret: str = SECRET,
    client: Client | None = None,
    **headers: str,
) -> HttpResponse:
    """Post a message signed with the secret."""
    body = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    signature, named, number = HEADERS[source]
    given = {signature: sign(body, secret.encode()), named: topic, **({number: delivery} if delivery else {})}
    return (client or Client()).post(
        f"/api/v1/hooks/{source}/{store}/",
        body,
        content_type="application/json",
        headers={**given, **headers},
    )


def work() -> None:
    """Let the jobs run until none is due."""
    for _round in range(20):
        if not outbox.run_due():
            return


def person(first: str = "Zoë", last: str = "Müller") -> dict[str, Any]:
    return {
        "first_name": first,
        "last_name": last,
        "company": "Minato",
        "address1": "1 Main St",
        "address2": "Flat 2",
        "city": "Springfield",
        "province": "Kentucky",
        "zip": "40003",
        "country": "United States",
        "phone": "555-0100",
    }


def shopify_order(second: int = 0, **fields: Any) -> dict[str, Any]:
    """An order of two lines, paid, as Shopify tells it `second` seconds after it was placed."""
    return {
        "id": 820982911946154500,
        "name": "#1001",
        "email": "Zoe@Example.com",
        "created_at": AT.format(0),
        "processed_at": AT.format(0),
        "updated_at": AT.format(second),
        "currency": "USD",
        "financial_status": "paid",
        "fulfillment_status": None,
        "cancelled_at": None,
        "subtotal_price": "29.98",
        "total_discounts": "1.00",
        "total_tax": "2.00",
        "total_price": "36.98",
        "payment_gateway_names": ["visa"],
        "phone": None,
        "note": "Ring twice",
        "shipping_lines": [{"price": "5.00"}],
        "line_items": [
            {
                "title": "Tee",
                "variant_title": "Black / S",
                "sku": "TEE",
                "quantity": 2,
                "price": "9.99",
                "total_discount": "0.50",
            },
            {"title": "Mug", "variant_title": None, "sku": "MUG", "quantity": 1, "price": "10.00"},
        ],
        "shipping_address": person(),
        "billing_address": person("Bill"),
        "customer": {"first_name": "Zoë", "last_name": "Müller", "phone": "+15550100"},
        "fulfillments": [],
        "refunds": [],
        **fields,
    }


def dispatch(
    key: int = 1, number: str = "1Z999AA10123456784", second: int = 5, **fields: Any
) -> dict[str, Any]:
    """A dispatch of one parcel."""
    return {
        "id": key,
        "order_id": 820982911946154500,
        "name": f"#1001.{key}",
        "status": "success",
        "created_at": AT.format(5),
        "updated_at": AT.format(second),
        "tracking_company": "UPS",
        "tracking_numbers": [number],
        "tracking_urls": [f"https://carrier.example/{number}"],
        "shipment_status": None,
        **fields,
    }


def refund(key: int = 7, amount: str = "5.00") -> dict[str, Any]:
    return {
        "id": key,
        "order_id": 820982911946154500,
        "created_at": AT.format(20),
        "transactions": [{"kind": "refund", "status": "success", "amount": amount}],
    }


def tracking(number: str = "1Z999AA10123456784", upto: int = 3, **fields: Any) -> dict[str, Any]:
    """A parcel's news with its first checkpoints, the third of which is its delivery."""
    steps = [
        ("InTransit", "Left the depot", 10),
        ("OutForDelivery", "On the van", 30),
        ("Delivered", "Left at door", 40),
    ]
    points = [
        {"tag": tag, "message": words, "checkpoint_time": AT.format(second), "city": "Reno", "slug": "ups"}
        for tag, words, second in steps[:upto]
    ]
    told = {
        "tracking_number": number,
        "slug": "ups",
        "tag": steps[upto - 1][0],
        "checkpoints": points,
        **fields,
    }
    return {"event": "tracking_update", "event_id": f"{number}-{upto}", "ts": 1, "msg": told}


def woo_order(**fields: Any) -> dict[str, Any]:
    name = {
        "first_name": "Zoë",
        "last_name": "Müller",
        "address_1": "1 Main St",
        "city": "Reno",
        "country": "US",
    }
    return {
        "id": 727,
        "number": "727",
        "status": "processing",
        "currency": "USD",
        "date_created_gmt": "2026-11-02T10:00:00",
        "date_modified_gmt": "2026-11-02T10:00:05",
        "date_paid_gmt": "2026-11-02T10:00:05",
        "date_completed_gmt": None,
        "discount_total": "1.00",
        "shipping_total": "10.00",
        "total_tax": "1.35",
        "total": "28.35",
        "customer_note": "Thanks",
        "payment_method_title": "Bank",
        "billing": {**name, "email": "zoe@example.com", "phone": "555"},
        "shipping": name,
        "line_items": [
            {
                "name": "Woo &ndash; Single",
                "quantity": 2,
                "subtotal": "7.00",
                "total": "6.00",
                "sku": "W1",
                "meta_data": [{"key": "color", "value": "Black"}, {"key": "_hidden", "value": "x"}],
            }
        ],
        "refunds": [],
        **fields,
    }
