"""What the tests of this room share."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from core import outbox
from core.models import Outbox


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> Any:
    """Files of a test stand in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def picture(kind: str = "PNG", **extra: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "#0f6b5b").save(out, kind, **extra)
    return out.getvalue()


def mails() -> list[dict[str, Any]]:
    """What is in the outbox to be mailed, oldest first."""
    return list(Outbox.objects.filter(kind="mail.send").order_by("pk").values_list("payload", flat=True))


def work() -> None:
    """Carry out everything that is due, and what that asked for."""
    while outbox.run_due():
        pass
    assert not Outbox.objects.filter(state__in=("running", "failed")).exists()
    assert not Outbox.objects.filter(attempts__gt=1).exists()
