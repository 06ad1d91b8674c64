import assert from "node:assert/strict";
import { test } from "node:test";

import { NotTaken, Transfer } from "../../core/static/core/live/files.js";
import { box } from "./boxes.mjs";
import { MemoryStore } from "../../core/static/core/live/store.js";
import { FakeEnv, fakeChannels, fakeFreight, fakeLocks, settle } from "./fakes.mjs";

const photo = (name, more = {}) => ({ name, size: 9, type: "image/png", to: "/t/files/", id: null, blob: new Blob(["x"]), transfer: null, ...more });

function laden(options = {}) {
  const f = fakeFreight();
  const b = box({ freight: f.freight, ...options });
  const land = async (name, id = `id-${name}`) => { f.transfers.get(name).land(id); await settle(); };
  const refuse = async (name, message, again = false) => { f.transfers.get(name).refuse(message, again); await settle(); };
  const send = (body, ...files) => b.say(body, "s", "reply", files);
  return { ...b, ...f, land, refuse, send };
}

test("a message waits for its files, one after the other, and goes out with their ids", async () => {
  const b = laden();
  await b.send("look", photo("a"), photo("b"));
  assert.deepEqual([b.bodies(), [...b.transfers.keys()]], [[], ["a"]]);
  await b.land("a");
  await b.land("b");
  assert.deepEqual(b.link.sent.map(({ body, files }) => [body, files]), [["look", ["id-a", "id-b"]]]);
  await b.ack();
  assert.equal(b.moves.at(-1), "look sent");
  assert.equal(b.store.entries.size, 0);
});

test("a picture may speak alone; nothing at all may not", async () => {
  const b = laden();
  await b.send("", photo("a", { id: "there" }));
  assert.deepEqual(b.link.sent[0].files, ["there"]);
  await assert.rejects(b.send(""), { code: "empty" });
});

test("what is said behind it keeps its place; another stream does not wait", async () => {
  const b = laden();
  await b.send("first", photo("a"));
  await b.say("second");
  await b.say("elsewhere", "other");
  assert.deepEqual(b.bodies(), ["elsewhere"]);
  await b.land("a");
  await b.ack();
  assert.deepEqual(b.bodies(), ["elsewhere", "first", "second"]);
});

test("a transfer that the form began goes on; it is not sent twice, and tells how far it is", async () => {
  const b = laden();
  const begun = b.start({ name: "a", size: 9 });
  begun.share = 0.4;
  const shares = [];
  b.outbox.on("share", ({ share }) => shares.push(share));
  await b.send("look", photo("a", { transfer: begun }));
  begun.heard(0.8);
  assert.deepEqual(shares, [0.4, 0.8]);
  begun.land("id-a");
  await settle();
  assert.deepEqual(b.link.sent[0].files, ["id-a"]);
});

test("a file that is refused stops its message with the reason beside it; the others go on", async () => {
  const b = laden();
  const entry = await b.send("look", photo("a"));
  await b.say("next");
  await b.refuse("a", "This is no picture.");
  assert.deepEqual([entry.state, entry.error.code, entry.files[0].why], ["failed", "file", "This is no picture."]);
  assert.deepEqual(b.bodies(), ["next"]);
  await b.ack();
  await b.outbox.dropFile(entry.id, entry.files[0].key);
  await settle();
  assert.deepEqual(b.bodies(), ["next", "look"]);
  assert.equal(b.link.sent[1].files, undefined);
});

test("a refused file that is tried again", async () => {
  const b = laden();
  const entry = await b.send("look", photo("a"));
  await b.refuse("a", "The scanner is away.");
  await b.outbox.retry(entry.id);
  await settle();
  await b.land("a");
  assert.deepEqual(b.link.sent[0].files, ["id-a"]);
});

test("a message of nothing but its file is taken back with it, even in mid-air", async () => {
  const b = laden();
  const gone = [];
  b.outbox.on("gone", (id) => gone.push(id));
  const entry = await b.send("", photo("a"));
  await b.outbox.dropFile(entry.id, entry.files[0].key);
  await settle();
  assert.equal(b.transfers.get("a").aborted, true);
  assert.deepEqual([gone, b.store.entries.size, b.outbox.unsent, b.link.sent], [[entry.id], 0, 0, []]);
});

test("one of two is left out in mid-air: the other goes with the words", async () => {
  const b = laden();
  const entry = await b.send("look", photo("a"), photo("b"));
  await b.outbox.dropFile(entry.id, entry.files[0].key);
  await settle();
  await b.land("b");
  assert.deepEqual(b.link.sent[0].files, ["id-b"]);
});

test("a network that fails is tried again by itself, later", async () => {
  const b = laden();
  const entry = await b.send("look", photo("a"));
  const first = b.transfers.get("a");
  await b.refuse("a", "", true);
  assert.equal(entry.state, "queued");
  assert.equal(b.transfers.get("a"), first);
  await b.env.advance(10_000);
  assert.notEqual(b.transfers.get("a"), first);
  await b.land("a");
  assert.equal(b.link.sent.length, 1);
});

