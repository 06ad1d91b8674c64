import assert from "node:assert/strict";
import { test } from "node:test";

import { KEEP } from "../../core/static/core/live/entries.js";
import { MemoryStore, SafeStore, openStore } from "../../core/static/core/live/store.js";
import { box } from "./boxes.mjs";
import { settle } from "./fakes.mjs";

test("stored before shown, shown before sent, gone when acknowledged", async () => {
  const b = box();
  b.link.up = false;
  const order = [];
  const { put } = b.store;
  b.store.put = async (entry) => { await put.call(b.store, entry); order.push("stored"); };
  b.outbox.on("entry", ({ state }) => order.push(state));
  await b.say("one");
  assert.deepEqual(order, ["stored", "queued"]);
  assert.equal(b.outbox.unsent, 1);
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  await b.ack();
  assert.deepEqual(order, ["stored", "queued", "sending", "sent"]);
  assert.deepEqual(await b.store.list("7"), []);
  assert.equal(b.outbox.unsent, 0);
});

test("the frame is the protocol's", async () => {
  const b = box();
  const { id } = await b.say("hi", "s", "note");
  assert.deepEqual(b.link.sent, [{ op: "send", id, stream: "s", kind: "note", body: "hi" }]);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("one in flight a stream, in order; streams do not wait for each other", async () => {
  const b = box();
  await b.say("a1");
  await b.say("a2");
  await b.say("b1", "other");
  assert.deepEqual(b.bodies(), ["a1", "b1"]);
  await b.ack(0);
  assert.deepEqual(b.bodies(), ["a1", "b1", "a2"]);
});

test("resent after a reconnect with the same id, before those behind it", async () => {
  const b = box();
  await b.say("one");
  await b.say("two");
  b.link.up = false;
  b.outbox.down();
  await settle();
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  assert.deepEqual(b.bodies(), ["one", "one"]);
  assert.equal(b.link.sent[0].id, b.link.sent[1].id);
  await b.ack();
  assert.deepEqual(b.bodies(), ["one", "one", "two"]);
});

test("an event that comes while the outbox looks into its store is not sent again, nor shown again", async () => {
  const b = box();
  b.link.up = false;
  const { id } = await b.say("one");
  const { list } = b.store;
  const waiting = [];
  b.store.list = async (user) => {
    const seen = await list.call(b.store, user); // as it was before the event came
    await new Promise((go) => waiting.push(go));
    return seen;
  };
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  b.outbox.arrived(id);
  for (let round = 0; round < 5; round += 1) {
    for (const go of waiting.splice(0)) go();
    await settle();
  }
  assert.deepEqual(b.bodies(), []);
  assert.deepEqual(b.moves, ["one queued", "one sent"]);
});

test("an ack tells the place even when the event has settled the message meanwhile", async () => {
  const b = box();
  const { id } = await b.say("one");
  const told = [];
  b.outbox.on("entry", ({ state, seq }) => told.push([state, seq]));
  b.outbox.shown.delete(id);
  await b.ack();
  assert.deepEqual(told, [["sent", 4]]);
});

test("no ack within 20 s drops the line", async () => {
  const b = box();
  await b.say("one");
  await b.env.advance(20_000);
  assert.equal(b.link.reconnects, 1);
});

test("own event before the ack, and after it: settled once either way", async () => {
  for (const first of ["event", "ack"]) {
    const b = box();
    const { id } = await b.say("one");
    const event = async () => { b.outbox.arrived(id); await settle(); };
    if (first === "event") await event();
    await b.ack();
    if (first === "ack") await event();
    assert.deepEqual(b.moves, ["one queued", "one sending", "one sent"]);
    assert.deepEqual(await b.store.list("7"), []);
  }
});

test("the event alone is enough: no resend after the line fell before the ack", async () => {
  const b = box();
  const { id } = await b.say("one");
  b.link.up = false;
  b.outbox.down();
  await settle();
  b.outbox.arrived(id);
  await settle();
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  assert.equal(b.link.sent.length, 1);
  assert.equal(b.moves.at(-1), "one sent");
});

test("a retryable nack waits as asked and keeps the order", async () => {
  const b = box();
  await b.say("one");
  await b.say("two");
  await b.nack({ retryable: true, retry_after_ms: 1500 });
  await b.env.advance(1_400);
  assert.deepEqual(b.bodies(), ["one"]);
  await b.env.advance(100);
  assert.deepEqual(b.bodies(), ["one", "one"]);
  assert.equal(b.link.sent[0].id, b.link.sent[1].id);
});

test("a final nack fails that one, says why, and lets the others go on in order", async () => {
  const b = box();
  const one = await b.say("one");
  await b.say("two");
  await b.nack({ retryable: false, code: "closed" });
  assert.deepEqual(one.error, { code: "closed", message: "why" });
  assert.equal(one.state, "failed");
  assert.deepEqual(b.bodies(), ["one", "two"]);
  assert.equal((await b.store.list("7")).find((e) => e.id === one.id).state, "failed");
  assert.equal(b.outbox.unsent, 2);
});

test("a failed one goes out again when asked, behind those that wait, under its id", async () => {
  const b = box();
  const one = await b.say("one");
  await b.say("two");
  await b.nack({ retryable: false });
  await b.env.advance(5);
  await b.say("three");
  await b.outbox.retry(one.id);
  await settle();
  await b.ack();
  await b.ack();
  assert.deepEqual(b.bodies(), ["one", "two", "three", "one"]);
  assert.equal(b.link.sent[3].id, b.link.sent[0].id);
});

test("after idempotency_conflict the text goes out under a new id", async () => {
  const b = box();
  const one = await b.say("one");
  const old = one.id;
  await b.nack({ retryable: false, code: "idempotency_conflict" });
  await b.outbox.retry(one.id);
  await settle();
  assert.notEqual(b.link.sent[1].id, old);
  assert.deepEqual((await b.store.list("7")).map((e) => e.id), [b.link.sent[1].id]);
});

test("what a lead would ask about goes out again as its writer's own word", async () => {
  const b = box();
  const one = await b.say("ok");
  assert.equal(b.link.sent[0].sure, undefined);
  await b.nack({ retryable: false, code: "doubts" });
  await b.outbox.retry(one.id);
  await settle();
  assert.equal(b.link.sent[1].sure, true);
  assert.equal(b.link.sent[1].id, b.link.sent[0].id);
});

test("a failed one is taken back only by its writer's word", async () => {
  const b = box();
  const one = await b.say("one");
  await b.outbox.discard(one.id);
  assert.equal((await b.store.list("7")).length, 1);
  await b.nack({ retryable: false });
  await b.outbox.discard(one.id);
  assert.equal((await b.store.list("7")).length, 0);
});

test("after a reload it is there, queued, and goes out with its old id", async () => {
  const b = box();
  const one = await b.say("one");
  const again = box({ store: b.store, env: b.env });
  const [entry] = await again.outbox.load("s");
  assert.equal(entry.state, "queued");
  again.outbox.pump("s");
  await settle();
  assert.equal(again.link.sent[0].id, one.id);
});

test("another person's entries are neither shown, counted, sent nor cleared", async () => {
  const b = box();
  b.link.up = false;
  await b.say("secret");
  const other = box({ store: b.store, user: "8", env: b.env });
  assert.deepEqual(await other.outbox.load("s"), []);
  assert.equal(other.outbox.unsent, 0);
  other.outbox.pump("s");
  await settle();
  assert.deepEqual(other.link.sent, []);
  await other.outbox.clear();
  assert.equal((await b.store.list("7")).length, 1);
});

test("a store that hands out another's entry is not believed", async () => {
  const b = box();
  b.store.list = async () => [{ id: "x", user: "9", stream: "s", kind: "reply", body: "!", at: b.env.now(), n: 1, state: "queued", error: null }];
  assert.deepEqual(await b.outbox.load("s"), []);
  b.outbox.pump("s");
  await settle();
  assert.deepEqual(b.link.sent, []);
});

test("gone after 24 h, whoever wrote it", async () => {
  const b = box();
  b.link.up = false;
  await b.say("old");
  await box({ store: b.store, user: "8", env: b.env, link: b.link }).say("theirs");
  b.env.sleep(KEEP - 1);
  assert.equal((await box({ store: b.store, env: b.env }).outbox.load("s")).length, 1);
  b.env.sleep(2);
  assert.deepEqual(await box({ store: b.store, env: b.env }).outbox.load("s"), []);
  assert.equal(b.store.entries.size, 0);
});

test("a bubble that grew too old on an open page fails, it does not vanish or go out", async () => {
  const b = box();
  b.link.up = false;
  const old = await b.say("old");
  b.env.sleep(KEEP + 1);
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  assert.deepEqual(b.link.sent, []);
  assert.equal(old.state, "failed");
  assert.equal(old.error.code, "expired");
});

test("an event without its ack lets the next one go", async () => {
  const b = box();
  const { id } = await b.say("one");
  await b.say("two");
  b.outbox.arrived(id);
  await settle();
  assert.deepEqual(b.bodies(), ["one", "two"]);
});

test("what is added in the last moment of a round still goes out", async () => {
  let release = () => {};
  const slow = async (name, work) => {
    await work();
    await new Promise((resolve) => (release = resolve));
  };
  const b = box({ locks: slow });
  await b.say("one");
  await b.ack();
  await b.say("two");
  assert.deepEqual(b.bodies(), ["one"]);
  release();
  await settle();
  assert.deepEqual(b.bodies(), ["one", "two"]);
});

test("empty, too long and too large texts are refused and nothing is kept", async () => {
  const b = box();
  for (const [body, code] of [[" \n", "empty"], ["x".repeat(8001), "too_long"], ["\u0001".repeat(8000), "too_long"]]) {
    await assert.rejects(b.say(body), { code });
  }
  assert.equal(b.store.entries.size, 0);
  await b.say("😀".repeat(8000));
  assert.equal(b.link.sent.length, 1);
});

test("without IndexedDB it works in memory; a full disk falls back to it", async () => {
  for (const none of [() => undefined, () => { throw new DOMException("", "SecurityError"); }]) {
    const store = await openStore(none);
    assert.ok(store instanceof MemoryStore);
    assert.equal(store.durable, false);
  }
  const full = { list: async () => [], put: async () => { throw new Error("quota"); }, remove: async () => {}, purge: async () => {} };
  const b = box({ store: new SafeStore(full) });
  b.link.up = false;
  await b.say("kept");
  assert.equal(b.outbox.unsent, 1);
});
