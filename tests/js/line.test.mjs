// What a page's own surroundings tell the line: the network, the window, the tab, the sign-out button.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openLine } from "../../core/static/core/live/line.js";
import { guardLogout } from "../../core/static/core/live/logout.js";
import { MemoryStore } from "../../core/static/core/live/store.js";
import { FakeEnv, fakeSockets, settle } from "./fakes.mjs";

/** A window and a document of nothing but events. */
function browser() {
  const win = new EventTarget();
  const doc = Object.assign(new EventTarget(), { hidden: false, documentElement: { lang: "en", dataset: {} }, querySelector: () => null, getElementById: () => null });
  const { made, FakeSocket } = fakeSockets();
  const world = { win, doc, made };
  if (!("navigator" in globalThis)) globalThis.navigator = {};
  Object.assign(globalThis, {
    addEventListener: win.addEventListener.bind(win),
    document: doc,
    location: new URL("https://desk.example/tickets/"),
    WebSocket: FakeSocket,
    Worker: class { constructor() { world.ticker = this; } },
    HTMLAnchorElement: class {},
    HTMLFormElement: class {},
  });
  return world;
}

async function page() {
  const world = browser();
  const env = new FakeEnv();
  const store = new MemoryStore();
  const line = await openLine({ path: "/ws/", user: "7", ticket: async () => ({ ticket: "t", user: "7" }), request: async () => {}, env, store });
  line.socket.start();
  await settle();
  world.made[0].onopen();
  world.made[0].say({ op: "ready", hb: 20, streams: [], topics: [] });
  return { ...world, env, line, store, pings: () => world.made[0].ops("ping").length };
}

for (const [name, where] of [
  ["online", "win"], ["offline", "win"], ["pageshow", "win"], ["focus", "win"], ["visibilitychange", "doc"], ["resume", "doc"],
]) {
  test(`${name} is a ping at once with three seconds for its answer`, async () => {
    const p = await page();
    assert.equal(p.made[0].url, "wss://desk.example/ws/");
    p[where].dispatchEvent(new Event(name));
    assert.equal(p.pings(), 1);
    await p.env.advance(2_900);
    assert.equal(p.line.socket.state, "connected");
    await p.env.advance(200);
    assert.equal(p.line.socket.state, "reconnecting");
    p.line.socket.stop();
  });
}

test("a tab that goes out of sight asks nothing; one that goes into the browser's cache lets its line go", async () => {
  const p = await page();
  p.doc.hidden = true;
  p.doc.dispatchEvent(new Event("visibilitychange"));
  assert.equal(p.pings(), 0);
  p.win.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: false }));
  assert.equal(p.made[0].closed, false);
  p.win.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  assert.equal(p.made[0].closed, true);
  p.win.dispatchEvent(new Event("pageshow"));
  await settle();
  assert.equal(p.made.length, 2);
  p.line.socket.stop();
});

test("the worker's tick notices that the machine slept, though the page's own timers did not run", async () => {
  const p = await page();
  p.env.sleep(9 * 3_600_000);
  p.ticker.onmessage();
  assert.equal(p.pings(), 1);
  await p.env.advance(3_000);
  assert.equal(p.line.socket.state, "reconnecting");
  p.line.socket.stop();
});

/** A sign-out form that is pressed, and the question that it raises. */
async function signsOut({ unsent, answer }) {
  const p = await page();
  for (let n = 0; n < unsent; n += 1) await p.store.put({ id: `m${n}`, user: "7", stream: "s", kind: "reply", body: "x", files: [], at: p.env.now(), n, state: "queued" });
  await p.store.put({ id: "theirs", user: "8", stream: "s", kind: "reply", body: "x", files: [], at: p.env.now(), n: 1, state: "queued" });
  const form = Object.assign(new globalThis.HTMLFormElement(), { dataset: { logout: "" }, sent: 0, requestSubmit() { this.sent += 1; } });
  const asked = [];
  guardLogout(p.line.outbox, (question) => asked.push(question) > 0 && answer);
  p.doc.closest = () => form;
  const event = new Event("submit", { cancelable: true });
  p.doc.dispatchEvent(event);
  await settle();
  p.line.socket.stop();
  return { asked, form, event, left: (await p.store.list("7")).length, theirs: (await p.store.list("8")).length };
}

test("signing out asks while messages are unsent; a no keeps them and stays", async () => {
  const { asked, form, event, left } = await signsOut({ unsent: 2, answer: false });
  assert.deepEqual([asked.length, form.sent, event.defaultPrevented, left], [1, 0, true, 2]);
});

test("a yes throws one's own away, nobody else's, and goes on; with nothing unsent nothing is asked", async () => {
  const yes = await signsOut({ unsent: 2, answer: true });
  assert.deepEqual([yes.asked.length, yes.form.sent, yes.left, yes.theirs], [1, 1, 0, 1]);
  const none = await signsOut({ unsent: 0, answer: false });
  assert.deepEqual([none.asked.length, none.form.sent], [0, 1]);
});
