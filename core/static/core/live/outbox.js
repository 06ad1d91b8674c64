import { KEEP, byTime, fileOf, frameOf, joined, missing, news, renewable } from "./entries.js";
import { Freight } from "./files.js";
import { webLocks } from "./store.js";
import { Tabs } from "./tabs.js";
import { Emitter, Waits, backoff, browserEnv, checkSend, newId, wholeMs } from "./wire.js";

/**
 * @typedef {import("./wire.js").Env} Env
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {import("./entries.js").Entry} Entry
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Locks} Locks
 * @typedef {import("./wire.js").Link} Link
 * @typedef {{op: string, [field: string]: any}} Outcome
 */

const ACK_WAIT = 20_000;

/**
 * Messages on their way. Emits `entry` (an Entry whose state changed), `share` ({id, key, share} of a file), `gone` (id),
 * `renamed` and `count` (all unsent of this person).
 */
export class Outbox extends Emitter {
  /**
   * @param {object} options
   * @param {Store} options.store
   * @param {string} options.user
   * @param {Link} options.link
   * @param {Env} [options.env]
   * @param {Locks} [options.locks]
   * @param {Tabs} [options.tabs]
   * @param {Freight} [options.freight]
   */
  constructor({ store, user, link, env = browserEnv, locks = webLocks, tabs = new Tabs(user), freight = new Freight() }) {
    super();
    this.store = store;
    this.user = user;
    this.link = link;
    this.env = env;
    this.locks = locks;
    this.tabs = tabs;
    this.freight = freight;
    this.waits = new Waits(env);
    this.unsent = 0;
    this.n = 0;
    /** Streams that this page shows. @type {Set<string>} */
    this.watched = new Set();
    /** What this page shows, by id. @type {Map<string, Entry>} */
    this.shown = new Map();
    /** Streams being sent; true when another round was asked for meanwhile. @type {Map<string, boolean>} */
    this.rounds = new Map();
    /** Who waits for an answer, by entry. @type {Map<string, (outcome: Outcome) => void>} */
    this.flights = new Map();
    /** Entries whose files are under way from here. @type {Set<string>} */
    this.carried = new Set();
    /** What came back as an event: it is in the log, whatever a look into the store from before still says. @type {Set<string>} */
    this.stored = new Set();
    tabs.heard = (news) => this.#hear(news);
  }

  /** Whether what is unsent would be lost with this page. */
  get fragile() {
    return !this.store.durable || [...this.shown.values()].some((entry) => entry.kept === false);
  }

