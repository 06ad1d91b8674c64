"""The embedded shape, and the network and the pages before it: what every run breaks."""

from __future__ import annotations

import pytest

from tests.faults.crowd import crowd
from tests.faults.house import House

pytestmark = pytest.mark.fault


async def test_the_embedded_shape_killed_again_and_again(embedded: House) -> None:
    async with crowd(embedded) as people:
        async with people.talking():
            for hook in ("kill-before-commit", "kill-after-commit"):
                await people.heard(3)
                embedded.arm(hook)
                victim = await embedded.met(hook)
                await embedded.died(victim)
                await embedded.restart(victim)
        await people.check()
