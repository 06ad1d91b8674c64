"""Refunds through Shopify's GraphQL Admin API: the order is found by its number, then `refundCreate`.

The same refund is never paid twice: its key goes with the mutation (`@idempotent`), stands in the refund's
note, and refunds that carry it already are found before anything is sent. The amount goes back over the sale or
capture that paid, so to the account that paid. See Shopify's pages on `orders` and `refundCreate`.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from orders.models import Refund
from orders.refunding.ports import SHOPIFY, RefundRefused, RefundUnclear

TIMEOUT = 15.0  # seconds
MOST_ANSWER = 2_000_000  # bytes
FIND = """query FindOrder($query: String!) {
  orders(first: 5, query: $query) { nodes {
    id name currencyCode
    refunds { id note }
    transactions(first: 50) {
      id kind status gateway amountSet { shopMoney { amount currencyCode } }
    }
  } }
}"""
CREATE = """mutation GiveBack($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id transactions(first: 10) { nodes { status } } }
    userErrors { field message }
  }
}"""
Answer = dict[str, Any]


class _Stay(urllib.request.HTTPRedirectHandler):
    """The token goes to the shop that was named and nowhere else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


@dataclass(frozen=True, slots=True)
class ShopifyPort:
    """`base` is the API's address up to the version; `token` an access token with the scope write_orders."""

    base: str
    token: str
    timeout: float = TIMEOUT
    name: str = SHOPIFY

    @classmethod
    def from_settings(cls) -> ShopifyPort:
        shop = settings.SHOPIFY_SHOP.rstrip("/")
        host = shop if "://" in shop else f"https://{shop}"
        return cls(f"{host}/admin/api/{settings.SHOPIFY_API_VERSION}", settings.SHOPIFY_TOKEN)

    def send(self, refund: Refund) -> str:
        """Shopify's id of the refund. Raises RefundRefused, RefundUnclear."""
        order = self._find(refund)
        if known := _known(order, refund):
            return known
        answer = self._ask(CREATE, {"input": _input(order, refund), "key": refund.key})
        return _created(answer)

    def _find(self, refund: Refund) -> Answer:
        number = refund.order.number
        answer = self._ask(FIND, {"query": f"name:#{number}"})
        nodes = (answer.get("orders") or {}).get("nodes") or []
        found = [node for node in nodes if str(node.get("name", "")).removeprefix("#") == number]
        if len(found) != 1:
            raise RefundRefused(f"Shopify knows {len(found)} orders with the number {number}.")
        return dict(found[0])

    def _ask(self, query: str, variables: Answer) -> Answer:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": self.token}
        address = f"{self.base}/graphql.json"
        if not address.startswith(("https://", "http://127.0.0.1")):
            raise RefundRefused("SHOPIFY_SHOP is no https address.")
        request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310  # looked at above
        try:
            with _opener.open(request, timeout=self.timeout) as response:
                raw = response.read(MOST_ANSWER)
        except urllib.error.HTTPError as error:
            raise _http_error(error.code) from None
        except OSError as error:  # no connection, or no answer in time
            raise RefundUnclear(f"Shopify did not answer: {type(error).__name__}.") from None
        return _data(raw)


def _http_error(status: int) -> Exception:
    if status == 429 or status >= 500:
        return RefundUnclear(f"Shopify answered {status}.")
    words = "Check the token and its scopes." if status in (401, 403) else "Check the shop's address."
    return RefundRefused(f"Shopify answered {status}. {words}")


def _data(raw: bytes) -> Answer:
    try:
        answer = json.loads(raw)
    except ValueError:
        raise RefundUnclear("Shopify's answer cannot be read.") from None
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if errors:
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        code = (first.get("extensions") or {}).get("code", "")
        if code in ("THROTTLED", "INTERNAL_SERVER_ERROR"):
            raise RefundUnclear(f"Shopify is busy: {code}.")
        raise RefundRefused(f"Shopify refused: {str(first.get('message') or errors)[:200]}")
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise RefundUnclear("Shopify's answer holds nothing.")
    return data


def note_of(refund: Refund) -> str:
    """What tells our refund among the order's."""
    return f"Helpdesk refund {refund.key}"


def _known(order: Answer, refund: Refund) -> str:
    for one in order.get("refunds") or ():
        if refund.key in str(one.get("note") or ""):
            return str(one["id"])
    return ""


def _input(order: Answer, refund: Refund) -> Answer:
    """Back over the payments that came in, the largest first, never more than each brought."""
    left, parts = refund.amount, []
    for paid in sorted(_payments(order, refund.currency), key=lambda one: -one[1]):
        part = min(left, paid[1])
        if part > 0:
            parts.append(
                {"orderId": order["id"], "parentId": paid[0], "gateway": paid[2], "kind": "REFUND",
                 "amount": f"{part:.2f}"}
            )  # fmt: skip
            left -= part
    if left > 0:
        raise RefundRefused("The payments on this order in Shopify are smaller than the refund.")
    return {"orderId": order["id"], "note": note_of(refund), "notify": False, "transactions": parts}


def _payments(order: Answer, currency: str) -> list[tuple[str, Decimal, str]]:
    found = []
    for one in order.get("transactions") or ():
        money = (one.get("amountSet") or {}).get("shopMoney") or {}
        if one.get("kind") not in ("SALE", "CAPTURE") or one.get("status") != "SUCCESS":
            continue
        if money.get("currencyCode") != currency:
            raise RefundRefused(f"This order was paid in {money.get('currencyCode')}, not in {currency}.")
        try:
            found.append((str(one["id"]), Decimal(str(money["amount"])), str(one.get("gateway") or "")))
        except (KeyError, InvalidOperation):
            raise RefundUnclear("Shopify's answer names no amount.") from None
    return found


def _created(answer: Answer) -> str:
    told = answer.get("refundCreate") or {}
    if errors := told.get("userErrors"):
        raise RefundRefused(f"Shopify refused: {str(errors[0].get('message'))[:200]}")
    refund = told.get("refund") or {}
    if not refund.get("id"):
        raise RefundUnclear("Shopify named no refund.")
    nodes = (refund.get("transactions") or {}).get("nodes") or []
    if any(one.get("status") in ("FAILURE", "ERROR") for one in nodes):
        raise RefundRefused("Shopify could not pay it back to the account that paid.")
    return str(refund["id"])
