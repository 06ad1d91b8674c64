import assert from "node:assert/strict";
import { test } from "node:test";

import { DraftKeeper } from "../../helpdesk/static/helpdesk/drafts.js";
import { asThen, macroAt, mentionAt, restOf, tagAt, together, whoIsMeant, withTag } from "../../helpdesk/static/helpdesk/writing.js";
import { settle } from "./fakes.mjs";

const BLANK = { body: "", version: 0, files: [], at: null };

/** A server that keeps drafts, a clock that the test moves, and a keeper between them. */
function desk() {
  const kept = { reply: { ...BLANK }, note: { ...BLANK } };
  const told = [];
  const calls = [];
  let now = 0;
  let timers = [];
  let down = false;
  const env = {
    now: () => now,
    later: (work, ms) => { const timer = { at: now + ms, work }; timers.push(timer); return timer; },
    cancel: (timer) => { timers = timers.filter((one) => one !== timer); },
  };
  const save = async ({ kind, body, files, deeds, version }, last) => {
    calls.push({ kind, body, version, last });
    if (down) throw {};
    if (version !== kept[kind].version) throw { draft: kept[kind], refused: true };
    kept[kind] = { body, version: body || files.length || deeds.length ? version + 1 : 0, files: files.map((id) => ({ id })), deeds, at: "2026-11-22T12:03:00Z" };
    return kept[kind];
  };
  const keeper = new DraftKeeper({ save, told: (kind, state) => told.push([kind, state]), env });
  const pass = async (ms) => {
    now += ms;
    const due = timers.filter((one) => one.at <= now);
    timers = timers.filter((one) => one.at > now);
    for (const one of due) one.work();
    await settle();
  };
  return { keeper, kept, told, calls, pass, cut: (on) => (down = on) };
}

test("what is typed is kept once typing has stopped, within two seconds", async () => {
  const { keeper, kept, told, calls, pass } = desk();
  for (const body of ["H", "He", "Hel"]) {
    keeper.typed("reply", body, []);
    await pass(500);
  }
  assert.deepEqual(calls, []);
  await pass(1_200);
  assert.deepEqual([kept.reply.body, calls.length, told], ["Hel", 1, [["reply", "saved"]]]);
  keeper.typed("reply", "Hel", []);
  await pass(10_000);
  assert.equal(calls.length, 1); // nothing new, nothing sent
});

const WAITING = { name: "status", value: "waiting", line: "Status: waiting" };
const URGENT = { name: "priority", value: "urgent", line: "Priority: urgent" };

test("what is chosen beside the words is kept with them, and goes with them", async () => {
  const { keeper, kept, calls, pass } = desk();
  keeper.typed("reply", "Tuesday", [], [WAITING]);
  await pass(1_200);
  assert.deepEqual([kept.reply.body, kept.reply.deeds, calls.length], ["Tuesday", [WAITING], 1]);
  keeper.typed("reply", "Tuesday", []); // the deeds stay where only the words are told
  await pass(10_000);
  assert.equal(calls.length, 1);
  keeper.typed("reply", "Tuesday", [], []); // left out again
  await pass(1_200);
  assert.deepEqual([kept.reply.deeds, calls.length], [[], 2]);
  keeper.typed("reply", "", [], [WAITING]); // without a word, still a draft
  await pass(1_200);
  assert.equal(kept.reply.version, 3);
  keeper.sent("reply");
  assert.deepEqual(keeper.slots.reply.deeds, []);
});

test("of two windows' deeds the writer has what belongs to the words that were chosen", async () => {
  const shape = { ...BLANK, body: "Theirs", version: 2, deeds: [WAITING] };
  for (const [how, names] of [["mine", ["priority"]], ["theirs", ["status"]], ["both", ["status", "priority"]]]) {
    const { keeper, kept, pass } = desk();
    kept.reply = shape;
    keeper.typed("reply", "Mine", [], [URGENT]);
    await pass(1_200);
    keeper.choose("reply", how);
    assert.deepEqual(keeper.slots.reply.deeds.map((deed) => deed.name), names);
  }
});

test("somebody who never stops is kept all the same", async () => {
  const { keeper, kept, pass } = desk();
  for (let n = 1; n <= 20; n += 1) {
    keeper.typed("reply", "x".repeat(n), []);
    await pass(500);
  }
  assert.ok(kept.reply.body.length >= 14, kept.reply.body);
});

test("reply and note are two drafts, and files alone are one", async () => {
  const { keeper, kept, pass } = desk();
  keeper.typed("reply", "to the buyer", []);
  keeper.typed("note", "", ["f1"]);
  await pass(1_200);
  assert.equal(kept.reply.body, "to the buyer");
  assert.deepEqual(kept.note.files, [{ id: "f1" }]);
});

test("what another window wrote stands until its writer chose; no text is lost", async () => {
  for (const [how, body] of [["mine", "Tuesday"], ["theirs", "Monday"], ["both", "Monday\n\nTuesday"]]) {
    const { keeper, kept, told, pass } = desk();
    kept.reply = { ...BLANK, body: "Monday", version: 7 };
    keeper.typed("reply", "Tuesday", []);
    await pass(1_200);
    assert.deepEqual(told, [["reply", "conflict"]]);
    keeper.typed("reply", "Tuesday", []);
    await pass(10_000);
    assert.equal(kept.reply.body, "Monday");
    assert.equal(keeper.choose("reply", how).body, body);
    await pass(1_200);
    assert.equal(kept.reply.body, body);
  }
});

