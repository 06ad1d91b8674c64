"""When a desk opens, in words, and which pages may open a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from livechat import origins, words

SUNDAY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
NY = "America/New_York"


@pytest.mark.parametrize(
    "opens_at, reader, said",
    [
        (datetime(2026, 11, 23, 6, tzinfo=UTC), NY, "Monday 1:00 AM in New York"),
        (datetime(2026, 11, 23, 6, tzinfo=UTC), "America/Toronto", "Monday 1:00 AM in New York"),
        (datetime(2026, 11, 23, 6, tzinfo=UTC), "Asia/Tokyo", "Monday 1:00 AM in New York (3:00 PM for you)"),
        (
            datetime(2026, 11, 24, 2, tzinfo=UTC),
            "Asia/Tokyo",
            "Monday 9:00 PM in New York (Tuesday 11:00 AM for you)",
        ),
        (
            datetime(2026, 11, 23, 6, tzinfo=UTC),
            "America/Los_Angeles",
            "Monday 1:00 AM in New York (Sunday 10:00 PM for you)",
        ),
        (datetime(2026, 11, 22, 20, tzinfo=UTC), "UTC", "3:00 PM in New York (8:00 PM for you)"),
        (
            datetime(2026, 12, 1, 2, tzinfo=UTC),
            "Asia/Tokyo",
            "Monday, 30 November, 9:00 PM in New York (Tuesday, 1 December, 11:00 AM for you)",
        ),
    ],
)
def test_an_opening_is_told_in_both_zones(opens_at: datetime, reader: str, said: str) -> None:
    assert words.closed(opens_at, NY, reader, since=SUNDAY) == f"Chat is closed. It opens {said}."


def test_a_desk_that_never_opens_promises_nothing() -> None:
    assert words.closed(None, NY, "UTC", since=SUNDAY) == "Chat is closed."


def scope(origin: str | None, host: str = "127.0.0.1:8000", **headers: str) -> dict[str, Any]:
    named = {"host": host, **({"origin": origin} if origin is not None else {}), **headers}
    return {"headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]}


@pytest.mark.parametrize(
    "origin, host, allowed",
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://LOCALHOST:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", False),
        ("http://127.0.0.1:8000.evil.example", "127.0.0.1:8000", False),
        ("http://evil.example", "evil.example", False),
        ("http://evil.example", "127.0.0.1:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("", "127.0.0.1:8000", False),
        (None, "127.0.0.1:8000", False),
        ("https://shop.example", "127.0.0.1:8000", True),
    ],
)
def test_an_origin_is_compared_in_full(settings: Any, origin: str | None, host: str, allowed: bool) -> None:
    settings.PUBLIC_URL = "https://shop.example"
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
    assert origins.is_allowed(scope(origin, host)) is allowed


def test_behind_a_proxy_the_scheme_is_the_proxys(settings: Any) -> None:
    settings.PUBLIC_URL = "http://unused"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    secure = scope("https://127.0.0.1:8000", x_forwarded_proto="https")
    assert origins.is_allowed(secure)
    assert not origins.is_allowed(scope("https://127.0.0.1:8000", x_forwarded_proto="http"))
