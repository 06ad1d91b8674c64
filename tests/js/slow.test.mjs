import assert from "node:assert/strict";
import { test } from "node:test";

import { line, stream } from "./lines.mjs";

/** Three sockets that are opened and closed without a word. */
async function blocked(l) {
  l.socket.start();
  for (let i = 0; i < 3; i += 1) {
    await l.env.advance(2_000);
    assert.equal(l.made.length, i + 1);
    l.last().die(1006);
  }
  await l.env.advance(2_500);
}

async function onSlowLine(l) {
  await blocked(l);
  const poll = l.polls.at(-1);
  poll.onopen();
  poll.say({ op: "ready", streams: [] });
  return poll;
}

test("after three sockets in vain it asks over HTTP, says so, and frames go that way", async () => {
  const l = line({ slow: true });
  l.socket.subs.addStream(stream("s1"));
  const poll = await onSlowLine(l);
  assert.equal(l.made.length, 3);
  assert.equal(l.states.at(-1), "slow");
  assert.equal(poll.sent[0].op, "hello");
  assert.equal(l.socket.send({ op: "send", id: "x", stream: "s1" }), true);
  assert.deepEqual(poll.ops("send").map((f) => f.id), ["x"]);
});

test("sockets that spoke, and tickets that did not come, are no reason for the slow line", async () => {
  const l = line({ slow: true, random: 0 });
  l.socket.start();
  for (let i = 0; i < 6; i += 1) {
    await l.env.advance(1);
    l.last().say({ op: "bye", code: 4503, reason: "moving", retry_after_ms: 0 });
    l.last().die(4503);
  }
  assert.equal(l.polls.length, 0);
  const down = line({ slow: true, ticket: async () => { throw new TypeError("network"); } });
  down.socket.start();
  await down.env.advance(300_000);
  assert.equal(down.polls.length + down.made.length, 0);
  assert.equal(down.states.at(-1), "offline");
});

test("on the slow line a socket is tried every 60 s beside it, and takes over only when it stands", async () => {
  const l = line({ slow: true });
  const client = stream("s1");
  l.socket.subs.addStream(client);
  const poll = await onSlowLine(l);
  const pong = () => poll.say({ op: "pong", n: poll.ops("ping").at(-1)?.n, heads: {} });
  const minute = async () => {
    for (let i = 0; i < 12; i += 1) {
      await l.env.advance(5_000);
      pong();
    }
  };
  await minute();
  assert.equal(l.made.length, 4);
  l.last().onopen();
  l.last().die(1006);
  assert.equal(l.states.at(-1), "slow");
  assert.equal(poll.closed, false);
  await minute();
  assert.equal(l.made.length, 5);
  const downs = [];
  l.socket.on("down", () => downs.push(1));
  l.last().onopen();
  l.last().say({ op: "ready", streams: [{ id: "s1", head: 9 }] });
  assert.deepEqual([poll.closed, downs.length, l.socket.ready, l.socket.slow], [true, 1, true, false]);
  assert.deepEqual(l.states.slice(-2), ["slow", "connected"]);
  assert.deepEqual(client.calls.slice(-2), [["down"], ["ready", 9]]);
  poll.say({ op: "ready", streams: [] });
  l.last().die(1006);
  await l.env.advance(1_000);
  assert.deepEqual([l.polls.length, l.made.length], [1, 6]);
});

test("a socket beside the slow line that never answers is let go", async () => {
  const l = line({ slow: true });
  const poll = await onSlowLine(l);
  for (let i = 0; i < 15; i += 1) {
    await l.env.advance(5_000);
    poll.say({ op: "pong", n: poll.ops("ping").at(-1)?.n, heads: {} });
  }
  assert.equal(l.made.length, 4);
  assert.equal(l.last().closed, true);
  assert.equal(l.socket.ready, true);
});

test("a slow line that falls too comes back, and tries a socket first when its minute has passed", async () => {
  const l = line({ slow: true });
  (await onSlowLine(l)).die(1006);
  await l.env.advance(5_000);
  assert.deepEqual([l.polls.length, l.made.length], [2, 3]);
  l.socket.stop();
});