  /**
   * This person's entries of one stream, oldest first. What another tab left in mid-send counts as queued.
   * @param {string} stream
   * @returns {Promise<Entry[]>}
   */
  async load(stream) {
    this.watched.add(stream);
    await this.purge();
    const entries = (await this.#kept()).filter((entry) => entry.stream === stream);
    for (const entry of entries) this.shown.set(entry.id, entry);
    await this.recount();
    return entries;
  }

  /** What is older than a day leaves this computer, whoever wrote it. */
  purge() {
    return this.store.purge(this.env.now() - KEEP);
  }

  /**
   * Stores a message, then shows and sends it, its files first. Throws BadText (wire.js); nothing is kept then.
   * @param {{stream: string, kind: string, body: string, id?: string, files?: import("./files.js").Handed[]}} message   id: where it may have gone out before
   * @returns {Promise<Entry>}
   */
  async add({ stream, kind, body, id, files = [] }) {
    const entry = this.#entry(stream, kind, body);
    if (id) entry.id = id;
    entry.files = files.map(fileOf);
    checkSend(frameOf(entry));
    entry.files.forEach((file, i) => this.freight.adopt(file, files[i].transfer));
    await this.#keep(entry, "queued");
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
    Object.assign(entry, { at, n, error: null, files: renewable(entry) });
    await this.#keep(entry, "queued");
    this.#move(entry, "queued");
    this.pump(entry.stream);
  }

  /** The writer takes a failed message back. @param {string} id */
  async discard(id) {
    if (this.shown.get(id)?.state === "failed") await this.#takeBack(id);
  }

  /**
   * The writer leaves one file out; a message that was only that is taken back.
   * @param {string} id
   * @param {string} key
   */
  async dropFile(id, key) {
    const entry = this.shown.get(id);
    const file = missing(entry ?? {}).find((one) => one.key === key);
    if (!entry || !file) return;
    entry.files = (entry.files ?? []).filter((one) => one !== file);
    if (!entry.files.length && !entry.body.trim()) await this.#takeBack(id);
    else if (entry.state === "failed" && !entry.files.some((one) => one.why)) await this.retry(id);
    else {
      await this.#keep(entry, entry.state === "failed" ? "failed" : "queued");
      this.#move(entry, entry.state, entry.error);
    }
    this.freight.cancel(key);
  }

  /** Forgets everything that this person has not sent (asked about at log-out). */
  async clear() {
    for (const entry of await this.#kept()) {
      await this.store.remove(entry.id);
      this.#forget(entry.id);
      this.tabs.say({ op: "gone", id: entry.id });
    }
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
      /** @type {Entry|null} */
      let laden = null;
      do {
        this.rounds.set(stream, false);
        if (!this.link.canSend(stream)) break;
        laden = await this.locks(`outbox:${this.user}:${stream}`, () => this.#drain(stream));
        if (laden) await this.#carry(laden);
      } while (laden || this.rounds.get(stream));
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
    this.waits.wake();
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

  /** @param {Entry} entry @param {import("./entries.js").EntryState} state @param {Entry["error"]} [error] */
  async #keep(entry, state, error = null) {
    entry.kept = await this.store.put({ ...entry, state, error, kept: undefined });
    return entry;
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
    return { id: newId(), user: this.user, stream, kind, body, files: [], at, n: this.n, state: "queued", error: null };
  }

  /** The server knows this id with other words: the text goes out under a new one. @param {Entry} entry */
  async #renew(entry) {
    const old = entry.id;
    entry.id = newId();
    await this.#keep(entry, "queued");
    await this.store.remove(old);
    this.shown.delete(old);
    this.emit("renamed", { old, entry });
    this.tabs.say({ op: "gone", id: old });
  }

  /** @param {string} id */
  async #takeBack(id) {
    await this.store.remove(id);
    this.#forget(id);
    this.tabs.say({ op: "gone", id });
    await this.recount();
  }

