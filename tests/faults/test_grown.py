"""Two daphnes, a worker, PostgreSQL and Redis: what every run breaks, and its longer forms."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import ExitStack, suppress
from typing import Any

import psycopg
import pytest

from core import live
from tests.faults.crowd import Crowd, crowd, patience
from tests.faults.engines import Postgres, Valkey
from tests.faults.house import House, within_seconds

pytestmark = pytest.mark.fault
NIGHTLY = pytest.mark.nightly


async def test_killed_between_commit_and_ack(grown: House) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            grown.arm("kill-after-commit")
            victim = await grown.met("kill-after-commit")
            await grown.died(victim)
            await people.heard(4)
            await grown.restart(victim)
        await people.check()


@NIGHTLY
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
        await people.check(expected="RequestAborted")  # pages that were asked for at that moment


@NIGHTLY
async def test_servers_are_replaced_one_after_the_other(grown: House) -> None:
    """Each is asked to leave, sees its people off, and its sockets are told so; nobody is cut off."""
    async with crowd(grown) as people:
        async with people.talking():
            for process in grown.servers:
                await people.heard(3)
                await grown.terminate(process)
                await grown.restart(process)
            await people.heard(3)
        await people.check(expected="RequestAborted")
        closes = {code for tab in people.tabs for code in tab.closes}
        assert 4503 in closes
        assert closes <= {4503, 0}  # 0: the proxy asked a server that takes nobody in any more


@NIGHTLY
async def test_all_servers_down(grown: House) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            for process in grown.servers:
                process.kill()
            await asyncio.sleep(2)
            await grown.restart(*grown.servers)
        await people.check()


# --- Redis ----------------------------------------------------------------------------------------------
REDIS = r"redis|ConnectionError|ConnectionRefused|ConnectionReset|TimeoutError|CancelledError|ReadOnly"


async def pushed_again(people: Crowd, valkey: Valkey) -> None:
    """After Redis is back every socket is in its groups, and messages come by their pushes."""
    from redis.asyncio import Redis

    wanted = {live.stream_group(talk["stream"]) for talk in people.talks}
    async with asyncio.timeout(patience(15)), Redis.from_url(valkey.url, decode_responses=True) as redis:
        while True:
            groups = {name.rpartition("__group__")[2] for name in await redis.pubsub_channels("*")}
            if wanted <= groups:
                return
            await asyncio.sleep(0.1)


def assert_swept(people: Crowd, since: float, until: float) -> None:
    """What was said meanwhile was on every page that kept its line within a sweep: two seconds, and the query."""
    waits = people.waits(since=since, until=until)
    assert waits, [(tab.me, tab.closes, tab.ends) for tab in people.tabs]
    assert waits[-1] < patience(3.0)


@pytest.mark.parametrize("seconds", [1, pytest.param(10, marks=NIGHTLY), pytest.param(60, marks=NIGHTLY)])
async def test_redis_down_and_back_empty(grown: House, valkey: Valkey, seconds: int) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            began = time.monotonic()
            valkey.process.kill()
            people.proxy.links.copy().pop().cut()  # who comes back meanwhile is let in without it
            await people.heard(6)
            await asyncio.sleep(max(0, seconds - (time.monotonic() - began)))
            back = time.monotonic()
            await grown.restart(valkey.process)
            await pushed_again(people, valkey)
            await people.heard(4)
        await people.check(expected=REDIS)
        assert_swept(people, began, back)


@pytest.mark.parametrize("seconds", [3, pytest.param(20, marks=NIGHTLY)])
@NIGHTLY
async def test_redis_hangs(grown: House, valkey: Valkey, seconds: int) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            valkey.process.signal(signal.SIGSTOP)
            began = time.monotonic()
            try:
                await people.heard(6)
                await asyncio.sleep(max(0, seconds - (time.monotonic() - began)))
                back = time.monotonic()
            finally:
                valkey.process.signal(signal.SIGCONT)
            await pushed_again(people, valkey)
            await people.heard(4)
        await people.check(expected=REDIS)
        assert_swept(people, began, back)


@NIGHTLY
async def test_redis_read_only_and_its_subscriptions_killed(grown: House, valkey: Valkey) -> None:
    from redis.asyncio import Redis

    async with crowd(grown) as people, Redis.from_url(valkey.url) as redis:
        async with people.talking():
            await people.heard(3)
            await redis.execute_command("REPLICAOF", "127.0.0.1", "1")
            people.proxy.cut()
            await people.heard(6)
            await redis.execute_command("REPLICAOF", "NO", "ONE")
            await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await people.heard(3)
            await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await pushed_again(people, valkey)
            await people.heard(3)
        await people.check(expected=REDIS)


# --- the database ---------------------------------------------------------------------------------------
DATABASE = r"OperationalError|AdminShutdown|InterfaceError|ConnectionTimeout|CannotConnectNow|TooManyConnections|CancelledError"


@pytest.mark.parametrize("seconds", [0, pytest.param(30, marks=NIGHTLY)])
async def test_database_ended_at_once_and_started_again(
    grown: House, postgres: Postgres, seconds: int
) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            postgres.stop_immediately()
            await grown.died(postgres.process)
            await asyncio.sleep(seconds)
            await grown.restart(postgres.process)
            await people.heard(4)
        await people.check(expected=DATABASE)


@NIGHTLY
async def test_no_database_connection_left(grown: House, postgres: Postgres) -> None:
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and usename = %s and pid <> pg_backend_pid()"
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            with ExitStack() as held, postgres.admin() as admin:
                full = 0
                until = time.monotonic() + 4
                while time.monotonic() < until:
                    try:
                        held.enter_context(psycopg.connect(postgres.dsn("postgres")))
                    except psycopg.OperationalError:
                        full += 1
                        admin.execute(kill, [grown.database, Postgres.ROLE])
                        await asyncio.sleep(0.1)
                assert full > 3
            await people.heard(4)
        await people.check(expected=DATABASE)


@pytest.mark.parametrize("seconds", [2, pytest.param(5, marks=NIGHTLY)])
@NIGHTLY
async def test_one_streams_row_is_locked_and_the_others_talk_on(
    grown: House, postgres: Postgres, seconds: int
) -> None:
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(4)
            stream = people.talks[0]["stream"]
            with postgres.admin(grown.database) as admin, admin.transaction():
                admin.execute("select 1 from tickets_stream where public_id = %s for update", [stream])
                began, before = time.monotonic(), len(grown.log(stream))
                while time.monotonic() < began + seconds:
                    await people.heard(1)  # one of the others
                assert len(grown.log(stream)) == before
        await people.check()


async def test_a_deadlock_costs_a_second_and_no_message(grown: House, postgres: Postgres) -> None:
    """Whoever waits looks once for a deadlock, a second after it began: where we came later, it is tried again."""
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(2)
            seen = len(postgres.process.output)
            async with within_seconds(patience(30), people.report):
                while not any("deadlock detected" in line for line in postgres.process.output[seen:]):
                    await asyncio.to_thread(cross, grown, postgres, people.talks[0])
            await people.heard(4)
        await people.check()


def cross(house: House, postgres: Postgres, talk: dict[str, Any]) -> None:
    """The house holds the ticket and waits for the stream; we hold the stream and wait for the ticket."""
    waiting = "select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock' and usename = %s"
    with postgres.admin(house.database) as admin, postgres.admin() as watch:
        admin.execute("set deadlock_timeout = '60s'")  # the other one is the victim
        admin.execute("set lock_timeout = '3s'")
        with suppress(psycopg.errors.LockNotAvailable), admin.transaction():
            admin.execute("select 1 from tickets_stream where public_id = %s for update", [talk["stream"]])
            until = time.monotonic() + 10
            while time.monotonic() < until:
                if watch.execute(waiting, [house.database, Postgres.ROLE]).fetchone()[0]:  # type: ignore[index]
                    break
                time.sleep(0.02)
            admin.execute("select 1 from tickets_ticket where public_id = %s for update", [talk["ticket"]])


@NIGHTLY
async def test_a_slow_query_holds_up_nobody_else(grown: House) -> None:
    async with crowd(grown, 4) as people:
        people.proxy.servers = grown.ports[:1]
        people.proxy.cut()
        await asyncio.sleep(0.5)
        await people.connected()
        talk = people.talks[0]
        mine = people.people[talk["buyer"]["name"]]
        grown.arm("slow-query", server=0)
        people.write(talk["buyer"]["name"], talk["stream"])
        await grown.met("slow-query")
        waits = []
        while mine.unsent:
            talk = people.talks[1 + len(waits) % 3]
            began, entry = time.monotonic(), people.write(talk["agent"], talk["stream"])
            while entry.id not in people.people[talk["agent"]].acked and mine.unsent:
                await asyncio.sleep(0.005)
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.2)
        assert len(waits) > 3
        assert sorted(waits)[len(waits) // 2] < patience(0.3), waits
        await people.check()


@NIGHTLY
async def test_an_old_back_up_is_restored(grown: House, postgres: Postgres) -> None:
    """What was said after it is gone; the pages drop it too, by the streams' new epoch, and go on."""
    async with crowd(grown) as people:
        async with people.talking():
            await people.heard(3)
        await people.settled()
        copy_database(grown, postgres, grown.database, "back_up")
        await grown.restart(*grown.processes)
        async with people.talking():
            await people.heard(6)
        await people.settled()
        copy_database(grown, postgres, "back_up", grown.database)
        await grown.run("django", "new_epochs")
        stored = {row.id for talk in people.talks for row in grown.log(talk["stream"])}
        for storage in people.people.values():
            storage.forget_all_but(stored)
        async with people.talking():
            await grown.restart(*grown.processes)
            await people.heard(4)
        await people.drawn_anew()
        await people.check()
        assert all(view.resets == 1 for tab in people.tabs for view in tab.views.values())


def copy_database(house: House, postgres: Postgres, source: str, target: str) -> None:
    """Everything is stopped, and `target` is what `source` was then."""
    for process in house.processes:
        process.kill()
    with postgres.admin() as admin:
        admin.execute(f'drop database if exists "{target}" with (force)')
        admin.execute(f'create database "{target}" template "{source}" owner {Postgres.ROLE}')
        admin.execute("checkpoint")
