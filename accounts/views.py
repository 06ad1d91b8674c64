"""Pages of this room beside the log-in library's own."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.errors import NotFound
from core.mailbox import read


@require_GET
def demo_mail(request: HttpRequest) -> HttpResponse:
    """Every mail that the demo shop sent; there is no such page outside of demo mode."""
    if not settings.DEMO:
        raise NotFound()
    return render(request, "accounts/demo_mail.html", {"mails": read()})
