"""One world for each module of these tests; every test in it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from tests.access.world import TUESDAY, World, build, undone


@pytest.fixture(scope="module")
def built(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The world, written once inside of a transaction that never commits."""
    files = str(tmp_path_factory.mktemp("files"))
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=files),
        time_machine.travel(TUESDAY, tick=False),
        transaction.atomic(),
    ):
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def db(built: World) -> Iterator[None]:
    """The database as it was built; what a test writes is taken back after it. Stands in for the plain `db`."""
    cache.clear()
    with undone():
        yield


@pytest.fixture
def world(built: World, db: None) -> World:
    """Who and what there is, for one test."""
    return built
