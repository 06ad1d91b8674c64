import { webLocks } from "./store.js";
import { Emitter, backoff, browserEnv, checkSend, newId } from "./wire.js";

/**
 * @typedef {import("./wire.js").Env} Env
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {import("./store.js").Entry} Entry
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Locks} Locks
 * @typedef {{op: string, [field: string]: any}} Outcome
 *
 * What the outbox needs of the line.
 * @typedef {object} Link
 * @property {(frame: Frame) => boolean} send
 * @property {(stream: string) => boolean} canSend   the stream is subscribed on a ready link
 * @property {() => void} reconnect
 */

/** Milliseconds after which an entry is not sent any more: the talk has moved on. */
export const KEEP = 24 * 60 * 60 * 1000;
const ACK_WAIT = 20_000;

/**
 * @param {Entry} a
 * @param {Entry} b
 */
const byTime = (a, b) => a.at - b.at || a.n - b.n;

/** Messages on their way. Emits `entry` (an Entry whose state changed) and `count` (all unsent of this person). */
export class Outbox extends Emitter {
  /**
   * @param {object} options
   * @param {Store} options.store
   * @param {string} options.user
   * @param {Link} options.link
   * @param {Env} [options.env]
   * @param {Locks} [options.locks]
   */
  constructor({ store, user, link, env = browserEnv, locks = webLocks }) {
    super();
    this.store = store;
    this.user = user;
    this.link = link;
    this.env = env;
    this.locks = locks;
    this.unsent = 0;
    this.n = 0;
    /** What this page shows, by id. @type {Map<string, Entry>} */
    this.shown = new Map();
    /** Streams being sent; true when another round was asked for meanwhile. @type {Map<string, boolean>} */
    this.rounds = new Map();
    /** Who waits for an answer, by entry. @type {Map<string, (outcome: Outcome) => void>} */
    this.flights = new Map();
    /** Pauses asked for by the server, by entry. @type {Map<string, () => void>} */
    this.pauses = new Map();
    /** What came back as an event: it is in the log, whatever a look into the store from before still says. @type {Set<string>} */
    this.stored = new Set();
  }

  /**
   * This person's entries of one stream, oldest first. What another tab left in mid-send counts as queued.
   * @param {string} stream
   * @returns {Promise<Entry[]>}
   */
  async load(stream) {
    await this.store.purge(this.env.now() - KEEP);
    const entries = (await this.#kept()).filter((entry) => entry.stream === stream);
    for (const entry of entries) this.shown.set(entry.id, entry);
    await this.recount();
    return entries;
  }

  /**
   * Stores a message, then shows and sends it. Throws BadText (wire.js); nothing is kept then.
   * @param {{stream: string, kind: string, body: string, id?: string}} message   id: where it may have gone out before
   * @returns {Promise<Entry>}
   */
  async add({ stream, kind, body, id }) {
    const entry = this.#entry(stream, kind, body);
    if (id) entry.id = id;
    checkSend(frameOf(entry));
    await this.store.put(entry);
    this.#move(entry, "queued");
    await this.recount();
    this.pump(stream);
    return entry;
  }

  /** Sends a failed entry once more, after those that wait now. @param {string} id */
  async retry(id) {
    const entry = this.shown.get(id);
    if (entry?.state !== "failed") return;
    const { at, n } = this.#entry(entry.stream, entry.kind, entry.body);
    if (entry.error?.code === "idempotency_conflict") await this.#renew(entry);
    if (entry.error?.code === "doubts") entry.sure = true; // its writer has read what a lead would ask about
    Object.assign(entry, { at, n, error: null });
    await this.store.put({ ...entry, state: "queued" });
    this.#move(entry, "queued");
    this.pump(entry.stream);
  }

  /** The writer takes a failed message back. @param {string} id */
  async discard(id) {
    if (this.shown.get(id)?.state !== "failed") return;
    await this.store.remove(id);
    this.shown.delete(id);
    this.emit("gone", id);
    await this.recount();
  }

  /** Forgets everything that this person has not sent (asked about at log-out). */
  async clear() {
    for (const entry of await this.#kept()) await this.store.remove(entry.id);
    await this.recount();
  }

  /** Starts sending a stream, if its line is up. @param {string} stream */
  async pump(stream) {
    if (this.rounds.has(stream)) {
      this.rounds.set(stream, true);
      return;
    }
    this.rounds.set(stream, false);
    try {
      do {
        this.rounds.set(stream, false);
        if (!this.link.canSend(stream)) break;
        await this.locks(`outbox:${this.user}:${stream}`, () => this.#drain(stream));
      } while (this.rounds.get(stream));
    } finally {
      this.rounds.delete(stream);
    }
  }

  /** @param {Frame} frame   ack or nack */
  answer(frame) {
    this.flights.get(frame.id)?.(frame);
  }

  /** The message came back as an event: that is as good as an ack, whichever was first. @param {string} id */
  arrived(id) {
    this.stored.add(id);
    if (this.flights.has(id)) this.flights.get(id)?.({ op: "ack" });
    else if (this.shown.has(id)) this.#settle(id);
  }

  /** The line is gone: what was in flight is queued again, in its place, under its id. */
  down() {
    for (const land of [...this.flights.values()]) land({ op: "down" });
    for (const wake of [...this.pauses.values()]) wake();
  }

  /** Counts what this person has not sent, in all streams. */
  async recount() {
    this.unsent = (await this.#kept()).length;
    this.emit("count", this.unsent);
    return this.unsent;
  }

  /** @returns {Promise<Entry[]>} */
  async #kept() {
    const oldest = this.env.now() - KEEP;
    const entries = await this.store.list(this.user);
    return entries.filter((entry) => entry.user === this.user && entry.at >= oldest).sort(byTime);
  }

  /**
   * @param {string} stream
   * @param {string} kind
   * @param {string} body
   * @returns {Entry}
   */
  #entry(stream, kind, body) {
    const at = this.env.now();
    this.n += 1;
    return { id: newId(), user: this.user, stream, kind, body, at, n: this.n, state: "queued", error: null };
  }

  /** The server knows this id with other words: the text goes out under a new one. @param {Entry} entry */
  async #renew(entry) {
    const old = entry.id;
    entry.id = newId();
    await this.store.put({ ...entry, state: "queued" });
    await this.store.remove(old);
    this.shown.delete(old);
    this.emit("renamed", { old, entry });
  }

  /** One after the other: the next goes out when the one before is answered. @param {string} stream */
  async #drain(stream) {
    while (this.link.canSend(stream)) {
      const entry = await this.#next(stream);
      if (!entry) return;
      const outcome = await this.#fly(entry);
      if (outcome.op === "ack") await this.#settle(entry.id, outcome.seq, entry);
      else if (outcome.op === "nack") await this.#refused(entry, outcome);
      else this.#move(entry, "queued");
    }
  }

