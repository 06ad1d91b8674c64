import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { DraftStore } from "../../core/static/core/live/draft.js";
import { clockText, compareKeys, countdownAt, dayKey, dayText, displayKey, face, spanText } from "../../core/static/core/live/format.js";
import { coalesce } from "../../core/static/core/live/topics.js";
import { english } from "../../core/static/core/live/texts.js";
import { countChars } from "../../core/static/core/live/wire.js";
import { settle } from "./fakes.mjs";

test("a note stands after the public message that was newest when it was written", () => {
  const items = [
    { seq: 2, staff: false, after: 0 }, { seq: 1, staff: true, after: 0 }, { seq: 3, staff: true, after: 1 },
    { seq: 1, staff: false, after: 0 }, { seq: 2, staff: true, after: 1 },
  ];
  const shown = items.sort((a, b) => compareKeys(displayKey(a), displayKey(b))).map((i) => (i.staff ? "n" : "m") + i.seq);
  assert.deepEqual(shown, ["n1", "m1", "n2", "n3", "m2"]);
});

test("days and times are the zone's, not the machine's", () => {
  const at = new Date("2026-11-24T04:30:00Z");
  assert.equal(dayKey(at, "America/Los_Angeles"), "2026-11-23");
  assert.equal(dayKey(at, "Asia/Tokyo"), "2026-11-24");
  assert.equal(dayKey(new Date("x"), "UTC"), "");
  assert.equal(clockText(at, "en-US", "America/Los_Angeles").replace(/\s/u, " "), "8:30 PM");
  assert.match(dayText(at, "en-GB", "Asia/Tokyo"), /Tuesday,? 24 November/);
});

const MIN = 60_000;
for (const [ms, long, short] of [
  [0, "0:00", "0m"], [59_999, "0:59", "0m"], [12 * MIN + 40_000, "12:40", "12m"], [59 * MIN + 59_000, "59:59", "59m"],
  [60 * MIN, "1h 00m", "1h 00m"], [100 * MIN, "1h 40m", "1h 40m"], [51 * 60 * MIN, "2d 3h", "2d 3h"],
]) {
  test(`${ms} ms reads ${long} or ${short}`, () => {
    assert.equal(spanText(ms), long);
    assert.equal(spanText(ms, true), short);
  });
}

test("a countdown is fine, warned from its instant on, late from its due time on, or paused", () => {
  const at = (now, more = {}) => Object.values(countdownAt({ now, due: 100 * MIN, warn: 80 * MIN, paused: false, ...more })).join(" ");
  assert.equal(at(0), "ok 1h 40m");
  assert.equal(at(80 * MIN - 1), "ok 20:00");
  assert.equal(at(80 * MIN), "warn 20:00");
  assert.equal(at(100 * MIN), "late 1m");
  assert.equal(at(126 * MIN), "late 26m");
  assert.equal(at(0, { paused: true }), "paused ");
  assert.equal(at(99 * MIN, { warn: NaN }), "ok 1:00");
});

test("characters are code points", () => {
  assert.equal(countChars("a😀é"), 3);
});

test("a face colour is one of six and stays", () => {
  assert.equal(face("a1"), ((97 + 49) % 6) + 1);
  assert.equal(face(""), 1);
});

function fakeStorage() {
  const map = new Map();
  return {
    map, getItem: (k) => map.get(k) ?? null, setItem: (k, v) => map.set(k, v), removeItem: (k) => map.delete(k),
    key: (i) => [...map.keys()][i] ?? null, get length() { return map.size; },
  };
}

test("a draft is its writer's, per form and field, and for a week", () => {
  const storage = fakeStorage();
  let now = 1_000;
  const mine = new DraftStore(storage, "7", () => now);
  mine.set("reply-1", "body", "hello");
  mine.set("reply-10", "body", "other");
  assert.equal(new DraftStore(storage, "8").get("reply-1", "body"), "");
  assert.equal(new DraftStore(storage, "7", () => now).get("reply-1", "body"), "hello");
  mine.clear("reply-1");
  assert.equal(mine.get("reply-1", "body"), "");
  assert.equal(mine.get("reply-10", "body"), "other");
  now += 8 * 24 * 3600_000;
  assert.equal(mine.get("reply-10", "body"), "");
  mine.set("reply-10", "body", "");
  assert.equal(storage.map.size, 0);
});

test("storage that refuses, or holds nonsense, breaks nothing", () => {
  const broken = { getItem: () => "{", setItem: () => { throw new Error("quota"); }, removeItem: () => {}, key: () => null, length: 0 };
  for (const storage of [broken, null]) {
    const drafts = new DraftStore(storage, "7");
    drafts.set("f", "body", "x");
    assert.equal(drafts.get("f", "body"), "");
    drafts.clear("f");
  }
});

test("one refresh runs, one waits, however many ask", async () => {
  let rounds = 0;
  let go = () => {};
  const ask = coalesce(() => new Promise((resolve) => { rounds += 1; go = resolve; }));
  for (let i = 0; i < 5; i += 1) ask();
  assert.equal(rounds, 1);
  go();
  await settle();
  assert.equal(rounds, 2);
  go();
  await settle();
  assert.equal(rounds, 2);
});

test("the page's translated words are exactly those that the live parts use", () => {
  const page = readFileSync(new URL("../../helpdesk/templates/_live_texts.html", import.meta.url), "utf8");
  const words = [...page.matchAll(/data-k="(\w+)">\{% trans "(.*?)" %\}/g)].map(([, key, value]) => [key, value]);
  assert.deepEqual(Object.fromEntries(words), english);
});