test("an answer that got lost is no other window", async () => {
  const { keeper, kept, told, pass } = desk();
  kept.reply = { ...BLANK, body: "Tuesday", version: 1 };
  keeper.typed("reply", "Tuesday", []);
  await pass(1_200);
  assert.deepEqual(told, [["reply", "saved"]]);
  keeper.typed("reply", "Tuesday it is", []);
  await pass(1_200);
  assert.equal(kept.reply.body, "Tuesday it is");
});

test("without a line it stays on this computer, and goes when the line is back", async () => {
  const { keeper, kept, told, pass, cut } = desk();
  cut(true);
  keeper.typed("reply", "Hello", []);
  await pass(1_200);
  assert.deepEqual(told.at(-1), ["reply", "local"]);
  cut(false);
  await pass(5_000);
  assert.equal(kept.reply.body, "Hello");
  assert.deepEqual(told.at(-1), ["reply", "saved"]);
});

for (const [name, server, here, shown, asks] of [
  ["the same text", "abc", "abc", "abc", false],
  ["a longer one here", "abc", "abc and more", "abc and more", false],
  ["an older beginning here", "abc and more", "abc", "abc and more", false],
  ["nothing there", "", "kept here", "kept here", false],
  ["two different ones", "abc", "xyz", "xyz", true],
]) {
  test(`opened with ${name}`, async () => {
    const { keeper, told } = desk();
    assert.equal(keeper.open("reply", { ...BLANK, body: server, version: server ? 3 : 0 }, here), shown);
    assert.deepEqual(told, asks ? [["reply", "conflict"]] : []);
  });
}

test("what was sent is let go of, and the next words begin anew", async () => {
  const { keeper, kept, pass } = desk();
  keeper.typed("reply", "Sent", []);
  await pass(1_200);
  kept.reply = { ...BLANK };
  keeper.sent("reply");
  keeper.typed("reply", "Next", []);
  await pass(1_200);
  assert.deepEqual([kept.reply.body, kept.reply.version], ["Next", 1]);
});

test("as the page goes away everything goes out at once", async () => {
  const { keeper, calls } = desk();
  keeper.typed("note", "Half a", []);
  await keeper.save("note", true);
  assert.deepEqual(calls, [{ kind: "note", body: "Half a", version: 0, last: true }]);
});

test("a name is looked for behind an @, not behind an address", () => {
  assert.deepEqual(mentionAt("ask @To", 7), { from: 4, text: "To" });
  assert.deepEqual(mentionAt("@Ána Ru", 7), { from: 0, text: "Ána Ru" });
  assert.equal(mentionAt("ana@example", 11), null);
  assert.equal(mentionAt("@Tom Reed, please", 17), null);
});

test("a ; opens macros where a line begins, nowhere else", () => {
  assert.equal(macroAt(";", 1), true);
  assert.equal(macroAt("Hello\n;", 7), true);
  assert.equal(macroAt("Hello;", 6), false);
  assert.equal(macroAt("", 0), false);
});

test("whose first name begins so comes first", () => {
  const people = ["Ana Tomas", "Tom Reed", "Lee Park"].map((name) => ({ name }));
  assert.deepEqual(whoIsMeant(people, "tom").map((one) => one.name), ["Tom Reed", "Ana Tomas"]);
  assert.deepEqual(whoIsMeant(people, "zz"), []);
});

test("macros add up: the last status counts, tags are joined", () => {
  const first = [{ name: "status", value: "waiting", line: "Status: waiting" }, { name: "add_tags", value: ["a"], line: "Tags: +a" }];
  const both = together(first, [{ name: "status", value: "solved", line: "Status: solved" }, { name: "add_tags", value: ["a", "b"], line: "Tags: +a, +b" }]);
  assert.deepEqual(asThen(both), { status: "solved", add_tags: ["a", "b"] });
  assert.deepEqual(both.map((deed) => deed.line), ["Status: solved", "Tags: +a, +b"]);
});

test("what was typed while it was sent stays", () => {
  assert.equal(restOf("Hello\nand more", "Hello"), "and more");
  assert.equal(restOf("Something else", "Hello"), "Something else");
  assert.equal(restOf("Hello", "Hello"), "");
});

test("the tag under the cursor, and those beside it", () => {
  for (const [value, cursor, text, others] of [
    ["si", 2, "si", []],
    ["size, bl", 8, "bl", ["size"]],
    ["si, blue", 2, "si", ["blue"]],
    ["size, ", 6, "", ["size"]],
    ["", 0, "", []],
  ]) assert.deepEqual(tagAt(value, cursor), { text, others });
});

test("a chosen tag takes the place of its letters, and the next one can be typed", () => {
  for (const [value, cursor, then] of [
    ["si", 2, "size, |"],
    ["blue, si", 8, "blue, size, |"],
    ["si, blue", 2, "size, |blue"],
    ["red,si,blue", 6, "red, size, |blue"],
  ]) {
    const put = withTag(value, cursor, "size");
    assert.equal(`${put.value.slice(0, put.cursor)}|${put.value.slice(put.cursor)}`, then);
  }
});
