import { Emitter, backoff, browserEnv } from "./wire.js";

/**
 * @typedef {import("./wire.js").Env} Env
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {import("./wire.js").LiveEvent} LiveEvent
 * @typedef {{seq: number, epoch: string|number|null}} Place
 */

/** An event beyond the next one waits this long for those between: the layer may only have swapped two. */
export const HOLD = 500;
const SYNC_WAIT = 5_000;
const SYNC_LIMIT = 200;
/** Held events beyond a gap; more than these are fetched again anyway. */
const HELD_MAX = 500;
const TYPING_AGAIN = 3_000;
const TYPING_IDLE = 5_000;

/**
 * One stream of a conversation as this page knows it: each event once, in the order of its seq, none left out.
 * Emits `event` (LiveEvent), `read` ({buyer, agent}), `typing` (names[]), `live` and `down`.
 */
export class StreamView extends Emitter {
  /**
   * @param {object} options
   * @param {string} options.id
   * @param {number} options.seq       the last event on the page
   * @param {string|number|null} options.epoch
   * @param {(frame: Frame) => boolean} options.send
   * @param {() => void} options.rejoin    asks for the stream again from the present place
   * @param {(reason: string) => Promise<Place>} options.refetch   draws the stream anew, says where it now stands
   * @param {string} [options.me]      this person's author id: own typing from another tab is not shown
   * @param {Env} [options.env]
   */
  constructor({ id, seq, epoch, send, rejoin, refetch, me = "", env = browserEnv }) {
    super();
    this.id = id;
    this.cursor = seq;
    this.epoch = epoch;
    this.send = send;
    this.rejoin = rejoin;
    this.refetch = refetch;
    this.me = me;
    this.env = env;
    this.live = false;
    this.head = seq;
    this.saidSeq = seq;
    this.resetting = this.closed = false;
    this.resets = 0;
    this.reads = { buyer: 0, agent: 0 };
    this.myRead = 0;
    /** @type {Map<number, LiveEvent>} */
    this.held = new Map();
    /** Who types, with the timer that ends it. @type {Map<string, any>} */
    this.typists = new Map();
    this.typedAt = 0;
    /** @type {any} */
    this.holdTimer = this.syncTimer = this.idleTimer = null;
  }

  /** @returns {import("./wire.js").Position} */
  position() {
    this.saidSeq = this.cursor;
    return { id: this.id, seq: this.cursor, epoch: this.epoch };
  }

  /** @param {import("./wire.js").StreamInfo} info */
  onReady(info) {
    const other = info.epoch !== undefined && this.epoch !== null && String(info.epoch) !== String(this.epoch);
    // A head behind what this page has seen: the log was put back to an older copy.
    if (other || info.head < this.saidSeq) {
      this.reset("epoch");
      return;
    }
    if (info.epoch !== undefined) this.epoch = info.epoch;
    this.live = true;
    this.#noteRead(info.read ?? {});
    this.#sendRead();
    this.onHead(info.head);
    this.emit("live");
  }

  onDown() {
    this.live = false;
    for (const timer of [this.holdTimer, this.syncTimer]) this.env.cancel(timer);
    this.holdTimer = this.syncTimer = null;
    this.typedAt = 0;
    for (const name of [...this.typists.keys()]) this.#typist(name, 0);
    this.emit("down");
  }

  /** The log is known to reach `head`: what does not come by itself is asked for. @param {number} head */
  onHead(head) {
    this.head = Math.max(this.head, head);
    if (this.head > this.cursor) this.#hold();
  }

  /** @param {Frame} frame */
  onFrame(frame) {
    if (frame.op === "reset") this.reset(frame.reason);
    else if (frame.op === "ev") this.#event(/** @type {any} */ (frame));
    else if (frame.op === "batch") this.#batch(frame);
    else if (frame.op === "read") this.#noteRead({ [frame.who]: frame.seq });
    else if (frame.op === "typing") this.#noteTyping(frame);
  }

