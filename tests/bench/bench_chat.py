"""What a chat message costs, beside a plain Channels consumer with one insert by a pool that comes along.

    python scripts/services.py --for-app -- python tests/bench/bench_chat.py [--idle 5000] [--seconds 1]

Needs an empty PostgreSQL in DATABASE_URL; makes its own rows there, and brings a Redis of its own. The same daphne, the
same channel layer, the same clients for both. A message is over when it is stored, acknowledged, and both people of the
conversation have it. CPU is that of server, database and Redis together, per message; other work on the machine does
not count there, in times it does. Both talk in turn, in short rounds; of the rounds' ratios the
middle one is the figure, so that a machine that is slow for a while is slow for both. Prints each figure with its
goal; ends with 1 when one was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PAIRS = 12
ROUNDS = 15  # short ones: what else the machine does falls on both alike
AT_ONCE = 25  # sockets that are opened together
CPU_GOAL, CEILING_GOAL, P99_GOAL, IDLE_GOAL = 1.33, 0.60, 3.0, 1.5
OTHERS_GOAL, AWAY_GOAL = 0.3, 2.5  # seconds
_missed: list[str] = []


@dataclass
class House:
    """The people of the bench and their conversations."""

    conversations: list[tuple[str, Any, Any]]  # stream, buyer's user, agent's user


def main(idle: int, seconds: float) -> int:
    """Measure and print; the exit status."""
    sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    with tempfile.TemporaryDirectory() as home, contextlib.ExitStack() as stack:
        os.environ["HELPDESK_HOME"] = home
        from services import valkey

        os.environ["REDIS_URL"] = stack.enter_context(valkey(Path(home) / "valkey"))
        import django

        django.setup()
        return _measure_all(Path(home), idle, seconds, stack)


def _measure_all(home: Path, idle: int, seconds: float, stack: contextlib.ExitStack) -> int:
    from django.core.management import call_command
    from django.db import connection
    from redis import Redis

    from tests.bench.chat_bare import TABLE
    from tests.bench.chat_load import Served
    from tests.servers import _dsn

    if connection.vendor != "postgresql":
        print("run it with DATABASE_URL at a PostgreSQL", file=sys.stderr)
        return 2
    call_command("migrate", verbosity=0)
    house = _people()
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    postmaster = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    redis = Redis.from_url(os.environ["REDIS_URL"])
    redis_pid = redis.info()["process_id"]
    env = {**os.environ, "BARE_DSN": _dsn(os.environ["DATABASE_URL"])}
    found = []
    for name in ("bare", "ours"):
        served = Served(name, f"tests.bench.chat_{name}:application", env, postmaster, redis_pid, home)
        stack.callback(served.stop)
        served.start()
        found.append(served)
    asyncio.run(_run(house, *found, idle=idle, seconds=seconds, redis_pid=redis_pid))
    print(f"\n{len(_missed)} goals missed" + "".join(f"\n  {one}" for one in _missed))
    return int(bool(_missed))


def _people() -> House:
    """Buyers with an order and a chat each, agents who hold two of them."""
    from accounts import actions as accounts
    from core.actors import SYSTEM
    from core.clock import now
    from livechat import actions
    from orders.models import Order, OrderStatus
    from tests.livechat import world as worlds

    world = worlds.build()
    at, conversations = now(), []
    store = world.order("ana").store
    for n in range(PAIRS):
        if n % 2 == 0:
            accounts.save_staff(
                actor=SYSTEM, email=f"a{n}@shop.example", name=f"A{n}", teams={"orderhelp": "agent"}
            )
            world.users[f"a{n}"] = worlds._user(f"a{n}@shop.example", f"A{n}", worlds.NEW_YORK)
        world.users[f"b{n}"] = worlds._user(f"b{n}@mail.example", f"B{n}", "Asia/Tokyo")
        order = Order.objects.create(
            store=store,
            number=f"bench{n}",
            person=world.users[f"b{n}"].person,
            status=OrderStatus.AWAITING_DELIVERY,
            placed_at=at,
            source="test",
            created_at=at,
            updated_at=at,
        )
        agent = f"a{n - n % 2}"
        chat = actions.open_chat(actor=world.actor(f"b{n}"), team="orderhelp", order=order, body="Hello?")
        actions.accept_chat(actor=world.actor(agent), session=chat.public_id)
        conversations.append(
            (worlds.streams(chat.ticket)["public"], world.users[f"b{n}"], world.users[agent])
        )
    return House(conversations)


async def _open(served: Any, user: Any, stream: str) -> Any:
    """A socket that follows one conversation."""
    from accounts import actions as accounts
    from tests.livechat.world import sign_in
    from tests.wsclient import Socket
    from tickets import queries as tickets

    if served.name == "bare":
        socket = await Socket.open(served.port, path=f"/ws/?room={stream}")
    else:
        socket = await Socket.open(served.port)
        ticket = await asyncio.to_thread(
            lambda: accounts.issue_live_ticket(user=user, session_key=sign_in(user))
        )
        head = (await asyncio.to_thread(tickets.heads, [stream]))[stream]  # nothing to catch up with
        await socket.say("hello", v=1, auth={"ticket": ticket}, streams=[{"id": stream, "seq": head}])
    await socket.expect("ready", within=60)
    return socket


async def _pairs(served: Any, house: House) -> list[Any]:
    from tests.bench.chat_load import Pair

    return [
        Pair(
            stream,
            (await _open(served, buyer, stream), await _open(served, agent, stream)),
            pings=served.name == "ours",
        )
        for stream, buyer, agent in house.conversations
    ]


async def _run(house: House, bare: Any, ours: Any, *, idle: int, seconds: float, redis_pid: int) -> None:
    await _talking(house, bare, ours, seconds)
    await _idling(house, bare, ours, idle)
    pairs = await _pairs(ours, house)
    await _one_is_slow(house, pairs)
    await _redis_goes(pairs, redis_pid)


async def _talking(house: House, bare: Any, ours: Any, seconds: float) -> None:
    """In turn: as fast as each goes, then both at half of what ours reached."""
    from tests.bench.chat_load import talk_as_fast_as_it_goes, talk_steadily, warm_up

    pairs = {served.name: await _pairs(served, house) for served in (bare, ours)}
    for some in pairs.values():
        await warm_up(some)
    fast, steady = [], []
    for n in range(ROUNDS):
        found = {}
        for served in _in_turn(n, bare, ours):
            found[served.name] = await talk_as_fast_as_it_goes(served, pairs[served.name], seconds)
        fast.append(found)
    rate = median(one["ours"].rate for one in fast) / 2
    for n in range(ROUNDS):
        found = {}
        for served in _in_turn(n, bare, ours):
            found[served.name] = await talk_steadily(served, pairs[served.name], rate, seconds)
        steady.append(found)
    for pair in (*pairs["bare"], *pairs["ours"]):
        pair.close()
    for name in ("bare", "ours"):
        _say_what_was_found(name, [one[name] for one in fast], [one[name] for one in steady])
    _tell("CPU a message", _ratio(fast, lambda one: one.cpu.whole), CPU_GOAL, "x bare")
    _tell("ceiling", _ratio(fast, lambda one: one.rate), CEILING_GOAL, "of bare", more=True)
    _tell("p99 at half our ceiling", _ratio(steady, lambda one: one.at(0.99)), P99_GOAL, "x bare")
    _tell("lost below the ceiling", sum(one["ours"].lost for one in steady), 0, "messages")


def _in_turn(n: int, bare: Any, ours: Any) -> tuple[Any, Any]:
    """Who goes first changes with each round."""
    return (bare, ours) if n % 2 == 0 else (ours, bare)


def _ratio(rounds: list[dict[str, Any]], of: Callable[[Any], float]) -> float:
    """Ours beside bare, in the middle one of the rounds."""
    return median(of(one["ours"]) / of(one["bare"]) for one in rounds)


def _say_what_was_found(name: str, fast: list[Any], steady: list[Any]) -> None:
    def ms(of: Callable[[Any], float], some: list[Any]) -> float:
        return median(map(of, some)) * 1000

    rates = sorted(one.rate for one in fast)
    print(
        f"{name:<5} as fast as it goes {median(rates):6.0f}/s ({rates[0]:.0f} to {rates[-1]:.0f}), CPU a message"
        f" {ms(lambda one: one.cpu.whole, fast):.2f} ms: server {ms(lambda one: one.cpu.server, fast):.2f},"
        f" database {ms(lambda one: one.cpu.database, fast):.2f}, Redis {ms(lambda one: one.cpu.redis, fast):.2f}"
    )
    print(
        f"      at {steady[0].rate:.0f}/s p50 {ms(lambda one: one.at(0.5), steady):.1f} ms,"
        f" p99 {ms(lambda one: one.at(0.99), steady):.1f} ms;"
        f" {sum(one.lost for one in steady)} of {sum(one.messages for one in steady)} lost"
    )


async def _idling(house: House, bare: Any, ours: Any, count: int) -> None:
    """What sockets that say nothing cost: memory, and processor time over some seconds."""
    grown, used = {}, {}
    for served in (bare, ours):
        before, sockets = served.memory(), []
        for first in range(0, count, AT_ONCE):
            some = [
                _open(served, house.conversations[n % PAIRS][1], house.conversations[n % PAIRS][0])
                for n in range(first, min(first + AT_ONCE, count))
            ]
            sockets += await asyncio.gather(*some)
        await asyncio.sleep(3)
        grown[served.name], start = (served.memory() - before) / count, served.used()
        await asyncio.sleep(5)
        used[served.name] = served.used().since(start).whole / 5
        for socket in sockets:
            socket.cut()
        await asyncio.sleep(1)
    for name in ("bare", "ours"):
        print(
            f"idle at {count:,}: {name} {grown[name] / 1024:.1f} KiB a socket, {used[name] * 100:.1f} % of a core"
        )
    _tell("an idle socket's memory", grown["ours"] / grown["bare"], IDLE_GOAL, "x bare")


async def _one_is_slow(house: House, pairs: list[Any]) -> None:
    """One conversation's row is held for three seconds; the others talk on."""
    await asyncio.gather(*[pair.over(await pair.say(1)) for pair in pairs])
    locked = asyncio.create_task(asyncio.to_thread(_hold, house.conversations[0][0], 3.0))
    await asyncio.sleep(0.3)
    stuck, until, delays = await pairs[0].say(0), time.perf_counter() + 2.2, []
    while time.perf_counter() < until:
        for pair in pairs[1:4]:
            key = await pair.say(0)
            await pair.over(key)
            delays.append(pair.delay(key))
        await asyncio.sleep(0.05)
    await locked
    await pairs[0].over(stuck)
    print(
        f"beside a 3 s query: {len(delays)} messages, the slowest {max(delays) * 1000:.0f} ms; its own arrived"
    )
    _tell("others beside a 3 s query, slowest", max(delays), OTHERS_GOAL, "s")


