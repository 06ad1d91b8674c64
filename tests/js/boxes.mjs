// An outbox whose store, line, clock, locks and other tabs the tests hold in their hands.
import { Outbox } from "../../core/static/core/live/outbox.js";
import { MemoryStore } from "../../core/static/core/live/store.js";
import { Tabs } from "../../core/static/core/live/tabs.js";
import { FakeEnv, fakeChannels, fakeLink, fakeLocks, settle } from "./fakes.mjs";

export function box({ store = new MemoryStore(), user = "7", env = new FakeEnv(), locks = fakeLocks(), link = fakeLink(), Channel, freight } = {}) {
  const outbox = new Outbox({ store, user, env, locks, link, freight, tabs: new Tabs(user, Channel ?? fakeChannels()) });
  const moves = [];
  outbox.on("entry", ({ body, state }) => moves.push(`${body} ${state}`));
  const say = async (body, stream = "s", kind = "reply", files = []) => {
    const entry = await outbox.add({ stream, kind, body, files });
    await settle();
    return entry;
  };
  const answer = async (frame) => {
    outbox.answer(frame);
    await settle();
  };
  const ack = (i = -1) => answer({ op: "ack", id: link.sent.at(i).id, stream: "s", seq: 4 });
  const nack = (more, i = -1) => answer({ op: "nack", id: link.sent.at(i).id, code: "x", message: "why", ...more });
  return { outbox, store, env, link, moves, say, ack, nack, bodies: () => link.sent.map((f) => f.body) };
}