test("after a reload the file is still there and goes out; what came through before is not sent again", async () => {
  const b = laden();
  b.link.up = false;
  await b.send("look", photo("a"), photo("b", { id: "id-b" }));
  const again = laden({ store: b.store, env: b.env });
  const [entry] = await again.outbox.load("s");
  assert.equal(entry.files[0].blob.size, 1);
  again.outbox.pump("s");
  await settle();
  await again.land("a");
  assert.deepEqual([[...again.transfers.keys()], again.link.sent[0].files], [["a"], ["id-a", "id-b"]]);
});

test("a file that went with its page says so", async () => {
  const b = laden();
  b.link.up = false;
  await b.send("look", photo("a"));
  for (const entry of b.store.entries.values()) entry.files[0].blob = null;
  const again = laden({ store: b.store, env: b.env });
  const [entry] = await again.outbox.load("s");
  again.outbox.pump("s");
  await settle();
  assert.deepEqual([entry.state, entry.files[0].why], ["failed", "lost"]);
});

test("two tabs: the one that can brings the file, and the reason of a refusal is in both", async () => {
  const [store, env, locks, Channel] = [new MemoryStore(), new FakeEnv(), fakeLocks(), fakeChannels()];
  const [a, b] = [laden({ store, env, locks, Channel }), laden({ store, env, locks, Channel })];
  await b.outbox.load("s");
  const entry = await a.send("look", photo("a"), photo("b"));
  assert.deepEqual([a.transfers.size, b.transfers.size], [1, 0]);
  await a.refuse("a", "", true);
  await b.land("a");
  await b.refuse("b", "This is no picture.");
  await settle();
  for (const tab of [a, b]) {
    const shown = tab.outbox.shown.get(entry.id);
    assert.deepEqual([shown.state, shown.files.map(({ id, why }) => [id, why])], ["failed", [["id-a", ""], [null, "This is no picture."]]]);
  }
  await a.outbox.dropFile(entry.id, entry.files[1].key);
  await settle();
  assert.deepEqual([...a.link.sent, ...b.link.sent].map(({ files }) => files), [["id-a"]]);
});

// --- one transfer ---------------------------------------------------------------------------------------------------
function request(env = new FakeEnv()) {
  const made = [];
  class Request {
    constructor() {
      Object.assign(this, { headers: {}, upload: {}, aborted: false });
      made.push(this);
    }
    open(method, to) { Object.assign(this, { method, to }); }
    setRequestHeader(name, value) { this.headers[name] = value; }
    send(body) { this.body = body; }
    abort() { this.aborted = true; this.onabort(); this.onloadend(); }
    answer(status, text) { Object.assign(this, { status, responseText: text }); this.onload(); this.onloadend(); }
  }
  const transfer = new Transfer({ to: "/t/files/", blob: new Blob(["x"]), name: "a.png", headers: () => ({ "X-CSRFToken": "c" }), env, Request });
  return { env, transfer, xhr: made[0] };
}

test("a transfer is one file with the page's token, and tells its share", async () => {
  const { transfer, xhr } = request();
  const shares = [];
  transfer.heard = (share) => shares.push(share);
  xhr.upload.onprogress({ loaded: 5, total: 10 });
  xhr.answer(201, JSON.stringify({ id: "f1", name: "a.png", size: 1 }));
  assert.equal((await transfer.done).id, "f1");
  assert.deepEqual([xhr.method, xhr.to, xhr.headers, xhr.body.get("file").name, shares], ["POST", "/t/files/", { Accept: "application/json", "X-CSRFToken": "c" }, "a.png", [0.5]]);
});

for (const [name, status, text, message, again] of [
  ["refused in the house's words", 400, '{"message":"No."}', "No.", false],
  ["too fast", 429, '{"message":"Wait."}', "Wait.", true],
  ["signed out", 401, '{"message":"Sign in."}', "Sign in.", true],
  ["the server fell", 500, "<html>", "", true],
  ["a proxy's page", 200, "<html>", "", true],
]) {
  test(`a transfer: ${name}`, async () => {
    const { transfer, xhr } = request();
    xhr.answer(status, text);
    await assert.rejects(transfer.done, (error) => error instanceof NotTaken && error.message === message && error.again === again);
  });
}

test("a transfer that stands still for 30 s is given up, one that moves is not", async () => {
  const { env, transfer, xhr } = request();
  for (let i = 0; i < 4; i += 1) {
    await env.advance(20_000);
    xhr.upload.onprogress({ loaded: i, total: 10 });
  }
  assert.equal(xhr.aborted, false);
  await env.advance(30_000);
  assert.equal(xhr.aborted, true);
  await assert.rejects(transfer.done, { again: true });
});
