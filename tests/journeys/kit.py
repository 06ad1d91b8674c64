"""What the journeys share: the hours of the story, the words of a moment, what went over the wire, a thread."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, Request, WebSocket, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.servers import Shop

NEW_YORK = ZoneInfo("America/New_York")
MANILA = ZoneInfo("Asia/Manila")
# Milliseconds until something that must happen has happened; more where others take the cores.
PATIENCE = int(15_000 * min(4.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))))


# --- hours --------------------------------------------------------------------------------------------------
def story_day() -> date:
    """A Thursday that lies ahead: a desk's evening, a weekend and a Monday follow it."""
    today = datetime.now(NEW_YORK).date()
    return today + timedelta(days=(3 - today.weekday() - 1) % 7 + 1)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An hour of the story in New York, so many days after its Thursday; aware, UTC."""
    there = story_day() + timedelta(days=day)
    local = datetime(there.year, there.month, there.day, hour, minute, second, tzinfo=NEW_YORK)
    return local.astimezone(UTC)


THURSDAY, FRIDAY, SUNDAY, MONDAY = 0, 1, 3, 4
START = (THURSDAY, 16)  # every shop of the journeys opens at this hour


def hour_words(moment: datetime) -> str:
    """1:05 PM, on the clock that the moment carries."""
    return f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"


def when_words(moment: datetime) -> str:
    """Mon 23 Nov, 1:00 PM; with the year where it is not the story's."""
    year = "" if moment.year == story_day().year else f" {moment.year}"
    return f"{moment:%a} {moment.day} {moment:%b}{year}, {hour_words(moment)}"


def in_two_zones(moment: datetime, reader: ZoneInfo) -> str:
    """Mon 23 Nov, 1:00 PM in New York (Tue 24 Nov, 2:00 AM for you)."""
    there, here = moment.astimezone(NEW_YORK), moment.astimezone(reader)
    yours = hour_words(here) if here.date() == there.date() else when_words(here)
    return f"{when_words(there)} in New York ({yours} for you)"


def instant(raw: Any) -> datetime:
    """A moment as either database gives it, aware."""
    moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# --- the wire -----------------------------------------------------------------------------------------------
@dataclass
class Wire:
    """Everything that reached the browser of a page: bodies of answers and frames of sockets."""

    page: Page
    bodies: list[tuple[str, str]] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    under_way: int = 0

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._count(1))
        self.page.on("requestfailed", lambda request: self._count(-1))
        self.page.on("requestfinished", self._finished)
        self.page.on("websocket", self._opened)

    def _count(self, change: int) -> None:
        self.under_way += change

    def _finished(self, request: Request) -> None:
        try:
            self._read(request)
        finally:
            self._count(-1)

    def _read(self, request: Request) -> None:
        if "/static/" in request.url or request.url.startswith("blob:"):
            return  # ours, and what the page itself holds
        try:
            response = request.response()
            if response is None or response.status == 204 or 300 <= response.status < 400:
                return  # without a body
            self.bodies.append((request.url, response.body().decode(errors="replace")))
        except Exception as error:  # what could not be looked at must not pass for clean
            self.unread.append(f"{request.url}: {error}")

    def _opened(self, socket: WebSocket) -> None:
        socket.on(
            "framereceived", lambda data: self.frames.append(data if isinstance(data, str) else data.decode())
        )

    def settle(self) -> None:
        """Wait until everything that was asked for is here and was looked at."""
        eventually(lambda: self.under_way, 0, self.page)

    def forget(self) -> None:
        """Begin anew: what came until now is of no interest."""
        self.settle()
        self.bodies.clear()
        self.frames.clear()
        self.unread.clear()

    def places_of(self, word: str) -> list[str]:
        """Where a word came over the wire: addresses, or "frame"."""
        found = [url for url, body in self.bodies if word in body]
        return found + ["frame" for frame in self.frames if word in frame]


