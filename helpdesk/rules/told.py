"""One line above the next rules page; other faces' lines are left to them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

TAG = "rules"


def tell(request: HttpRequest, words: str, *, level: int = messages.SUCCESS) -> None:
    """Say it once, on the next rules page."""
    messages.add_message(request, level, words, extra_tags=TAG)


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page was asked for."""
    return bool(getattr(request, "htmx", False))


def go_to(request: HttpRequest, name: str, *args: object) -> HttpResponse:
    """On to another page, whether a part or a page was asked for."""
    where = reverse(name, args=args)
    return HttpResponseClientRedirect(where) if is_htmx(request) else redirect(where)
