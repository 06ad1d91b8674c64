"""What the tests of the widget share."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.widget.world import World, build


@pytest.fixture
def world(db: None) -> World:
    cache.clear()
    return build()
