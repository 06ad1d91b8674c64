import assert from "node:assert/strict";
import { test } from "node:test";

import { SignedOut } from "../../core/static/core/live/socket.js";
import { backoff } from "../../core/static/core/live/wire.js";
import { settle } from "./fakes.mjs";
import { line, stream, up } from "./lines.mjs";

test("hello carries ticket, streams and topics; ready makes it connected", async () => {
  const l = line();
  l.socket.subs.addStream(stream("s1"));
  l.socket.subs.setTopics(["inbox"]);
  const ws = await up(l, { streams: [{ id: "s1", head: 3 }], topics: ["inbox"] });
  assert.deepEqual(ws.sent, [
    { op: "hello", v: 1, auth: { ticket: "t" }, streams: [{ id: "s1", seq: 3, epoch: "e" }], topics: ["inbox"] },
  ]);
  assert.deepEqual(l.states, ["connecting", "connected"]);
});

test("streams and topics that come later are asked for, those that go are let go", async () => {
  const l = line();
  const ws = await up(l);
  const client = stream("s2");
  l.socket.subs.addStream(client);
  l.socket.subs.setTopics(["inbox", "me"]);
  l.socket.subs.setTopics(["me"]);
  l.socket.subs.removeStream(client);
  assert.deepEqual(ws.sent.slice(1), [
    { op: "sub", streams: [{ id: "s2", seq: 3, epoch: "e" }], topics: [] },
    { op: "sub", streams: [], topics: ["inbox", "me"] },
    { op: "unsub", streams: [], topics: ["inbox"] },
    { op: "unsub", streams: ["s2"], topics: [] },
  ]);
});

test("what is added between hello and ready is asked for at ready", async () => {
  const l = line();
  l.socket.start();
  await settle();
  l.last().onopen();
  l.socket.subs.addStream(stream("s9"));
  l.last().say({ op: "ready", streams: [] });
  assert.deepEqual(l.last().ops("sub"), [{ op: "sub", streams: [{ id: "s9", seq: 3, epoch: "e" }], topics: [] }]);
});

test("a stream that got no answer is asked for again with the next ping, one refused is not", async () => {
  const l = line();
  const ws = await up(l);
  for (const id of ["lost", "refused", "given"]) l.socket.subs.addStream(stream(id));
  ws.say({ op: "nack", id: null, code: "not_found", stream: "refused" });
  ws.say({ op: "subscribed", streams: [{ id: "given", head: 3 }], topics: [] });
  await l.env.advance(20_000);
  assert.deepEqual(ws.ops("sub").slice(3).map((f) => f.streams.map((s) => s.id)), [["lost"]]);
});

test("frames go to their stream; subscribed and pong heads too", async () => {
  const l = line();
  const client = stream("s1");
  l.socket.subs.addStream(client);
  const ws = await up(l, { streams: [{ id: "s1", head: 3 }] });
  ws.say({ op: "ev", stream: "s1", seq: 4 });
  ws.say({ op: "subscribed", streams: [{ id: "s1", head: 5 }], topics: [] });
  ws.say({ op: "pong", n: 0, heads: { s1: 6 } });
  ws.say({ op: "typing", stream: "other" });
  assert.deepEqual(client.calls, [["ready", 3], ["frame", "ev"], ["ready", 5], ["head", 6]]);
});

test("pings every 20 s with the cursors; no pong in 10 s means reconnect", async () => {
  const l = line();
  l.socket.subs.addStream(stream("s1", 8));
  const ws = await up(l, { streams: [] });
  await l.env.advance(20_000);
  assert.deepEqual(ws.ops("ping"), [{ op: "ping", n: 1, seqs: { s1: 8 } }]);
  ws.say({ op: "pong", n: 1, heads: {} });
  await l.env.advance(20_000);
  assert.equal(ws.ops("ping").length, 2);
  await l.env.advance(9_000);
  assert.equal(ws.closed, false);
  await l.env.advance(1_000);
  assert.equal(ws.closed, true);
  assert.equal(l.states.at(-1), "reconnecting");
  await l.env.advance(500);
  assert.equal(l.made.length, 2);
});

