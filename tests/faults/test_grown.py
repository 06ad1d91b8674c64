"""Servers that die, in the places where it hurts."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.faults.crowd import crowd
from tests.faults.house import House

pytestmark = pytest.mark.fault


async def test_killed_between_commit_and_ack(grown: House) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            for _ in range(2):
                await people.heard(4)
                grown.arm("kill-after-commit")
                victim = await grown.met("kill-after-commit")
                await grown.died(victim)
                await people.heard(4)
                await grown.restart(victim)
        await people.check()


async def test_killed_after_the_ack_and_before_anything_was_published(grown: House) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            grown.arm("no-push", server=0)
            await people.heard(6)
            victim = grown.servers[0]
            victim.kill()
            grown.disarm("no-push")
            await people.heard(4)
            await grown.restart(victim)
        await people.check()


async def test_terminated_in_mid_send(grown: House) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            grown.arm("hold")
            victim = await grown.met("hold")
            victim.signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
            grown.disarm("hold")
            await people.heard(4)
            await grown.died(victim)
            await grown.restart(victim)
        await people.check()


async def test_all_servers_down(grown: House) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            for process in grown.servers:
                process.kill()
            await asyncio.sleep(2)
            await grown.restart(*grown.servers)
        await people.check()