  /** The page's copy is of another time: it is drawn anew from the server. @param {string} reason */
  async reset(reason) {
    if (this.resetting) return;
    this.resetting = true;
    this.live = false;
    this.held.clear();
    try {
      const place = await this.refetch(reason);
      this.resets = 0;
      this.resetting = false;
      if (!this.closed) this.moveTo(place);
    } catch {
      this.env.later(() => this.#resetAgain(reason), 1000 + backoff(this.resets++, this.env.random));
    }
  }

  /** The page was drawn anew for another reason. @param {Place} place */
  moveTo({ seq, epoch }) {
    this.held.clear();
    this.cursor = this.head = seq;
    this.epoch = epoch;
    this.rejoin();
  }

  /** This person has seen everything up to `seq`. Only grows. @param {number} seq */
  markRead(seq) {
    if (seq <= this.myRead) return;
    this.myRead = seq;
    this.#sendRead();
  }

  /** Called at each key press; says so at most every three seconds, and says when it ended. */
  typing() {
    const now = this.env.now();
    this.env.cancel(this.idleTimer);
    this.idleTimer = this.env.later(() => this.typingEnded(), TYPING_IDLE);
    if (now - this.typedAt < TYPING_AGAIN || !this.live) return;
    if (this.send({ op: "typing", stream: this.id, on: true })) this.typedAt = now;
  }

  /** The field was emptied or left alone. A sent message ends it without this. @param {boolean} [say] */
  typingEnded(say = true) {
    this.env.cancel(this.idleTimer);
    this.idleTimer = null;
    if (say && this.typedAt && this.live) this.send({ op: "typing", stream: this.id, on: false });
    this.typedAt = 0;
  }

  /** No timer of this view runs on. */
  close() {
    this.typingEnded();
    this.onDown();
    this.listeners.clear();
    this.closed = true;
  }

  /** @param {string} reason */
  #resetAgain(reason) {
    this.resetting = false;
    if (!this.closed) this.reset(reason);
  }

  /** @param {LiveEvent} event */
  #event(event) {
    if (this.resetting || event.seq <= this.cursor) return;
    if (event.seq > this.cursor + 1 && this.held.size < HELD_MAX) this.held.set(event.seq, event);
    else if (event.seq === this.cursor + 1) this.#apply(event);
    this.onHead(event.seq);
    this.#settle();
  }

  /** @param {Frame} frame */
  #batch(frame) {
    if (this.resetting) return;
    this.env.cancel(this.syncTimer);
    this.syncTimer = null;
    const before = this.cursor;
    for (const event of frame.events ?? []) if (event.seq === this.cursor + 1) this.#apply(event);
    this.head = Math.max(this.head, frame.head ?? 0);
    this.#settle();
    // A batch that moved nothing must not turn into a loop of questions: then the next pong asks.
    if (this.head > this.cursor && this.cursor > before) this.#sync();
  }

  /** @param {LiveEvent} event */
  #apply(event) {
    this.cursor = event.seq;
    this.held.delete(event.seq);
    this.#typist(event.author?.name ?? "", 0);
    this.emit("event", event);
  }

  /** Takes what the gap held back, as far as it goes now. */
  #settle() {
    for (let next = this.held.get(this.cursor + 1); next; next = this.held.get(this.cursor + 1)) this.#apply(next);
    for (const seq of this.held.keys()) if (seq <= this.cursor) this.held.delete(seq);
    if (this.head > this.cursor) return;
    this.env.cancel(this.holdTimer);
    this.holdTimer = null;
  }

  #hold() {
    if (this.holdTimer || this.syncTimer || !this.live) return;
    this.holdTimer = this.env.later(() => {
      this.holdTimer = null;
      if (this.head > this.cursor) this.#sync();
    }, HOLD);
  }

  #sync() {
    if (this.syncTimer || !this.live) return;
    this.send({ op: "sync", stream: this.id, after: this.cursor, limit: SYNC_LIMIT });
    this.syncTimer = this.env.later(() => {
      this.syncTimer = null;
      if (this.head > this.cursor) this.#sync();
    }, SYNC_WAIT);
  }

  /** @param {{buyer?: number, agent?: number}} marks */
  #noteRead(marks) {
    const buyer = Math.max(this.reads.buyer, marks.buyer ?? 0);
    const agent = Math.max(this.reads.agent, marks.agent ?? 0);
    if (buyer === this.reads.buyer && agent === this.reads.agent) return;
    this.reads = { buyer, agent };
    this.emit("read", this.reads);
  }

  #sendRead() {
    if (this.live && this.myRead) this.send({ op: "read", stream: this.id, seq: this.myRead });
  }

  /** @param {Frame} frame */
  #noteTyping(frame) {
    const who = frame.who ?? {};
    if (!who.name || (who.id !== undefined && String(who.id) === this.me)) return;
    this.#typist(who.name, frame.on === false ? 0 : (frame.ttl ?? 0));
  }

  /**
   * @param {string} name
   * @param {number} ttl   seconds; 0 ends it
   */
  #typist(name, ttl) {
    const was = this.typists.get(name);
    if (was === undefined && !ttl) return;
    this.env.cancel(was);
    if (ttl) this.typists.set(name, this.env.later(() => this.#typist(name, 0), ttl * 1000));
    else this.typists.delete(name);
    if (was === undefined || !ttl) this.emit("typing", [...this.typists.keys()]);
  }
}
