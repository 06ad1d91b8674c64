// A LiveSocket whose sockets, slow lines and clock the tests hold in their hands.
import { LiveSocket } from "../../core/static/core/live/socket.js";
import { FakeEnv, fakeSockets, settle } from "./fakes.mjs";

export function line({ ticket = async () => ({ ticket: "t", user: 7 }), online = () => true, random, slow = false } = {}) {
  const env = new FakeEnv({ random });
  const { made, FakeSocket } = fakeSockets();
  const polls = fakeSockets();
  const states = [];
  const poll = slow ? () => new polls.FakeSocket("http") : null;
  const socket = new LiveSocket({ url: "ws://x/ws/", user: "7", ticket, poll, env, Socket: FakeSocket, online });
  socket.on("state", ({ state, reason }) => states.push(reason ? `${state}:${reason}` : state));
  return { env, made, polls: polls.made, states, socket, last: () => made.at(-1) };
}

export async function up(l, ready = {}) {
  if (!l.made.length) l.socket.start();
  await settle();
  l.last().onopen();
  l.last().say({ op: "ready", v: 1, streams: [], ...ready });
  return l.last();
}

export const stream = (id, seq = 3) => {
  const calls = [];
  return {
    id, calls,
    position: () => ({ id, seq, epoch: "e" }),
    onReady: (info) => calls.push(["ready", info.head]),
    onFrame: (frame) => calls.push(["frame", frame.op]),
    onHead: (head) => calls.push(["head", head]),
    onDown: () => calls.push(["down"]),
  };
};
