"""People who talk, for the bench of the chat: servers to talk to, pairs of sockets, and what it all costs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import free_port
from tests.wsclient import Closed, Socket

ROOT = Path(__file__).resolve().parent.parent.parent
TICK = os.sysconf("SC_CLK_TCK")
WORDS = "It leaves the warehouse today, and you have it on Friday."
WARM = 15
FLAGS = ["--ping-interval", "3600", "--ping-timeout", "3600", "--websocket_timeout", "43200"]


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process and its ended children have used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(value) for value in fields[11:15]) / TICK


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def memory_of(pid: int) -> int:
    """Bytes that a process holds in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Used:
    """Seconds of processor time, by who used it."""

    server: float = 0.0
    database: float = 0.0
    redis: float = 0.0

    @property
    def whole(self) -> float:
        return self.server + self.database + self.redis

    def since(self, before: Used, share: int = 1) -> Used:
        """What was used since then, divided by so many."""
        return Used(
            (self.server - before.server) / share,
            (self.database - before.database) / share,
            (self.redis - before.redis) / share,
        )


@dataclass
class Served:
    """One daphne on a port of its own; what it and the services behind it have used."""

    name: str
    application: str
    env: dict[str, str]
    postmaster: int
    redis: int
    home: Path
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it listens. RuntimeError with its output when it does not."""
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), *FLAGS]
        log = self.home / f"{self.name}.log"
        with log.open("ab") as out:
            self.running = subprocess.Popen(
                [*command, self.application], cwd=ROOT, env=self.env, stdout=out, stderr=out
            )
        until = time.monotonic() + 60
        while not self._answers():
            if self.running.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text()[-3000:])
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
        except OSError as error:
            return "refused" not in str(error)  # any answer is an answer: the bare one knows no pages
        return True

    def used(self) -> Used:
        """What it and the services behind it have used by now. The other server uses none while it is quiet."""
        assert self.running is not None
        database = [self.postmaster, *children_of(self.postmaster)]
        return Used(cpu_of(self.running.pid), sum(map(cpu_of, database)), cpu_of(self.redis))

    def memory(self) -> int:
        """Bytes of the server."""
        assert self.running is not None
        return memory_of(self.running.pid)

    def stop(self) -> None:
        """End it."""
        if self.running is not None:
            self.running.kill()
            self.running.wait()


class Pair:
    """Two people in one conversation. Each message is over when both have it and its writer was told."""

    def __init__(self, stream: str, sockets: tuple[Socket, Socket], *, pings: bool) -> None:
        self.stream, self.sockets, self.pings = stream, sockets, pings
        self.sent: dict[str, float] = {}
        self.heard: dict[str, list[float]] = {}  # by id: when each of the two had it
        self.acked: set[str] = set()
        self._over = asyncio.Event()
        self._readers = [asyncio.create_task(self._read(one)) for one in sockets]

    async def _read(self, socket: Socket) -> None:
        try:
            while True:
                frame = await socket.frame(within=600)
                key = frame.get("id")
                if frame["op"] == "ev" and self.pings and frame["seq"] % 100 == 0:  # as the browser does
                    await socket.say("ping", n=1, seqs={self.stream: frame["seq"]})
                if frame["op"] == "ev" and key in self.sent:
                    self.heard.setdefault(key, []).append(time.perf_counter())
                elif frame["op"] == "ack":
                    self.acked.add(key)
                elif frame["op"] == "nack":
                    raise RuntimeError(f"refused: {frame}")
                socket.seen.clear()
                socket._waiting.clear()
                self._over.set()
        except (Closed, ConnectionError):
            return

    async def say(self, who: int) -> str:
        """One of the two says something; its id."""
        key = str(uuid.uuid4())
        self.sent[key] = time.perf_counter()
        await self.sockets[who].say("send", id=key, stream=self.stream, kind="reply", body=WORDS, sure=True)
        return key

    def is_over(self, key: str) -> bool:
        """Whether both have it and the writer knows."""
        return key in self.acked and len(self.heard.get(key, ())) >= 2

    async def over(self, key: str, within: float = 30) -> None:
        """Wait until it is."""
        async with asyncio.timeout(within):
            while not self.is_over(key):
                self._over.clear()
                for reader in self._readers:
                    if reader.done() and reader.exception():
                        raise reader.exception() or RuntimeError
                await self._over.wait()

    def delay(self, key: str) -> float:
        """Seconds until the later of the two had it."""
        return max(self.heard[key]) - self.sent[key]

    def close(self) -> None:
        for task in self._readers:
            task.cancel()
        for socket in self.sockets:
            socket.cut()


@dataclass(frozen=True)
class Talked:
    """What came of some seconds of talk: a message's processor time, delays in seconds, sorted."""

    messages: int
    rate: float
    cpu: Used
    delays: list[float]
    lost: int = 0

    def at(self, share: float) -> float:
        """The delay that this share of the messages stayed below."""
        return self.delays[min(len(self.delays) - 1, int(len(self.delays) * share))] if self.delays else 0.0


async def warm_up(pairs: list[Pair]) -> None:
    """What is built at the first messages is not counted: connections, plans, threads."""
    for n in range(WARM):
        await asyncio.gather(*[pair.over(key) for pair in pairs for key in [await pair.say(n % 2)]])


async def talk_as_fast_as_it_goes(served: Served, pairs: list[Pair], seconds: float) -> Talked:
    """Each pair says the next thing once the last one is over: as many at once as there are pairs."""
    before, began = served.used(), time.perf_counter()
    until = began + seconds

    async def one(pair: Pair) -> list[float]:
        delays, who = [], 0
        while time.perf_counter() < until:
            key = await pair.say(who)
            await pair.over(key)
            delays.append(pair.delay(key))
            who = 1 - who
        return delays

    delays = sorted(delay for some in await asyncio.gather(*map(one, pairs)) for delay in some)
    took, count = time.perf_counter() - began, max(1, len(delays))
    return Talked(len(delays), len(delays) / took, served.used().since(before, count), delays)


async def talk_steadily(served: Served, pairs: list[Pair], rate: float, seconds: float) -> Talked:
    """So many messages a second, whether or not the last ones have arrived; then wait for those on their way."""
    before, began = served.used(), time.perf_counter()
    said: list[tuple[Pair, str]] = []
    for n in range(int(rate * seconds)):
        wait = began + n / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        pair = pairs[n % len(pairs)]
        said.append((pair, await pair.say((n // len(pairs)) % 2)))
    until = time.perf_counter() + 10
    while time.perf_counter() < until and not all(pair.is_over(key) for pair, key in said):
        await asyncio.sleep(0.05)
    over = [(pair, key) for pair, key in said if pair.is_over(key)]
    cpu = served.used().since(before, max(1, len(said)))
    return Talked(len(said), rate, cpu, sorted(pair.delay(key) for pair, key in over), len(said) - len(over))
