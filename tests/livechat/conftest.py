"""What the tests of this room share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from livechat import executor
from tests.livechat.server import Server, running
from tests.livechat.world import World, build


@pytest.fixture
def world(db: None) -> World:
    return build()


@pytest.fixture
def live_threads() -> Iterator[None]:
    """The socket's threads end with the test, so that their connections are not in the database's way."""
    yield
    executor.shut_down()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("live")) as one:
        yield one


@pytest.fixture
def talk(server: Server) -> dict[str, str]:
    """A ticket of ana's on her order, taken by cy, with both of its streams."""
    made: dict[str, str] = server.call("open", name="ana")
    return made