test("back-off stays within its bounds and is spread over all of them", () => {
  const tops = [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000];
  tops.forEach((top, n) => {
    assert.equal(backoff(n, () => 0), 0);
    assert.equal(backoff(n, () => 0.5), top / 2);
    assert.ok(backoff(n, () => 0.999999) < top);
  });
  assert.ok(backoff(5000, () => 0.999999) < 30_000);
});

test("waits grow with each loss, show offline after three, and start anew after a steady link", async () => {
  const l = line({ random: 0.5 });
  await up(l);
  await l.env.advance(6_000);
  const waits = [];
  l.socket.on("state", ({ retryAt }) => retryAt && waits.push(retryAt - l.env.now()));
  for (let i = 0; i < 4; i += 1) {
    l.last().die();
    await l.env.advance(waits.at(-1));
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000]);
  assert.equal(l.states.at(-1), "offline");
  await up(l);
  await l.env.advance(6_000);
  l.last().die();
  assert.equal(waits.at(-1), 250);
});

test("a link that falls right after ready does not come back in a hot loop", async () => {
  const l = line({ random: 0.5 });
  const waits = [];
  l.socket.on("state", ({ retryAt }) => retryAt && waits.push(retryAt - l.env.now()));
  for (let i = 0; i < 3; i += 1) {
    await up(l);
    l.last().die(4500);
    await l.env.advance(waits.at(-1));
  }
  assert.deepEqual(waits, [250, 500, 1000]);
});

test("bye says when to come back", async () => {
  const l = line();
  const ws = await up(l);
  ws.say({ op: "bye", code: 4503, reason: "moving", retry_after_ms: 7_000 });
  ws.die(4503);
  await l.env.advance(6_900);
  assert.equal(l.made.length, 1);
  await l.env.advance(200);
  assert.equal(l.made.length, 2);
});

for (const code of [4403, 4404, 4426]) {
  test(`${code} ends it, also when a proxy ate the code`, async () => {
    for (const heard of [code, 1006]) {
      const l = line();
      const ws = await up(l);
      if (heard !== code) ws.say({ op: "bye", code, reason: "", retry_after_ms: 0 });
      ws.die(heard);
      l.socket.wake();
      await l.env.advance(120_000);
      assert.equal(l.made.length, 1);
      assert.equal(l.states.at(-1), `offline:${code}`);
    }
  });
}

for (const code of [1000, 1006, 4400, 4408, 4413, 4429, 4500, 4503]) {
  test(`comes back after ${code}`, async () => {
    const l = line();
    (await up(l)).die(code);
    await l.env.advance(1_000);
    assert.equal(l.made.length, 2);
  });
}

test("4401 is answered with one fresh ticket, then it is signed out", async () => {
  let tickets = 0;
  const l = line({ ticket: async () => ({ ticket: `t${(tickets += 1)}`, user: 7 }) });
  (await up(l)).die(4401);
  await settle();
  assert.equal(tickets, 2);
  l.last().onopen();
  l.last().die(4401);
  await l.env.advance(60_000);
  assert.equal(tickets, 2);
  assert.equal(l.states.at(-1), "signedout:session");
});

test("a refused ticket means signed out; a failed one is tried again", async () => {
  const out = line({ ticket: async () => { throw new SignedOut(); } });
  out.socket.start();
  await out.env.advance(60_000);
  assert.deepEqual(out.states, ["connecting", "signedout:session"]);
  let tries = 0;
  const flaky = line({ ticket: async () => { tries += 1; throw new TypeError("network"); } });
  flaky.socket.start();
  await flaky.env.advance(2_000);
  assert.ok(tries >= 3);
});

test("another person's ticket is not used", async () => {
  const l = line({ ticket: async () => ({ ticket: "t", user: 8 }) });
  l.socket.start();
  await l.env.advance(5_000);
  assert.equal(l.made.length, 0);
  assert.equal(l.states.at(-1), "signedout:other_user");
});

