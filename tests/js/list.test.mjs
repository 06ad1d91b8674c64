import assert from "node:assert/strict";
import { test } from "node:test";

import { between, nextOf, stepTo } from "../../helpdesk/static/helpdesk/list-walk.js";
import { best, fits } from "../../helpdesk/static/helpdesk/palette-match.js";

test("the next one stands after the open one, or in its place when it left the list", () => {
  const list = ["5", "7", "9"];
  assert.equal(nextOf(list, "5", 0), "7");
  assert.equal(nextOf(list, "9", 2), "5", "after the last comes the first");
  assert.equal(nextOf(["5", "9"], "7", 1), "9", "7 was solved and left: what took its place");
  assert.equal(nextOf(["5"], "7", 3), "5", "it was the last one");
  assert.equal(nextOf(list, "", -1), "5");
  assert.equal(nextOf(["5"], "5", 0), "", "nothing else is left");
  assert.equal(nextOf([], "5", 0), "");
});

test("the hand stays at the ends", () => {
  assert.deepEqual([stepTo(3, -1, 1), stepTo(3, -1, -1), stepTo(3, 2, 1), stepTo(3, 0, -1), stepTo(3, 1, 1)], [0, 0, 2, 0, 2]);
});

test("a range goes both ways, and alone when its begin is gone", () => {
  const list = ["a", "b", "c", "d"];
  assert.deepEqual(between(list, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(between(list, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(between(list, "x", "c"), ["c"]);
  assert.deepEqual(between(list, null, "c"), ["c"]);
  assert.deepEqual(between(list, "a", "x"), []);
});

test("what begins with the letters fits best; every word must fit", () => {
  const all = ["Status: Solved", "Assign", "Search", "Priority: Urgent", "Reply"].map((label) => ({ label }));
  const named = (typed) => best(typed, all).map(({ label }) => label);
  assert.deepEqual(named("so"), ["Status: Solved"]);
  assert.deepEqual(named("s"), ["Status: Solved", "Search", "Assign"]);
  assert.deepEqual(named("prio urg"), ["Priority: Urgent"]);
  assert.deepEqual(named("urg reply"), []);
  assert.deepEqual(named(""), all.map(({ label }) => label));
  assert.equal(named("rly")[0], "Reply");
  assert.equal(fits("(", "Reply"), 0);
  assert.equal(best("", all, 2).length, 2);
});
