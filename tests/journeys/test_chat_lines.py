"""A chat whose line is cut, sleeps, is blocked or loses its storage: both sides keep every word, once and in order."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, WebSocketRoute, expect

from tests.journeys.conftest import People
from tests.journeys.kit import ask, composer, log_of, say, stay, stayed, thread_of
from tests.servers import Shop

pytestmark = [
    pytest.mark.journey,
    pytest.mark.nightly,
]  # the sharp faults and the other journeys stand for it by day

PASTE = """async (field) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
  canvas.getContext("2d").fillRect(0, 0, 20, 30);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([blob], "screen.png", { type: "image/png" }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@dataclass
class Line:
    """The way of a page's or a browser's sockets to the server, in the hand of the test."""

    over: Page | BrowserContext
    blocked: bool = False
    sockets: list[WebSocketRoute] = field(default_factory=list)
    deaf: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.over.route_web_socket("**/ws/", self._open)

    def _open(self, ws: WebSocketRoute) -> None:
        if self.blocked:
            ws.close()
            return
        server, number = ws.connect_to_server(), len(self.sockets)
        self.sockets.append(ws)
        ws.on_message(lambda said: None if number in self.deaf else server.send(said))
        server.on_message(lambda said: None if number in self.deaf else ws.send(said))

    def block(self) -> None:
        """A proxy that lets no socket through, neither the present ones nor new ones."""
        self.blocked = True
        for ws in self.sockets:
            ws.close()

    def deafen(self) -> None:
        """The present sockets look open and carry nothing any more."""
        self.deaf.update(range(len(self.sockets)))


@dataclass
class Talk:
    """A chat between a buyer with two tabs and an agent."""

    shop: Shop
    ticket: str
    tab: Page
    other_tab: Page
    agent: Page
    buyers_line: Line
    agents_line: Line

    @property
    def everybody(self) -> list[Page]:
        return [self.tab, self.other_tab, self.agent]

    def agree(self, *words: str) -> None:
        """Until everybody shows the log of the database, which ends with these words, each once."""
        for page in self.everybody:
            for one in words:
                expect(rows(page).filter(has_text=one)).to_have_count(1)
            expect(page.locator("[data-bubble]")).to_have_count(0)
        log = log_of(self.shop, self.ticket)
        assert [body for _, body in log][-len(words) :] == list(words)
        for page in self.everybody:
            assert thread_of(page) == log
            assert stayed(page)


def rows(page: Page) -> Locator:
    return page.locator("[data-thread-list] article[data-seq]")


def bubbles(page: Page) -> Locator:
    return page.locator("[data-thread-list] [data-bubble]")


def test_a_chat_survives_what_happens_to_its_lines(shop: Shop, people: People) -> None:
    talk = _begin(shop, people)
    _two_tabs_and_a_cut_network(talk)
    _an_agent_who_slept(talk)
    _no_socket_comes_through(talk)
    _files(talk)


def _begin(shop: Shop, people: People) -> Talk:
    tab = people.signed_in(shop, shop.facts["buyer"])
    agent = people.signed_in(shop, shop.facts["staff"]["agent"])
    said = {"team": "orderhelp", "order": shop.facts["orders"]["2041"], "body": "Is it on its way?"}
    status, chat = ask(tab, "POST", "/api/v1/chats/", said)
    assert status == 201, chat
    assert ask(agent, "POST", f"/api/v1/chats/{chat['id']}/accept/")[0] == 200
    other = people.tab(tab.context)
    talk = Talk(shop, chat["ticket"], tab, other, agent, Line(tab.context), Line(agent))
    number = shop.sql(f"SELECT id FROM tickets_ticket WHERE public_id = '{talk.ticket}'")[0][0]
    for page in (other, agent):
        page.clock.install()
    for page, path in (
        (tab, f"/tickets/{talk.ticket}/"),
        (other, f"/tickets/{talk.ticket}/"),
        (agent, f"/console/t/{number}/"),
    ):
        page.goto(shop.url(path))
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
        stay(page)
    return talk


def _two_tabs_and_a_cut_network(talk: Talk) -> None:
    """One draft for both tabs; what is said offline waits in both, survives cleared storage and goes out once."""
    tab, other = talk.tab, talk.other_tab
    composer(tab).fill("Half a though")
    expect(composer(other)).to_have_value("Half a though")
    composer(tab).fill("")
    expect(composer(other)).to_have_value("")
    talk.buyers_line.block()
    tab.context.set_offline(True)
    say(tab, "From the first tab", "Enter")
    say(other, "From the second tab", "Enter")
    for page in (tab, other):
        expect(bubbles(page)).to_have_count(2)
        expect(bubbles(page).first).to_contain_text("Waiting to be sent")
        expect(page.locator("[data-connection-banner]")).to_contain_text("2 messages wait here")
    cleared = tab.context.new_cdp_session(tab)
    cleared.send(
        "Storage.clearDataForOrigin",
        {"origin": talk.shop.url("").rstrip("/"), "storageTypes": "indexeddb,local_storage"},
    )
    talk.buyers_line.blocked = False
    tab.context.set_offline(False)
    for page in (tab, other):
        expect(page.locator("[data-connection]").first).to_have_text("Connected")
    words = ["From the first tab", "From the second tab"]
    for page in talk.everybody:
        expect(rows(page).filter(has_text="From the")).to_have_count(2)
    # Each tab has a line of its own: which comes first is the network's choice.
    talk.agree(*sorted(words, key=[body for _, body in log_of(talk.shop, talk.ticket)].index))


def _an_agent_who_slept(talk: Talk) -> None:
    """Frozen, with a line that died without a word: ten minutes later everything is there."""
    cdp = talk.agent.context.new_cdp_session(talk.agent)
    talk.agents_line.deafen()
    cdp.send("Page.setWebLifecycleState", {"state": "frozen"})
    for words in ("Are you there?", "Hello?"):
        say(talk.tab, words, "Enter")
    expect(rows(talk.tab).filter(has_text="Hello?")).to_have_count(1)
    cdp.send("Page.setWebLifecycleState", {"state": "active"})
    talk.agent.clock.fast_forward("10:00")
    talk.agree("Are you there?", "Hello?")
    assert len(talk.agents_line.sockets) == 2


def _no_socket_comes_through(talk: Talk) -> None:
    """The page says so, asks over HTTP, loses nothing, and comes back to a socket by itself."""
    agent, line = talk.agent, talk.agents_line
    line.block()
    expect(agent.locator("[data-connection]").first).to_have_text("Slow line")
    say(talk.tab, "Do you hear me?", "Enter")
    expect(rows(agent).filter(has_text="Do you hear me?")).to_have_count(1)
    say(agent, "Loud and clear.", "Enter")
    talk.agree("Do you hear me?", "Loud and clear.")
    line.blocked = False
    agent.clock.fast_forward("01:01")
    expect(agent.locator("[data-connection]").first).to_have_text("Connected")


def _files(talk: Talk) -> None:
    """A picture waits for the network and is seen by everybody; what is refused says so beside itself."""
    tab, agent = talk.tab, talk.agent
    tab.context.route("**/t/files/", lambda route: route.abort())
    tab.locator("form[data-live-composer] input[type=file]").set_input_files([_png(), _program()])
    listed = tab.locator("[data-upload-list] > li")
    expect(listed.filter(has_text="photo.png").locator("img[data-thumb]")).to_be_visible()
    composer(tab).fill("This is how it looks")
    composer(tab).press("Enter")
    expect(composer(tab)).to_have_value("")
    expect(bubbles(tab)).to_contain_text("photo.png")
    expect(bubbles(tab).locator("img[data-thumb]").first).to_be_visible()
    tab.context.unroute("**/t/files/")
    bad = bubbles(tab).locator("[data-file]").filter(has_text="run.exe")
    expect(bad.get_by_role("alert")).to_contain_text("is not an image")
    bad.get_by_role("button", name="Remove").click()
    talk.agree("This is how it looks")
    for page in talk.everybody:
        seen = rows(page).filter(has_text="This is how it looks").locator("a.file img[data-thumb]")
        expect(seen).to_be_visible()
        assert seen.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 8
    composer(agent).evaluate(PASTE)
    expect(agent.locator("[data-upload-list] > li").filter(has_text="screen.png")).to_be_visible()
    say(agent, "And this is ours", "Enter")
    talk.agree("And this is ours")
    expect(rows(tab).filter(has_text="And this is ours").locator("img[data-thumb]")).to_be_visible()
    expect(agent.locator("[data-upload-list] > li")).to_have_count(0)


def _png() -> FilePayload:
    """A red picture of 8 by 8."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress((b"\0" + b"\xff\0\0" * 8) * 8))
    whole = b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")
    return {"name": "photo.png", "mimeType": "image/png", "buffer": whole}


def _program() -> FilePayload:
    return {"name": "run.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ\x90\0" * 40}
