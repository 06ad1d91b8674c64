"""The one socket consumer of the house, at /ws/."""

from __future__ import annotations

from livechat.operations import Operations


class LiveConsumer(Operations):
    """Streams, topics and presence of one tab."""