def ask(page: Page, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """A request of the page's own session to the API: status and JSON."""
    status, text = page.evaluate(
        """async ([method, path, body]) => {
          const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
          headers["Content-Type"] = "application/json";
          const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
          return [answer.status, await answer.text()];
        }""",
        [method, path, body],
    )
    return status, json.loads(text)


def say_on_socket(page: Page, frame: dict[str, Any]) -> dict[str, Any]:
    """Say one thing on a socket of the page's own session; its ack or nack."""
    _status, ticket = ask(page, "POST", "/api/v1/live/ticket/")
    answer: dict[str, Any] = page.evaluate(
        """([ticket, frame]) => new Promise((resolve, reject) => {
          const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/");
          const say = (said) => socket.send(JSON.stringify(said));
          socket.onopen = () => say({ op: "hello", v: 1, auth: { ticket } });
          socket.onclose = (event) => reject(new Error(`closed: ${event.code}`));
          socket.onmessage = ({ data }) => {
            const heard = JSON.parse(data);
            if (heard.op === "ready") say(frame);
            if (heard.id !== frame.id || !["ack", "nack"].includes(heard.op)) return;
            socket.onclose = null;
            socket.close();
            resolve(heard);
          };
        })""",
        [ticket["ticket"], frame],
    )
    return answer


# --- pages that must not be loaded again ------------------------------------------------------------------------
def stay(page: Page) -> None:
    """From here on the page is expected to change by itself."""
    page.evaluate("window.stayed = true")


def stayed(page: Page) -> bool:
    """Whether the page was never loaded again since `stay`."""
    return bool(page.evaluate("window.stayed === true"))


def watch_for(page: Page, words: str) -> Callable[[], float]:
    """Starts a watch on a page; the call that it returns waits for the words: the seconds since the watch began."""
    page.evaluate(
        """(words) => {
          window.seenAt = 0;
          const look = () => { window.seenAt ||= document.body.textContent.includes(words) ? Date.now() : 0; };
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
          look();
        }""",
        words,
    )
    assert page.evaluate("window.seenAt") == 0, f"{words!r} is on the page already"
    began = time.time()

    def wait() -> float:
        page.wait_for_function("() => window.seenAt > 0", timeout=PATIENCE)
        return float(page.evaluate("window.seenAt")) / 1000 - began

    return wait


def eventually(read: Callable[[], Any], want: Any, page: Page, patience: float = 15.0) -> None:
    """Waits until a reading of the database is as wanted; the page's events go on meanwhile."""
    ends = time.monotonic() + patience
    while (found := read()) != want:
        assert time.monotonic() < ends, f"{found!r} is not {want!r}"
        page.wait_for_timeout(50)


# --- a thread -------------------------------------------------------------------------------------------------
def thread_of(page: Page) -> list[tuple[int, str]]:
    """What the page's thread shows: seq and words of each reply, in the order of the screen."""
    rows = page.locator("[data-thread-list] article[data-seq]:not([data-staff])").evaluate_all(
        """(rows) => rows.map((row) => [Number(row.dataset.seq),
          (row.querySelector(".text") ?? row.querySelector("[data-f=body]") ?? row).textContent.trim()])"""
    )
    return [(int(seq), str(words)) for seq, words in rows]


def log_of(shop: Shop, ticket: str) -> list[tuple[int, str]]:
    """The replies of a ticket's public stream as the database holds them."""
    rows = shop.sql(
        "SELECT m.seq, m.body FROM tickets_message m JOIN tickets_stream s ON s.id = m.stream_id "
        f"JOIN tickets_ticket t ON t.id = s.ticket_id WHERE t.public_id = '{ticket}' AND s.kind = 'public' "
        "AND m.kind = 'reply' ORDER BY m.seq"
    )
    return [(int(seq), str(body)) for seq, body in rows]


def composer(page: Page) -> Locator:
    """The field in which one answers on the page's thread."""
    return page.locator("form[data-live-composer] textarea").first


def say(page: Page, words: str, key: str = "Control+Enter") -> None:
    """Write and send; the field is free again when the words are safe."""
    box = composer(page)
    box.fill(words)
    box.press(key)
    expect(box).to_have_value("")


def type_until(writer: Page, words: str, seen: Locator) -> None:
    """Type on until it is seen: who is only just listening hears of the next letter."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        composer(writer).press_sequentially(words)
        try:
            return expect(seen).to_be_visible(timeout=4_000)
        except AssertionError:
            if time.monotonic() > deadline:
                raise


def talk(pages: dict[str, Page], turns: range) -> None:
    """Everybody writes in turns, as fast as the field takes it, whatever the line does."""
    for turn in turns:
        for who, page in pages.items():
            say(page, f"{who} {turn:02}", key="Enter")


def wait_for_all(shop: Shop, pages: dict[str, Page], ticket: str, said: int) -> None:
    """Until every page shows the log of the database, with so many words said in turns, each once and in order."""
    for page in pages.values():
        expect(page.locator("[data-thread-list] article[data-seq]")).to_have_count(
            said + 1, timeout=4 * PATIENCE
        )
        expect(page.locator("[data-thread-list] [data-bubble]:not([data-seq])")).to_have_count(0)
    log = log_of(shop, ticket)
    assert len(log) == said + 1
    for who, page in pages.items():
        own = [body for _, body in log if body.startswith(f"{who} ")]
        assert own == [f"{who} {turn:02}" for turn in range(said // len(pages))]
        assert thread_of(page) == log, who


def public_id(page: Page) -> str:
    """The ticket that a page of the portal shows, by its address."""
    found = re.search(r"/tickets/([a-z0-9]{20})/", page.url)
    assert found, page.url
    return found[1]


# --- the console ----------------------------------------------------------------------------------------------
def open_conversation(page: Page, subject: str) -> None:
    """From the console's queue into a conversation, without leaving the page."""
    page.locator("#rows .row-t").filter(has_text=subject).first.click()
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text(subject)


def write_as(page: Page, kind: str, words: str) -> None:
    """A reply or a note in the open conversation."""
    page.get_by_role("tab", name=kind).click()
    say(page, words)


# --- clocks ---------------------------------------------------------------------------------------------------
def pick(page: Page, menu: str, choice: str) -> None:
    """Choose from one of the menus above a conversation, as a hand does: when it was drawn anew, again."""
    button = page.locator(f"#pick-{menu}").get_by_role("button", name=choice)
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        if not button.is_visible():
            page.locator(f"#pick-{menu} > summary").click()
        try:
            return button.click(timeout=2_000)
        except PlaywrightTimeout:
            if time.monotonic() > deadline:
                raise


def clocks(shop: Shop, ticket: str, kind: str = "ticket") -> dict[str, dict[str, Any]]:
    """The newest clock of each metric of a ticket (or of its escalations), by metric."""
    owner = "t.id" if kind == "ticket" else "e.id"
    join = "" if kind == "ticket" else "JOIN tickets_escalation e ON e.ticket_id = t.id "
    names = ("metric", "state", "started_at", "due", "breached_at", "ended_at", "anchor", "consumed")
    rows = shop.sql(
        f"SELECT {', '.join('c.' + name for name in names)} FROM tickets_ticket t {join}"
        f"JOIN sla_clock c ON c.owner_kind = '{kind}' AND c.owner_id = {owner} "
        f"WHERE t.public_id = '{ticket}' ORDER BY c.id"
    )
    found = {}
    for row in rows:
        clock = dict(zip(names, row, strict=True))
        for name in ("started_at", "due", "breached_at", "ended_at", "anchor"):
            clock[name] = instant(clock[name]) if clock[name] else None
        found[str(clock["metric"])] = clock
    return found


def states(shop: Shop, ticket: str, kind: str = "ticket") -> dict[str, str]:
    """The state of the newest clock of each metric."""
    return {metric: clock["state"] for metric, clock in clocks(shop, ticket, kind).items()}


# --- the dashboard --------------------------------------------------------------------------------------------
LIVE = "t.status IN ('new', 'open', 'waiting', 'on_hold')"
BROKEN = (
    "SELECT 1 FROM sla_clock c WHERE c.owner_kind = 'ticket' AND c.owner_id = t.id AND c.state = 'breached'"
)
TICKING = BROKEN.replace("= 'breached'", "IN ('running', 'breached')")
COUNTS = {
    "open": f"tickets_ticket t WHERE {LIVE}",
    "late": f"tickets_ticket t WHERE {LIVE} AND EXISTS ({BROKEN})",
    "paused": f"tickets_ticket t WHERE {LIVE} AND NOT EXISTS ({TICKING})",
    "waiting": "livechat_session s WHERE s.state = 'waiting'",
    "promises-broken": "sla_clock c WHERE c.owner_kind = 'order' AND c.state = 'breached'",
    "escalations": "tickets_escalation e WHERE e.state = 'open'",
}


def counts_by_sql(shop: Shop) -> dict[str, int]:
    """What the dashboard must say, by our own reading of the tables."""
    return {name: int(shop.sql(f"SELECT count(*) FROM {rows}")[0][0]) for name, rows in COUNTS.items()}


def counts_shown(page: Page) -> dict[str, int]:
    """What the dashboard says."""
    shown = {name: page.locator(f"#now a[href$='/rows/{name}/']") for name in COUNTS}
    return {name: int(number.text_content() or -1) for name, number in shown.items()}