  /** @param {string} stream @returns {Promise<Entry|undefined>} */
  async #next(stream) {
    const kept = await this.#kept();
    const entries = kept.filter((entry) => entry.stream === stream);
    this.#meet(stream, entries);
    const next = entries.find((entry) => entry.state !== "failed" && !this.stored.has(entry.id));
    return next && (this.shown.get(next.id) ?? next);
  }

  /**
   * Brings what is shown in line with the store: another tab may have sent it, or a day has passed.
   * @param {string} stream
   * @param {Entry[]} kept
   */
  #meet(stream, kept) {
    const byId = new Map(kept.map((entry) => [entry.id, entry]));
    for (const entry of this.shown.values()) {
      if (entry.stream !== stream || entry.state !== "queued") continue;
      const stored = byId.get(entry.id);
      if (stored?.state === "failed") this.#move(entry, "failed", stored.error);
      else if (!stored && entry.at < this.env.now() - KEEP) this.#move(entry, "failed", { code: "expired", message: "" });
      else if (!stored) this.#move(entry, "sent");
    }
  }

  /** @param {Entry} entry @returns {Promise<Outcome>} */
  async #fly(entry) {
    this.#move(entry, "sending");
    /** @type {any} */
    let timer = null;
    /** @type {Outcome} */
    const outcome = await new Promise((land) => {
      this.flights.set(entry.id, land);
      timer = this.env.later(() => this.link.reconnect(), ACK_WAIT);
      if (!this.link.send(frameOf(entry))) land({ op: "down" });
    });
    this.env.cancel(timer);
    this.flights.delete(entry.id);
    return outcome;
  }

  /**
   * @param {string} id
   * @param {number} [seq]
   * @param {Entry} [flown]   the one that was acknowledged: told even when its event has settled it meanwhile
   */
  async #settle(id, seq, flown) {
    await this.store.remove(id);
    const entry = this.shown.get(id) ?? flown;
    if (entry) this.#move(entry, "sent", null, seq);
    await this.recount();
  }

  /**
   * @param {Entry} entry
   * @param {Outcome} nack
   */
  async #refused(entry, nack) {
    if (nack.retryable) {
      this.#move(entry, "queued");
      await this.#pause(entry.id, nack.retry_after_ms ?? backoff(2, this.env.random));
      return;
    }
    const error = { code: String(nack.code), message: String(nack.message ?? "") };
    await this.store.put({ ...entry, state: "failed", error });
    this.#move(entry, "failed", error);
  }

  /**
   * @param {string} id
   * @param {number} ms
   */
  async #pause(id, ms) {
    /** @type {any} */
    let timer = null;
    await new Promise((resolve) => {
      this.pauses.set(id, () => resolve(null));
      timer = this.env.later(() => resolve(null), ms);
    });
    this.env.cancel(timer);
    this.pauses.delete(id);
  }

  /**
   * @param {Entry} entry
   * @param {import("./store.js").EntryState} state
   * @param {Entry["error"]} [error]
   * @param {number} [seq]
   */
  #move(entry, state, error = null, seq) {
    Object.assign(entry, { state, error });
    if (state === "sent") this.shown.delete(entry.id);
    else this.shown.set(entry.id, entry);
    this.emit("entry", seq === undefined ? entry : { ...entry, seq });
  }
}

/** @param {Entry} entry @returns {Frame} */
function frameOf({ id, stream, kind, body, sure }) {
  return { op: "send", id, stream, kind, body, ...(sure && { sure }) };
}
