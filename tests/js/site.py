"""One page of the live client and the other end of its socket, held by a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute, expect

ROOT = Path(__file__).resolve().parents[2]
LIVE = ROOT / "core/static/core/live"
HTMX = ROOT / "node_modules/htmx.org/dist/htmx.min.js"
ORIGIN = "http://localhost:1"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self' ws://localhost:1"

THREAD = """<section data-thread id="t" data-stream="pub" data-head="2" data-after="2" data-epoch="1"
  data-staff-stream="stf" data-staff-head="0" data-staff-epoch="1" data-me="7" data-side="staff" data-mode="%(mode)s">
 <div data-thread-scroll><div data-thread-list role="log" aria-live="polite">
  <div data-day="2026-11-23">Monday</div>
  <article data-seq="1"><time datetime="2026-11-23T10:00:00Z">10:00</time><p>first</p></article>
  <article data-seq="2" data-own><time datetime="2026-11-23T11:00:00Z">11:00</time><p>second</p><i data-f="state"></i></article>
 </div><div data-typing hidden><span data-typing-text></span></div></div>
 <button type="button" data-new-pill hidden></button>
 <template data-template="message-own"><article class="msg mine"><b data-f="author"></b><time data-f="time"></time>
  <p data-f="body"></p><i data-f="state"></i></article></template>
 <template data-template="message-other"><article class="msg"><span data-f="initials"></span><b data-f="author"></b>
  <time data-f="time"></time><i data-mark="amended" hidden>amended</i><p data-f="body"></p><div data-files hidden></div></article></template>
 <template data-template="note"><article class="note"><p data-f="body"></p></article></template>
 <template data-template="file"><a><span data-f="name"></span> <span data-f="size"></span></a></template>
 <template data-template="event"><div class="sys"><span data-f="body"></span></div></template>
 <template data-template="event" data-verb="joined"><div class="sys"><span data-f="author"></span> joined</div></template>
 <template data-template="pending"><article class="msg mine pending"><p data-f="body"></p><i data-f="state"></i>
  <button type="button" data-resend hidden>Send again</button></article></template>
 <div data-held hidden><span data-held-text></span><button type="button" data-held-read>Read</button>
  <button type="button" data-held-send>Send as it is</button></div>
 <form data-live-composer data-keep="reply-1" method="post" action="/reply/"><textarea name="body"></textarea>
  <input type="hidden" name="kind" value="reply"><small data-counter hidden></small><p data-error hidden></p><button>Send</button></form>
</section>"""

PAGE = """<!doctype html><html lang="en" data-user="%(user)s" data-live="1" data-tz="UTC" data-login="/login/"
 data-now="2026-11-24T12:00:00Z"><head><meta name="csrf-token" content="c">
<meta name="htmx-config" content='{"includeIndicatorStyles":false}'><link rel="stylesheet" href="/page.css"></head>
<body><span data-connection><span data-connection-text></span></span><div data-connection-banner hidden></div>
<div data-countdown-row><svg data-countdown-shape></svg><time id="late" data-countdown data-due="2026-11-24T11:34:00Z"
 data-warn="2026-11-24T11:00:00Z" data-state="running"></time></div>
%(queue)s %(thread)s <form data-logout action="/out/" method="post"><button>Log out</button></form>
<script src="/htmx.js"></script><script type="module" src="/live/main.js"></script></body></html>"""

QUEUE = """<div id="queue" data-live-topic="inbox" data-live-src="/queue/"><b>round %d</b><input id="find">\
<details class="pick" id="menu"><summary>Status</summary><button>Solved</button></details>\
<details id="more"><summary>More</summary><p>All of it</p></details>\
<form action="/mark/"><label><input type="radio" name="score" value="4">4</label>\
<label><input type="radio" name="score" value="5">5</label></form></div>"""
CSS = "[data-thread-scroll]{height:160px;overflow:auto} article,.sys{min-height:60px} p{white-space:pre-line} [hidden]{display:none}"


class Site:
    """One page and the other end of its socket."""

    def __init__(self, page: Page, *, mode: str = "chat", user: str = "7") -> None:
        self.page, self.mode, self.user = page, mode, user
        self.frames: list[dict[str, Any]] = []
        self.sockets: list[WebSocketRoute] = []
        self.answering = True
        self.round = 0
        self.errors: list[str] = []
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.context.route(f"{ORIGIN}/**", self.serve)
        page.route_web_socket("**/ws/", self.connect)
        page.goto(f"{ORIGIN}/")
        expect(page.locator("[data-connection]")).to_have_text("Connected")

    def html(self) -> str:
        queue = QUEUE % self.round
        return PAGE % {"user": self.user, "queue": queue, "thread": THREAD % {"mode": self.mode}}

    def serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if path.startswith("/live/"):
            text, kind = (LIVE / path.removeprefix("/live/")).read_text(), "text/javascript"
        elif path == "/htmx.js":
            text, kind = HTMX.read_text(), "text/javascript"
        elif path == "/page.css":
            text, kind = CSS, "text/css"
        elif path == "/api/v1/live/ticket/":
            assert route.request.headers["x-csrftoken"] == "c"
            text, kind = json.dumps({"ticket": "t", "user": self.user}), "application/json"
        elif path == "/queue/":
            self.round += 1
            text, kind = QUEUE % self.round, "text/html"
        else:
            text, kind = self.html(), "text/html"
        route.fulfill(body=text, content_type=kind, headers={"Content-Security-Policy": POLICY})

    def connect(self, ws: WebSocketRoute) -> None:
        self.sockets.append(ws)
        ws.on_message(lambda text: self.hear(ws, json.loads(str(text))))

    def hear(self, ws: WebSocketRoute, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["op"] == "hello":
            streams = [{"id": s["id"], "head": s["seq"], "epoch": "1"} for s in frame["streams"]]
            ws.send(json.dumps({"op": "ready", "streams": streams, "topics": frame["topics"]}))
        if frame["op"] == "sub":
            streams = [{"id": s["id"], "head": s["seq"], "epoch": "1"} for s in frame["streams"]]
            ws.send(json.dumps({"op": "subscribed", "streams": streams, "topics": frame["topics"]}))
        if frame["op"] == "ping" and self.answering:
            ws.send(json.dumps({"op": "pong", "n": frame["n"], "heads": {}}))

    def say(self, **frame: Any) -> None:
        self.sockets[-1].send(json.dumps(frame))

    def event(
        self, seq: int, body: str, *, stream: str = "pub", kind: str = "reply", who: int = 1, **more: Any
    ) -> None:
        author = {"id": who, "kind": "buyer", "name": "Ana R.", "initials": "AR"}
        data = {"body": body, "at": "2026-11-24T09:05:00Z", **more.pop("data", {})}
        self.say(op="ev", stream=stream, seq=seq, kind=kind, author=author, data=data, **more)

    def sent(self, op: str = "send") -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["op"] == op]

    def wait_sent(self, count: int, op: str = "send") -> dict[str, Any]:
        for _ in range(200):
            if len(self.sent(op)) >= count:
                return self.sent(op)[count - 1]
            self.page.wait_for_timeout(20)
        raise AssertionError(f"{count} {op} frames expected, got {self.frames}")

    def bodies(self) -> list[str]:
        found = self.page.locator("[data-thread-list] > * p, [data-thread-list] .sys span")
        return [text for text in found.all_inner_texts() if text]
