"""A local server that speaks the shape of Shopify's GraphQL Admin API for orders and refunds, on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/admin/api/2026-04/graphql.json"
TOKEN = "shpat_test"


def order_node(number: str = "2041", total: str = "30.60", currency: str = "USD") -> dict[str, Any]:
    """An order as `orders(query:)` gives it: authorized, then captured in full."""

    def paid(n: int, kind: str) -> dict[str, Any]:
        money = {"shopMoney": {"amount": total, "currencyCode": currency}}
        gid = f"gid://shopify/OrderTransaction/{n}"
        return {
            "id": gid,
            "kind": kind,
            "status": "SUCCESS",
            "gateway": "shopify_payments",
            "amountSet": money,
        }

    return {
        "id": "gid://shopify/Order/5001",
        "name": f"#{number}",
        "currencyCode": currency,
        "refunds": [],
        "transactions": [paid(1, "AUTHORIZATION"), paid(2, "CAPTURE")],
    }


@dataclass
class Shop:
    """What the server knows and was asked. `broken`: what it does instead of answering, one entry a request."""

    orders: list[dict[str, Any]] = field(default_factory=lambda: [order_node()])
    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)
    let_go: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    @property
    def refunds(self) -> list[dict[str, Any]]:
        return self.orders[0]["refunds"]

    def create(self, wanted: dict[str, Any], key: str) -> dict[str, Any]:
        if self.errors:
            return {"refund": None, "userErrors": self.errors}
        if key not in self.by_key:
            gid = f"gid://shopify/Refund/{len(self.by_key) + 900}"
            row = {"id": gid, "note": wanted["note"], "transactions": {"nodes": [{"status": "SUCCESS"}]}}
            self.by_key[key] = row
            self.refunds.append(row)
        return {"refund": self.by_key[key], "userErrors": []}


@contextmanager
def serving() -> Iterator[Shop]:
    """A shop for the length of a test; it stops by itself."""
    shop = Shop()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            shop.asked.append(body)
            how = shop.broken.pop(0) if shop.broken else ""
            if self.path != PATH or self.headers["X-Shopify-Access-Token"] != TOKEN:
                self.answer(401, {"errors": "[API] Invalid API key or access token"})
            elif how == "hang":
                shop.let_go.wait(10)
            elif how == "garbled":
                self.answer(200, None)
            elif how == "throttled":
                errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
                self.answer(200, {"errors": errors})
            elif how and how != "lost":
                self.answer(int(how), {"errors": "no"})
            else:
                told = self.tell(body)
                if how == "lost":  # it was done, and nobody heard
                    self.close_connection = True
                else:
                    self.answer(200, {"data": told})

        def tell(self, body: dict[str, Any]) -> dict[str, Any]:
            asked = body["variables"]
            if "refundCreate" in body["query"]:
                return {"refundCreate": shop.create(asked["input"], asked["key"])}
            name = asked["query"].removeprefix("name:")
            return {"orders": {"nodes": [one for one in shop.orders if one["name"].startswith(name)]}}

        def answer(self, status: int, data: Any) -> None:
            raw = b"<html>" if data is None else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    shop.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        shop.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()
