import { Outbox } from "./outbox.js";
import { PollSocket } from "./poll.js";
import { LiveSocket } from "./socket.js";
import { openStore } from "./store.js";
import { browserEnv, guarded } from "./wire.js";

/**
 * @typedef {object} Line   what a page has one of, whoever draws it
 * @property {LiveSocket} socket
 * @property {Outbox} outbox
 * @property {Map<string, import("./stream.js").StreamView>} views   every stream on the page, by id
 */

/**
 * The line of a page with its outbox; nothing of the page's markup is needed. `socket.start()` opens it.
 * @param {object} options
 * @param {string} options.path               the socket's address on this site
 * @param {string} options.user               whose outbox it is, and who must be signed in
 * @param {() => Promise<import("./socket.js").Credential>} options.ticket   throws SignedOut (socket.js)
 * @param {import("./poll.js").Request} options.request   for the slow line
 * @param {import("./wire.js").Env} [options.env]
 * @param {Promise<import("./store.js").Store>} [options.store]
 * @returns {Promise<Line>}
 */
export async function openLine({ path, user, ticket, request, env = browserEnv, store = openStore() }) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const poll = () => new PollSocket({ request, env });
  const socket = new LiveSocket({ url: url.href, user, ticket, poll, env });
  /** @type {Line["views"]} */
  const views = new Map();
  const link = {
    send: (/** @type {any} */ frame) => socket.send(frame),
    canSend: (/** @type {string} */ stream) => socket.ready && views.get(stream)?.live === true,
    reconnect: () => socket.reconnect(),
  };
  const outbox = new Outbox({ store: await store, user, link, env });
  for (const op of ["ack", "nack"]) socket.on(op, (frame) => outbox.answer(frame));
  socket.on("down", () => outbox.down());
  wakeUps(socket);
  return { socket, outbox, views };
}

/** Everything that hints that the line may have died without a word. @param {LiveSocket} socket */
function wakeUps(socket) {
  for (const name of ["online", "offline", "pageshow", "focus"]) addEventListener(name, () => socket.wake());
  for (const name of ["visibilitychange", "resume"]) document.addEventListener(name, () => document.hidden || socket.wake());
  addEventListener("pagehide", (event) => event.persisted && socket.rest());
  guarded(() => {
    new Worker(new URL("./tick.js", import.meta.url)).onmessage = () => socket.tick();
  });
}
