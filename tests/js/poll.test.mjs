import assert from "node:assert/strict";
import { test } from "node:test";

import { PollSocket } from "../../core/static/core/live/poll.js";
import { FakeEnv, settle } from "./fakes.mjs";

/** The other end: questions wait until the test answers them. */
function server() {
  const asked = [];
  const posted = [];
  let answer = async () => reply(201, {});
  const request = (path, init = {}) => {
    const url = new URL(path, "http://x");
    if (init.method === "POST") {
      posted.push({ path: url.pathname, body: JSON.parse(init.body) });
      return answer(posted.at(-1));
    }
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      const at = url.searchParams.getAll("at");
      asked.push({ path: url.pathname, wait: url.searchParams.get("wait"), at, topics: url.searchParams.getAll("topic"), query: url.search, resolve, reject });
    });
  };
  return { asked, posted, request, onPost: (fn) => (answer = fn) };
}

const reply = (status, body) => ({ ok: status < 300, status, json: async () => { if (body === null) throw new SyntaxError("html"); return body; } });
const info = (id, more = {}) => ({ id, head: 3, epoch: "e", state: "active", read: {}, reset: null, events: [], more: false, ...more });
const ev = (seq) => ({ op: "ev", seq, kind: "reply", author: {}, data: {} });

async function carrier({ streams = [{ id: "s", seq: 3, epoch: "e" }], topics = ["inbox"], greet = true } = {}) {
  const env = new FakeEnv();
  const s = server();
  const heard = [];
  const closes = [];
  const ws = new PollSocket({ request: s.request, env });
  ws.onopen = () => ws.send(JSON.stringify({ op: "hello", v: 1, auth: {}, streams, topics }));
  ws.onmessage = ({ data }) => heard.push(JSON.parse(data));
  ws.onclose = ({ code }) => closes.push(code);
  await settle();
  const say = async (frame) => { ws.send(JSON.stringify(frame)); await settle(); };
  const answer = async (body) => { s.asked.at(-1).resolve(reply(200, { again_in_ms: 0, missing: [], changed: [], ...body })); await settle(); };
  if (greet) await answer({ server_time: "T", streams: [info("s")] });
  return { ...s, env, heard, closes, ws, say, answer, ops: (op) => heard.filter((f) => f.op === op) };
}

test("hello is one question for all streams and topics; its answer is ready", async () => {
  const c = await carrier();
  assert.deepEqual([c.asked[0].path, c.asked[0].wait, c.asked[0].at, c.asked[0].topics], ["/api/v1/live/events/", "0", ["s:3:e"], ["inbox"]]);
  assert.deepEqual(c.heard, [{ op: "ready", server_time: "T", streams: [{ id: "s", head: 3, epoch: "e", state: "active", read: {} }], topics: ["inbox"] }]);
  await c.env.advance(1_000);
  assert.equal(c.asked[1].wait, "25");
});

test("events come in order, the next question starts behind them, more is asked for at once", async () => {
  const c = await carrier();
  await c.env.advance(1_000);
  await c.answer({ streams: [info("s", { head: 6, events: [ev(4), ev(5)], more: true })] });
  assert.deepEqual(c.ops("ev").map((f) => [f.stream, f.seq]), [["s", 4], ["s", 5]]);
  assert.deepEqual(c.asked.at(-1).at, ["s:5:e"]);
});

test("a ping overtakes the question that waits, and its answer is the pong with the heads", async () => {
  const c = await carrier();
  await c.env.advance(1_000);
  await c.say({ op: "ping", n: 7, seqs: {} });
  assert.deepEqual([c.asked.length, c.asked.at(-1).wait], [3, "0"]);
  await c.answer({ streams: [info("s", { head: 9 })] });
  assert.deepEqual(c.ops("pong").map((f) => [f.n, f.heads]), [[7, { s: 9 }]]);
  await c.say({ op: "ping", n: 8, seqs: {} });
  await c.answer({ streams: [info("s")] });
  assert.notEqual(c.ops("pong")[1].layer_epoch, c.ops("pong")[0].layer_epoch);
});