def _hold(stream: str, seconds: float) -> None:
    from django.db import connections, transaction

    from tickets.models import Ticket

    with transaction.atomic():
        Ticket.objects.select_for_update().get(streams__public_id=stream)
        time.sleep(seconds)
    connections.close_all()


async def _redis_goes(pairs: list[Any], redis_pid: int) -> None:
    """Redis is killed; those who talk notice that news come by the sweep."""
    os.kill(redis_pid, signal.SIGKILL)
    await asyncio.sleep(0.2)
    delays = []
    for _ in range(2):
        keys = [(pair, await pair.say(0)) for pair in pairs]
        for pair, key in keys:
            await pair.over(key)
            delays.append(pair.delay(key))
    print(f"without Redis: {len(delays)} messages, the slowest {max(delays):.2f} s")
    _tell("delivery without Redis, slowest", max(delays), AWAY_GOAL, "s")


def _tell(name: str, found: float, goal: float, unit: str, *, more: bool = False) -> None:
    """One line; what was missed is remembered."""
    reached = found >= goal if more else found <= goal
    sign = ">=" if more else "<="
    line = f"{name:<40} {found:8.2f} {unit:<9} goal {sign} {goal:g}"
    print(f"{line}   {'reached' if reached else 'MISSED'}", flush=True)
    if not reached:
        _missed.append(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--idle", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=1.0)
    given = parser.parse_args()
    sys.exit(main(given.idle, given.seconds))
