"""What the tests of this room share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from livechat import executor
from tests.livechat.world import World, build


@pytest.fixture
def world(db: None) -> World:
    return build()


@pytest.fixture
def live_threads() -> Iterator[None]:
    """The socket's threads end with the test, so that their connections are not in the database's way."""
    yield
    executor.shut_down()