test("read marks, hints, a reset and a stream that is not theirs become the socket's frames", async () => {
  const c = await carrier({ streams: ["s", "old", "gone"].map((id) => ({ id, seq: 3, epoch: "e" })), greet: false });
  await c.answer({ streams: [info("s", { read: { buyer: 2 } }), info("old", { reset: "too_old" })], missing: ["gone"] });
  assert.deepEqual(c.ops("ready")[0].streams.map((one) => one.id), ["s"]);
  assert.deepEqual(c.ops("reset"), [{ op: "reset", stream: "old", reason: "too_old" }]);
  assert.deepEqual(c.ops("nack").map((f) => [f.stream, f.code]), [["gone", "not_found"]]);
  assert.deepEqual(c.ops("read"), []);
  await c.env.advance(1_000);
  await c.answer({ streams: [info("s", { read: { buyer: 3, agent: 0 } })], changed: [{ topic: "inbox", ids: [1] }] });
  assert.deepEqual(c.ops("read"), [{ op: "read", stream: "s", who: "buyer", seq: 3 }]);
  assert.deepEqual(c.ops("changed"), [{ op: "changed", topic: "inbox", ids: [1] }]);
  await c.env.advance(1_000);
  assert.deepEqual(c.asked.at(-1).at, ["s:3:e"]);
  await c.say({ op: "sub", streams: [{ id: "old", seq: 8, epoch: "e2" }], topics: ["me"] });
  assert.deepEqual([c.asked.at(-1).at, c.asked.at(-1).wait], [["s:3:e", "old:8:e2"], "0"]);
  await c.answer({ streams: [info("s"), info("old", { head: 8, epoch: "e2" })] });
  assert.deepEqual(c.ops("subscribed").map((f) => f.streams.map((one) => one.id)), [["old"]]);
});

test("a message is posted under its id and acknowledged with its place", async () => {
  const c = await carrier();
  c.onPost(async ({ body }) => reply(201, { id: body.client_id, stream: "s", seq: 4, created_at: "T", dup: false }));
  await c.say({ op: "send", id: "u1", stream: "s", kind: "reply", body: "hi", files: ["f"] });
  assert.deepEqual(c.posted, [{ path: "/api/v1/streams/s/messages/", body: { client_id: "u1", kind: "reply", body: "hi", files: ["f"] } }]);
  assert.deepEqual(c.ops("ack"), [{ op: "ack", id: "u1", stream: "s", seq: 4, created_at: "T", dup: false }]);
});

for (const [name, status, body, want] of [
  ["a refusal is the house's own nack", 409, { code: "closed_ticket", message: "It is closed.", retryable: false }, ["closed_ticket", false]],
  ["too fast is tried again as asked", 429, { code: "too_fast", message: "m", retryable: true, retry_after_ms: 900 }, ["too_fast", true]],
  ["a proxy's page says nothing about the message", 502, null, ["unanswered", true]],
  ["not even with another status", 404, null, ["unanswered", true]],
]) {
  test(name, async () => {
    const c = await carrier();
    c.onPost(async () => reply(status, body));
    await c.say({ op: "send", id: "u1", stream: "s", kind: "reply", body: "hi" });
    assert.deepEqual(c.ops("nack").map((f) => [f.code, f.retryable]), [want]);
    assert.deepEqual(c.closes, []);
  });
}

test("a message that found no line closes it, a sign of typing or reading does not", async () => {
  const c = await carrier();
  c.onPost(async () => { throw new TypeError("network"); });
  await c.say({ op: "typing", stream: "s", on: true });
  await c.say({ op: "read", stream: "s", seq: 3 });
  assert.deepEqual(c.posted.map((one) => one.body), [{ on: true }, { seq: 3 }]);
  assert.deepEqual(c.closes, []);
  await c.say({ op: "send", id: "u1", stream: "s", kind: "reply", body: "hi" });
  assert.deepEqual(c.closes, [1006]);
});