  /** @param {string} id */
  #forget(id) {
    if (this.shown.delete(id)) this.emit("gone", id);
  }

  /** What another tab of this person tells. @param {import("./tabs.js").News} news */
  #hear(news) {
    if (news.op === "gone") this.#forget(news.id);
    else this.#mirror(news.entry, news.seq);
    void this.recount();
  }

  /** @param {Entry} told @param {number} [seq] */
  #mirror(told, seq) {
    const { id, stream, state, error } = told;
    if (state === "sent") this.stored.add(id);
    if (this.flights.has(id) || this.carried.has(id)) return;
    const known = this.shown.get(id);
    if (!known && (state === "sent" || !this.watched.has(stream) || this.stored.has(id))) return;
    const entry = known ?? { ...told };
    entry.files = joined(entry, told);
    this.#show(entry, state, error, seq);
    // Behind the tab that sends it now: should that one end, this one goes on. New files are begun by who chose them.
    if (state !== "sent" && (known || !missing(entry).length)) this.pump(stream);
  }

  /**
   * One after the other: the next goes out when the one before is answered.
   * @param {string} stream
   * @returns {Promise<Entry|null>} the one that waits for its files: they are brought while others may send
   */
  async #drain(stream) {
    while (this.link.canSend(stream)) {
      const entry = await this.#next(stream);
      if (!entry || missing(entry).length) return entry ?? null;
      const outcome = await this.#fly(entry);
      if (outcome.op === "ack") await this.#settle(entry.id, outcome.seq, entry);
      else if (outcome.op === "nack") await this.#refused(entry, outcome);
      else this.#move(entry, "queued");
    }
    return null;
  }

  /** @param {string} stream @returns {Promise<Entry|undefined>} */
  async #next(stream) {
    const kept = await this.#kept();
    const entries = kept.filter((entry) => entry.stream === stream);
    await this.#meet(stream, entries);
    const next = entries.sort(byTime).find((entry) => entry.state !== "failed" && !this.stored.has(entry.id));
    if (!next) return undefined;
    const shown = this.shown.get(next.id);
    if (!shown) return next;
    return Object.assign(shown, { files: joined(shown, next) });
  }

  /**
   * Brings what is shown in line with the store: another tab may have sent it, a day has passed, or somebody cleared
   * the storage. What is missing without a word is put back and goes out; the server knows it if it had it before.
   * @param {string} stream
   * @param {Entry[]} kept
   */
  async #meet(stream, kept) {
    const byId = new Map(kept.map((entry) => [entry.id, entry]));
    for (const entry of [...this.shown.values()]) {
      if (entry.stream !== stream || entry.state === "failed" || this.carried.has(entry.id)) continue;
      const there = byId.get(entry.id);
      if (there?.state === "failed") this.#show(Object.assign(entry, { files: joined(entry, there) }), "failed", there.error);
      if (there) continue;
      if (this.stored.has(entry.id)) this.#show(entry, "sent");
      else if (entry.at < this.env.now() - KEEP) this.#show(entry, "failed", { code: "expired", message: "" });
      else if (missing(entry).every((file) => file.blob)) kept.push(await this.#keep(entry, "queued"));
    }
  }

  /** Brings the files that an entry waits for. One tab does, the others find them brought. @param {Entry} entry */
  async #carry(entry) {
    this.carried.add(entry.id);
    this.#move(entry, "sending");
    const work = this.locks(`outbox:files:${entry.id}`, () => this.#bring(entry), true);
    const outcome = await work.finally(() => this.carried.delete(entry.id));
    if (!this.shown.has(entry.id)) return; // taken back meanwhile
    if (outcome === "refused") await this.#refused(entry, { op: "nack", code: "file" });
    else this.#move(entry, "queued");
    if (outcome === "again") await this.waits.pause(1000 + backoff(3, this.env.random));
  }

  /** @param {Entry} entry */
  async #bring(entry) {
    const kept = (await this.#kept()).find((one) => one.id === entry.id);
    return this.freight.bringAll(entry, kept?.files ?? [], {
      share: (key, share) => this.emit("share", { id: entry.id, key, share }),
      brought: async () => {
        await this.#keep(entry, "queued");
        this.emit("entry", entry);
      },
    });
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

  /** @param {string} id @param {number} [seq] @param {Entry} [flown]   acknowledged: told even when its event has settled it meanwhile */
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
      await this.waits.pause(wholeMs(nack.retry_after_ms) ?? backoff(2, this.env.random));
      return;
    }
    const error = { code: String(nack.code), message: String(nack.message ?? "") };
    await this.#keep(entry, "failed", error);
    this.#move(entry, "failed", error);
  }

  /**
   * Shows it here and tells the other tabs.
   * @param {Entry} entry
   * @param {import("./entries.js").EntryState} state
   * @param {Entry["error"]} [error]
   * @param {number} [seq]
   */
  #move(entry, state, error = null, seq) {
    if (state === "sent") this.stored.add(entry.id);
    this.#show(entry, state, error, seq);
    this.tabs.say({ op: "entry", entry: news(entry), seq });
  }

  /** @param {Entry} entry @param {Entry["state"]} state @param {Entry["error"]} [error] @param {number} [seq] */
  #show(entry, state, error = null, seq) {
    Object.assign(entry, { state, error });
    if (state === "sent") this.shown.delete(entry.id);
    else this.shown.set(entry.id, entry);
    this.emit("entry", seq === undefined ? entry : { ...entry, seq });
  }
}
