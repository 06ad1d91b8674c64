import assert from "node:assert/strict";
import { test } from "node:test";

import { StreamView } from "../../core/static/core/live/stream.js";
import { FakeEnv, settle } from "./fakes.mjs";

function view({ seq = 3, epoch = "e1", refetch = async () => ({ seq: 9, epoch: "e2" }), ready = true } = {}) {
  const env = new FakeEnv();
  const sent = [];
  const seen = [];
  const rejoined = [];
  const v = new StreamView({
    id: "s", seq, epoch, env, me: "7", refetch,
    send: (frame) => (sent.push(frame), true),
    rejoin: () => rejoined.push(v.position()),
  });
  v.on("event", (event) => seen.push(event.seq));
  if (ready) v.onReady({ id: "s", head: seq, epoch });
  return { env, v, sent, seen, rejoined };
}

const ev = (seq, more = {}) => ({ op: "ev", stream: "s", seq, kind: "reply", author: { id: 1, name: "Ana" }, data: {}, ...more });

test("applies the next, drops what it has", () => {
  const { v, seen } = view();
  for (const seq of [4, 4, 2, 5, 4]) v.onFrame(ev(seq));
  assert.deepEqual(seen, [4, 5]);
});

test("two that swapped places need no question", async () => {
  const { env, v, seen, sent } = view();
  v.onFrame(ev(5));
  await env.advance(400);
  v.onFrame(ev(4));
  await env.advance(5_000);
  assert.deepEqual(seen, [4, 5]);
  assert.deepEqual(sent, []);
});

test("a gap is held for 500 ms, then asked for; the held one is shown once, in its place", async () => {
  const { env, v, seen, sent } = view();
  v.onFrame(ev(6));
  await env.advance(499);
  assert.deepEqual(sent, []);
  await env.advance(1);
  assert.deepEqual(sent, [{ op: "sync", stream: "s", after: 3, limit: 200 }]);
  v.onFrame({ op: "batch", stream: "s", events: [ev(4), ev(5)], head: 6, more: true });
  v.onFrame(ev(6));
  assert.deepEqual(seen, [4, 5, 6]);
  await env.advance(20_000);
  assert.equal(sent.length, 1);
});

test("batches follow each other until the head", async () => {
  const { env, v, seen, sent } = view();
  v.onHead(7);
  await env.advance(500);
  v.onFrame({ op: "batch", stream: "s", events: [ev(4), ev(5)], head: 7, more: true });
  assert.deepEqual(sent.map((f) => f.after), [3, 5]);
  v.onFrame({ op: "batch", stream: "s", events: [ev(6), ev(7)], head: 7, more: false });
  assert.deepEqual(seen, [4, 5, 6, 7]);
  await env.advance(20_000);
  assert.equal(sent.length, 2);
});

test("an unanswered sync is asked again; an empty batch does not loop", async () => {
  const { env, v, sent } = view();
  v.onHead(5);
  await env.advance(500);
  await env.advance(5_000);
  assert.equal(sent.length, 2);
  v.onFrame({ op: "batch", stream: "s", events: [], head: 5, more: true });
  await env.advance(30_000);
  assert.equal(sent.length, 2);
});

test("the head in ready or pong finds what was lost on the way", async () => {
  const { env, v, sent } = view();
  v.onReady({ id: "s", head: 8, epoch: "e1" });
  await env.advance(500);
  assert.equal(sent[0].op, "sync");
});

test("nothing is asked while the line is down", async () => {
  const { env, v, sent } = view();
  v.onFrame(ev(6));
  v.onDown();
  await env.advance(10_000);
  assert.deepEqual(sent, []);
});

for (const [name, info] of [["another epoch", { head: 3, epoch: "e2" }], ["a head behind the page", { head: 2, epoch: "e1" }]]) {
  test(`${name} makes the page fetch its copy anew`, async () => {
    const { v, rejoined, seen } = view({ ready: false });
    v.position();
    v.onReady({ id: "s", ...info });
    await settle();
    assert.deepEqual(rejoined, [{ id: "s", seq: 9, epoch: "e2" }]);
    v.onFrame(ev(10));
    assert.deepEqual(seen, [10]);
  });
}

test("reset too_old: events wait out, a failed refetch is tried again", async () => {
  let tries = 0;
  const refetch = async () => {
    tries += 1;
    if (tries < 3) throw new Error("down");
    return { seq: 50, epoch: "e1" };
  };
  const { env, v, seen, rejoined } = view({ refetch });
  v.onFrame({ op: "reset", stream: "s", reason: "too_old" });
  v.onFrame({ op: "reset", stream: "s", reason: "too_old" });
  v.onFrame(ev(4));
  assert.deepEqual(seen, []);
  await env.advance(10_000);
  assert.equal(tries, 3);
  assert.equal(rejoined.length, 1);
  v.onFrame(ev(51));
  assert.deepEqual(seen, [51]);
});

test("unknown kinds move the cursor", () => {
  const { v } = view();
  v.onFrame(ev(4, { kind: "hologram" }));
  assert.equal(v.cursor, 4);
});

test("read marks only grow, in both directions", () => {
  const { v, sent } = view();
  const marks = [];
  v.on("read", (reads) => marks.push(reads));
  for (const seq of [3, 2, 3, 5]) v.onFrame({ op: "read", stream: "s", who: "buyer", seq });
  assert.deepEqual(marks, [{ buyer: 3, agent: 0 }, { buyer: 5, agent: 0 }]);
  for (const seq of [2, 1, 2, 3]) v.markRead(seq);
  assert.deepEqual(sent.map((f) => f.seq), [2, 3]);
});

test("a read mark set while down goes out when the line is back", () => {
  const { v, sent } = view();
  v.onDown();
  v.markRead(3);
  assert.deepEqual(sent, []);
  v.onReady({ id: "s", head: 3, epoch: "e1" });
  assert.deepEqual(sent, [{ op: "read", stream: "s", seq: 3 }]);
});

test("typing is said every 3 s at most, and its end after a pause", async () => {
  const { env, v, sent } = view();
  for (let i = 0; i < 7; i += 1) {
    v.typing();
    await env.advance(1_000);
  }
  assert.deepEqual(sent.map((f) => f.on), [true, true, true]);
  await env.advance(10_000);
  assert.deepEqual(sent.map((f) => f.on), [true, true, true, false]);
});

test("a sent message ends typing without a word", async () => {
  const { env, v, sent } = view();
  v.typing();
  v.typingEnded(false);
  await env.advance(10_000);
  assert.equal(sent.length, 1);
});

test("others' typing ends by its ttl or by their message; one's own is not shown", async () => {
  const { env, v } = view();
  const names = [];
  v.on("typing", (list) => names.push(list.join()));
  v.onFrame({ op: "typing", stream: "s", who: { name: "Lin" }, ttl: 6 });
  await env.advance(5_000);
  v.onFrame({ op: "typing", stream: "s", who: { name: "Lin" }, ttl: 6 });
  await env.advance(5_900);
  assert.deepEqual(names, ["Lin"]);
  await env.advance(200);
  assert.deepEqual(names, ["Lin", ""]);
  v.onFrame({ op: "typing", stream: "s", who: { name: "Ana" }, ttl: 6 });
  v.onFrame(ev(4));
  v.onFrame({ op: "typing", stream: "s", who: { id: 7, name: "Me" }, ttl: 6 });
  assert.deepEqual(names, ["Lin", "", "Ana", ""]);
});
