"""Every address of the project, as the resolver knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """A route with its view; `view_class` where it is one."""

    path: str
    callback: Any

    @property
    def view_class(self) -> Any:
        return getattr(self.callback, "cls", None) or getattr(self.callback, "view_class", None)

    @property
    def is_own(self) -> bool:
        """Written in this project: not the log-in library's nor the framework's."""
        return not self.callback.__module__.startswith(("allauth.", "django."))

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")


def clean(pattern: str) -> str:
    """The route without a regular expression's anchors, its named groups in the form `<name>`."""
    pattern = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", pattern)
    return pattern.replace("^", "").replace("\\Z", "").replace("$", "").replace("\\", "")


def _walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for entry in patterns:
        here = prefix + clean(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, here)
        elif isinstance(entry, URLPattern):
            yield Route(here, entry.callback)


@cache
def routes() -> tuple[Route, ...]:
    """All of them, in the order in which they are tried."""
    return tuple(_walk(get_resolver().url_patterns, ""))


def route_of(path: str) -> Route:
    """The route with this path. KeyError when there is none."""
    for route in routes():
        if route.path == path:
            return route
    raise KeyError(path)


def scopes_of(route: Route) -> dict[str, str]:
    """The scopes that a token needs at an API door, by method."""
    return dict(getattr(route.view_class, "scopes", {}))


def fill(path: str, values: dict[str, Any]) -> str:
    """The address of a route with these parameters. KeyError names the one that is missing."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), path)
