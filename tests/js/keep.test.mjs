import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryStore, handOver } from "../../core/static/core/live/store.js";
import { Keep } from "../../helpdesk/static/helpdesk/widget/keep.js";

const shut = () => { throw new DOMException("denied", "SecurityError"); };

/** A browser's jar for one frame: what is baked with an age of nothing is gone; without `takes` it holds none. */
function jar(takes = true) {
  const kept = new Map();
  return {
    baked: [],
    get cookie() { return [...kept].map(([name, value]) => `${name}=${value}`).join("; "); },
    set cookie(line) {
      this.baked.push(line);
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (line.includes("Max-Age=0")) kept.delete(name);
      else if (takes) kept.set(name, value);
    },
  };
}

function box() {
  const held = new Map();
  return { getItem: (name) => held.get(name) ?? null, setItem: (name, value) => held.set(name, value), removeItem: (name) => held.delete(name) };
}

test("a token stays in the frame's storage, and no cookie is baked", () => {
  const [storage, page] = [box(), jar()];
  const keep = new Keep("helpdesk-visitor:k", () => storage, page, "/widget/k/");
  keep.value = "token";
  assert.equal(new Keep("helpdesk-visitor:k", () => storage, page, "/widget/k/").value, "token");
  assert.equal(keep.lasts, true);
  keep.value = "";
  assert.deepEqual([keep.value, page.baked], ["", []]);
});

test("where storage is shut a partitioned cookie of this frame keeps it, and lets it go again", () => {
  const page = jar();
  const keep = new Keep("helpdesk-visitor:k", shut, page, "/widget/k/");
  assert.equal(keep.lasts, true);
  assert.equal(keep.value, "");
  keep.value = "token";
  assert.equal(keep.lasts, true);
  assert.equal(new Keep("helpdesk-visitor:k", shut, page, "/widget/k/").value, "token");
  assert.equal(new Keep("helpdesk-visitor:other", shut, page, "/widget/k/").value, "");
  for (const part of ["Path=/widget/k/;", "Secure", "SameSite=None", "Partitioned"]) assert.ok(page.baked.at(-1).includes(part), part);
  keep.value = "";
  assert.equal(new Keep("helpdesk-visitor:k", shut, page, "/widget/k/").value, "");
});

test("where nothing is kept the visitor is the same on this page, and it is known that it will not last", () => {
  for (const page of [jar(false), { get cookie() { return shut(); }, set cookie(_line) { shut(); } }]) {
    const keep = new Keep("helpdesk-visitor:k", shut, page, "/widget/k/");
    keep.value = "token";
    assert.deepEqual([keep.value, keep.lasts], ["token", false]);
  }
});

test("what a visitor had not sent goes out for the customer that the shop says they are", async () => {
  const store = new MemoryStore();
  for (const [id, user] of [["a", "guest"], ["b", "guest"], ["c", "somebody"]]) await store.put({ id, user, stream: "s", body: id, at: 1 });
  await handOver(store, "guest", "customer");
  assert.deepEqual((await store.list("customer")).map(({ id, stream }) => [id, stream]), [["a", "s"], ["b", "s"]]);
  assert.deepEqual(await store.list("guest"), []);
  assert.equal((await store.list("somebody")).length, 1);
  await handOver(store, "customer", "customer");
  assert.equal((await store.list("customer")).length, 2);
});
