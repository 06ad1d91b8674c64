"""The helpdesk's own socket as it is served, for one that measures: no limits of speed, nobody is closed for silence.

The limits are asked as ever; they only never say no.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from helpdesk.asgi import application
from livechat import connection, limits, operations

__all__ = ["application"]
WIDE = 1e6


def _wide(*_: object, **__: object) -> limits.Bucket:
    return limits.Bucket(WIDE, int(WIDE))


operations.for_sends = _wide
connection.for_frames = _wide
connection.SILENT_AFTER = connection.LOOK_AGAIN_EVERY = 3600.0
operations.SOCKETS_LIMIT = 10**6