test("waking pings at once with a deadline of 3 s", async () => {
  const l = line();
  const ws = await up(l);
  l.socket.wake();
  assert.equal(ws.ops("ping").length, 1);
  await l.env.advance(2_900);
  assert.equal(ws.closed, false);
  await l.env.advance(200);
  assert.equal(ws.closed, true);
});

test("a timer that comes over 10 s late counts as waking", async () => {
  const l = line();
  const ws = await up(l);
  l.env.sleep(16_000);
  await l.env.advance(0);
  assert.equal(ws.ops("ping").length, 1);
  await l.env.advance(3_000);
  assert.equal(ws.closed, true);
});

test("waking in a back-off tries at once", async () => {
  const l = line();
  (await up(l)).die();
  l.socket.wake();
  await settle();
  assert.equal(l.made.length, 2);
});

test("no ready within 10 s is a loss; the old try's late frames are not heard", async () => {
  const l = line();
  l.socket.start();
  await settle();
  const old = l.last();
  await l.env.advance(10_000);
  assert.equal(old.closed, true);
  old.say({ op: "ready", streams: [] });
  assert.equal(l.socket.ready, false);
});

test("without a network it says offline", async () => {
  const l = line({ online: () => false });
  l.socket.start();
  await settle();
  l.last().die();
  assert.equal(l.states.at(-1), "offline");
});

test("broken frames and throwing listeners do no harm", async () => {
  const l = line();
  const ws = await up(l);
  const heard = [];
  const { error } = console;
  console.error = () => {};
  l.socket.on("changed", () => { throw new Error("listener"); });
  l.socket.on("changed", (frame) => heard.push(frame.topic));
  ws.onmessage({ data: "{" });
  ws.say({ op: "changed", topic: "inbox", ids: [] });
  console.error = error;
  assert.deepEqual(heard, ["inbox"]);
});

test("hello carries a ticket or an access token, whichever came", async () => {
  const l = line({ ticket: async () => ({ access: "a", user: 7 }) });
  assert.deepEqual((await up(l)).sent[0].auth, { access: "a" });
});

test("a hundred events since the last ping make the next one due", async () => {
  const l = line();
  l.socket.subs.addStream(stream("s1"));
  const ws = await up(l, { streams: [{ id: "s1", head: 3 }] });
  for (let seq = 4; seq < 254; seq += 1) ws.say({ op: "ev", stream: "s1", seq });
  assert.equal(ws.ops("ping").length, 2);
});

test("waking does not cut short a wait that the server asked for; a press does", async () => {
  const l = line();
  const ws = await up(l);
  ws.say({ op: "bye", code: 4429, reason: "too many", retry_after_ms: 30_000 });
  ws.die(4429);
  await l.env.advance(4_000);
  l.socket.wake();
  await settle();
  assert.equal(l.made.length, 1);
  l.socket.wake(true);
  await settle();
  assert.equal(l.made.length, 2);
});

test("a server that says come back at once, again and again, is not called in a hot loop", async () => {
  const l = line({ random: 0.5 });
  const waits = [];
  l.socket.on("state", ({ retryAt }) => retryAt && waits.push(retryAt - l.env.now()));
  for (let i = 0; i < 4; i += 1) {
    const ws = await up(l);
    ws.say({ op: "bye", code: 4503, reason: "moving", retry_after_ms: i === 3 ? "soon" : 0 });
    ws.die(4503);
    await l.env.advance(waits.at(-1));
  }
  assert.deepEqual(waits, [0, 0, 1000, 2000]);
});

test("a page that goes into the browser's cache lets its line go, and takes it up when it is shown again", async () => {
  const l = line();
  const ws = await up(l);
  l.socket.rest();
  assert.equal(ws.closed, true);
  await l.env.advance(120_000);
  assert.equal(l.made.length, 1);
  l.socket.wake();
  await settle();
  assert.equal(l.made.length, 2);
});
