"""What every page's shell knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from core.actors import VISITOR


def shell(request: HttpRequest) -> dict[str, Any]:
    """The shop's name, the actor, the reader's zone; `csp_nonce` for libraries that ask for one."""
    return {
        "shop_name": settings.SHOP_NAME,
        "actor": getattr(request, "actor", VISITOR),
        "reader_zone": timezone.get_current_timezone_name(),
        "demo": settings.DEMO,
    }