test("sync is a question of its own", async () => {
  const c = await carrier();
  await c.env.advance(1_000);
  await c.say({ op: "sync", stream: "s", after: 3, limit: 200 });
  assert.equal(c.asked.at(-1).path + c.asked.at(-1).query, "/api/v1/streams/s/events/?after=3&limit=200");
  await c.answer(info("s", { head: 5, events: [ev(4), ev(5)] }));
  assert.deepEqual(c.ops("batch").map((f) => [f.stream, f.events.length, f.head, f.more]), [["s", 2, 5, false]]);
});

for (const [status, code] of [[401, 4401], [403, 4401], [500, 1006], [503, 1006]]) {
  test(`an answer ${status} ends it like ${code}`, async () => {
    const c = await carrier({ greet: false });
    c.asked[0].resolve(reply(status, {}));
    await settle();
    assert.deepEqual(c.closes, [code]);
    assert.throws(() => c.ws.send("{}"));
  });
}

test("a network that fails ends it; a close of one's own ends it without a word", async () => {
  const c = await carrier({ greet: false });
  c.asked[0].reject(new TypeError("network"));
  await settle();
  assert.deepEqual(c.closes, [1006]);
  const own = await carrier();
  await own.env.advance(1_000);
  own.ws.close();
  await own.env.advance(60_000);
  assert.deepEqual([own.closes, own.asked.length], [[], 2]);
});

test("a server that cannot hold a question says when to come back; one that answers nothing at once is not asked in a hot loop", async () => {
  const c = await carrier();
  await c.env.advance(1_000);
  await c.answer({ streams: [info("s")], again_in_ms: 4_000 });
  await c.env.advance(3_900);
  assert.equal(c.asked.length, 2);
  await c.env.advance(100);
  assert.equal(c.asked.length, 3);
  for (let i = 0; i < 5; i += 1) {
    await c.answer({ streams: [info("s")] });
    await c.env.advance(500);
  }
  assert.ok(c.asked.length <= 6, String(c.asked.length));
});

test("more than twenty streams and topics are asked for in turn, each part for its share of the time", async () => {
  const ids = Array.from({ length: 45 }, (_, i) => `s${i}`);
  const topics = Array.from({ length: 25 }, (_, i) => `t${i}`);
  const c = await carrier({ streams: ids.map((id) => ({ id, seq: 3, epoch: null })), topics, greet: false });
  const about = () => c.asked.at(-1).at.map((at) => at.split(":")[0]);
  const asked = [];
  for (let part = 0; part < 3; part += 1) {
    assert.equal(c.asked.at(-1).wait, "0");
    asked.push(...about());
    await c.answer({ server_time: "T", streams: about().map((id) => info(id)) });
  }
  assert.deepEqual(asked.slice(0, 45), ids);
  assert.equal(c.ops("ready").length, 1);
  assert.deepEqual(c.ops("subscribed").flatMap((f) => f.streams.map((one) => one.id)), ids.slice(20));
  // From now on each part is held for a third of the time; an event moves its stream's place in its own turn.
  await c.env.advance(1_000);
  const turns = [];
  for (let part = 0; part < 3; part += 1) {
    assert.equal(c.asked.at(-1).wait, "8");
    const now = about();
    turns.push(...now);
    await c.answer({ streams: now.map((id) => info(id, id === "s7" ? { head: 4, events: [ev(4)] } : {})) });
    await c.env.advance(1_000);
  }
  assert.ok(ids.every((id) => [...turns, ...about()].includes(id)));
  assert.deepEqual(c.ops("ev").map((f) => f.stream), ["s7"]);
  assert.deepEqual(new Set(c.asked.flatMap((question) => question.topics)), new Set(topics));
  assert.ok(c.asked.every((question) => question.at.length <= 20 && question.topics.length <= 20));
});
