import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, SafeStore, webLocks } from "../../core/static/core/live/store.js";
import { box } from "./boxes.mjs";
import { FakeEnv, fakeChannels, fakeLocks, settle } from "./fakes.mjs";

/** Two tabs of one person: one store, one set of locks, one channel; each with a line of its own. */
function twoTabs({ locks = fakeLocks(), user = "7" } = {}) {
  const [store, env, Channel] = [new MemoryStore(), new FakeEnv(), fakeChannels()];
  return { store, env, a: box({ store, locks, env, Channel }), b: box({ store, locks, env, Channel, user }) };
}

test("two tabs never send one entry twice, and both end up clean", async () => {
  const { a, b } = twoTabs();
  a.link.up = false;
  await a.say("one");
  await b.outbox.load("s");
  a.link.up = true;
  a.outbox.pump("s");
  b.outbox.pump("s");
  await settle();
  assert.equal(a.link.sent.length + b.link.sent.length, 1);
  await (a.link.sent.length ? a : b).ack();
  await settle();
  assert.equal(a.link.sent.length + b.link.sent.length, 1);
  assert.equal(a.moves.at(-1), "one sent");
  assert.equal(b.moves.at(-1), "one sent");
});

test("a refusal in the other tab is shown in this one", async () => {
  const { a, b } = twoTabs();
  a.link.up = false;
  const one = await a.say("one");
  b.outbox.pump("s");
  await settle();
  await b.nack({ retryable: false, code: "closed" });
  a.link.up = true;
  a.outbox.pump("s");
  await settle();
  assert.equal(one.state, "failed");
  assert.deepEqual(a.link.sent, []);
});

test("what one tab writes, the other shows, in every state, and its end", async () => {
  const { a, b } = twoTabs();
  await b.outbox.load("s");
  b.link.up = false;
  await a.say("one");
  assert.deepEqual(b.moves, ["one queued", "one sending"]);
  assert.equal(b.outbox.unsent, 1);
  await a.ack();
  await settle();
  assert.equal(b.moves.at(-1), "one sent");
  assert.equal(b.outbox.unsent, 0);
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  assert.deepEqual(b.link.sent, []);
});

test("a tab without a line leaves its message to one that has it", async () => {
  const { a, b } = twoTabs();
  await b.outbox.load("s");
  a.link.up = false;
  await a.say("one");
  await settle();
  assert.deepEqual(b.bodies(), ["one"]);
  await b.ack();
  await settle();
  assert.equal(a.moves.at(-1), "one sent");
});

test("a refused message that one tab takes back is gone in the other", async () => {
  const { a, b } = twoTabs();
  await b.outbox.load("s");
  b.link.up = false;
  const { id } = await a.say("one");
  await a.nack({ retryable: false });
  assert.equal(b.moves.at(-1), "one failed");
  const gone = [];
  b.outbox.on("gone", (one) => gone.push(one));
  await a.outbox.discard(id);
  await settle();
  assert.deepEqual(gone, [id]);
});

test("log-out in one tab clears what the other shows", async () => {
  const { a, b } = twoTabs();
  await b.outbox.load("s");
  a.link.up = b.link.up = false;
  await a.say("one");
  await a.outbox.clear();
  await settle();
  assert.deepEqual([a.outbox.shown.size, b.outbox.shown.size, b.outbox.unsent], [0, 0, 0]);
});

test("another person's tab hears nothing; a stream that a tab does not show is not shown there", async () => {
  const other = twoTabs({ user: "8" });
  await other.b.outbox.load("s");
  await other.a.say("secret");
  assert.deepEqual([other.b.moves, other.b.link.sent], [[], []]);
  const { a, b } = twoTabs();
  await b.outbox.load("elsewhere");
  b.link.up = false;
  await a.say("one");
  assert.deepEqual([b.moves, b.outbox.unsent], [[], 1]);
});

test("without locks both may send it; it is one id, and both come to rest", async () => {
  const { a, b } = twoTabs({ locks: (name, work) => work() });
  await b.outbox.load("s");
  await a.say("one");
  const ids = [...a.link.sent, ...b.link.sent].map((frame) => frame.id);
  assert.equal(new Set(ids).size, 1);
  a.outbox.answer({ op: "ack", id: ids[0], seq: 4 });
  b.outbox.answer({ op: "ack", id: ids[0], seq: 4, dup: true });
  await settle();
  assert.deepEqual([a.moves.at(-1), b.moves.at(-1), a.outbox.unsent, b.outbox.unsent], ["one sent", "one sent", 0, 0]);
});

test("storage cleared while messages wait: they stay, and go out once", async () => {
  const b = box();
  b.link.up = false;
  const [one, two] = [await b.say("one"), await b.say("two")];
  b.store.entries.clear();
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  assert.deepEqual(b.link.sent.map((f) => f.id), [one.id]);
  assert.deepEqual([...b.store.entries.keys()].sort(), [one.id, two.id].sort());
  await b.ack();
  await b.ack();
  assert.deepEqual(b.bodies(), ["one", "two"]);
  assert.equal(b.outbox.unsent, 0);
});

test("storage cleared in mid-send: the answer still settles it", async () => {
  const b = box();
  await b.say("one");
  b.store.entries.clear();
  await b.ack();
  assert.equal(b.moves.at(-1), "one sent");
});

test("what only this page holds is told as such, until the disk takes it again", async () => {
  let full = true;
  const rows = new Map();
  const disk = {
    durable: true,
    list: async () => [...rows.values()],
    put: async (entry) => { if (full) throw new Error("quota"); rows.set(entry.id, entry); return true; },
    remove: async (id) => rows.delete(id),
    purge: async () => {},
  };
  const b = box({ store: new SafeStore(disk) });
  b.link.up = false;
  assert.equal(b.outbox.fragile, false);
  const one = await b.say("one");
  assert.deepEqual([one.kept, b.outbox.fragile, b.outbox.unsent], [false, true, 1]);
  full = false;
  const two = await b.say("two");
  assert.deepEqual([two.kept, b.outbox.fragile], [true, true]);
  b.link.up = true;
  b.outbox.pump("s");
  await settle();
  await b.ack();
  await b.ack();
  assert.deepEqual([b.bodies(), b.outbox.fragile, rows.size], [["one", "two"], false, 0]);
  assert.equal(box({ store: new MemoryStore() }).outbox.fragile, true);
});

test("a lock that is asked for twice runs the work once; its error is the work's", async () => {
  const queue = [];
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks: { request: async (name, { signal }, work) => { queue.push([name, signal !== undefined]); if (name === "stuck") throw new DOMException("", "TimeoutError"); return work(); } } } });
  try {
    let runs = 0;
    assert.equal(await webLocks("free", async () => (runs += 1)), 1);
    assert.equal(await webLocks("stuck", async () => (runs += 1)), 2);
    await assert.rejects(webLocks("free", async () => { runs += 1; throw new Error("work"); }, true), /work/);
    assert.equal(runs, 3);
    assert.deepEqual(queue, [["free", true], ["stuck", true], ["free", false]]);
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else delete globalThis.navigator;
  }
});
