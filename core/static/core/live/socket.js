import { Subscriptions } from "./subscriptions.js";
import { Emitter, VERSION, backoff, browserEnv, guarded } from "./wire.js";

/**
 * @typedef {import("./wire.js").Env} Env
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {"connecting"|"connected"|"reconnecting"|"offline"|"signedout"} LinkState
 */

const BEAT = 20_000;
const PONG_WAIT = 10_000;
const WAKE_WAIT = 3_000;
const CONNECT_WAIT = 15_000;
const TICK = 5_000;
const DRIFT = 10_000;
/** A link that stood this long counts as a success, and the next loss starts at the shortest wait again. */
const STEADY = 5_000;
/** Lost tries in a row after which the page says "offline" rather than "reconnecting". */
const OFFLINE_AFTER = 3;
/** Closed for good: not allowed, no such stream, a version this page does not speak. */
const FINAL = new Set([4403, 4404, 4426]);
const NOT_SIGNED_IN = 4401;

/** The ticket was refused because nobody is signed in any more. */
export class SignedOut extends Error {}

/**
 * One socket for the tab. Emits `state` ({state, reason, retryAt}), `ready`, `ack`, `nack`, `changed`, `pong`,
 * `presence`, and any operation it does not know under that operation's name.
 */
export class LiveSocket extends Emitter {
  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string} options.user               the person this page was made for
   * @param {() => Promise<{ticket: string, user: string|number}>} options.ticket   throws SignedOut
   * @param {Env} [options.env]
   * @param {new (url: string) => any} [options.Socket]
   * @param {() => boolean} [options.online]
   */
  constructor({ url, user, ticket, env = browserEnv, Socket = WebSocket, online = () => navigator.onLine !== false }) {
    super();
    this.url = url;
    this.user = user;
    this.ticket = ticket;
    this.env = env;
    this.Socket = Socket;
    this.online = online;
    this.state = /** @type {LinkState} */ ("connecting");
    this.subs = new Subscriptions((frame) => this.send(frame));
    this.asked = this.subs.asked();
    this.ready = false;
    this.stopped = false;
    this.halted = 0;
    this.attempt = 0;
    this.run = 0;
    this.n = 0;
    this.beat = BEAT;
    this.refreshed = false;
    this.readyAt = 0;
    this.triedAt = 0;
    this.pingedAt = 0;
    this.tickedAt = env.now();
    /** @type {any} */
    this.ws = null;
    /** @type {{code: number, reason: string, retry_after_ms?: number}|null} */
    this.bye = null;
    /** @type {any} */
    this.retryTimer = this.deadline = this.tickTimer = null;
  }

  start() {
    this.#schedule();
    this.#connect();
  }

  /** Closes and stays closed. */
  stop() {
    this.stopped = true;
    this.env.cancel(this.tickTimer);
    this.#drop();
  }

  /**
   * @param {Frame} frame
   * @returns {boolean} false when there is no ready link; the caller keeps what it has
   */
  send(frame) {
    if (!this.ready || !this.ws) return false;
    return this.#write(frame);
  }

  /** The machine woke, the network came back, someone looks: find out at once whether the line still stands. */
  wake() {
    if (this.stopped || this.halted) return;
    const quiet = this.env.now() - this.triedAt > WAKE_WAIT;
    if (this.ready) this.#ping(WAKE_WAIT);
    else if (this.retryTimer !== null || quiet) this.#connect();
  }

  /** Drops a link that looks alive and is not (an acknowledgement that never came). */
  reconnect() {
    if (this.ready) this.#lost();
  }

  /**
   * Called every five seconds, by the own timer and by the page's worker thread, whose timers are not slowed down
   * in a hidden tab. A gap between two calls means that the machine slept.
   */
  tick() {
    const now = this.env.now();
    const slept = now - this.tickedAt > TICK + DRIFT;
    this.tickedAt = now;
    if (this.stopped) return;
    if (slept) this.wake();
    else if (this.ready && now - this.pingedAt >= this.beat) this.#ping(PONG_WAIT);
  }

  #schedule() {
    this.tickTimer = this.env.later(() => {
      this.#schedule();
      this.tick();
    }, TICK);
  }

  async #connect() {
    this.#drop();
    const run = this.run;
    this.triedAt = this.env.now();
    this.#show(this.attempt === 0 && !this.readyAt ? "connecting" : this.#downState());
    this.deadline = this.env.later(() => this.#lost(), CONNECT_WAIT);
    try {
      const { ticket, user } = await this.ticket();
      if (run !== this.run || this.stopped) return;
      // Somebody else signed in, in another tab: this page and its outbox are not theirs.
      if (String(user) !== this.user) this.#signOut("other_user");
      else this.#open(run, ticket);
    } catch (error) {
      if (run !== this.run || this.stopped) return;
      if (error instanceof SignedOut) this.#signOut("session");
      else this.#lost();
    }
  }

  /**
   * @param {number} run
   * @param {string} ticket
   */
  #open(run, ticket) {
    const ws = new this.Socket(this.url);
    this.ws = ws;
    const mine = (/** @type {(event: any) => void} */ fn) => (/** @type {any} */ event) => {
      if (run === this.run) fn(event);
    };
    ws.onopen = mine(() => this.#write(this.#hello(ticket)));
    ws.onmessage = mine((event) => this.#receive(event.data));
    ws.onclose = mine((event) => this.#closed(event.code));
    ws.onerror = () => {}; // a close always follows
  }

  /** @param {string} ticket */
  #hello(ticket) {
    this.asked = this.subs.asked();
    return { op: "hello", v: VERSION, auth: { ticket }, ...this.asked };
  }

  /** @param {Frame} frame */
  #write(frame) {
    try {
      this.ws.send(JSON.stringify(frame));
      return true;
    } catch {
      return false;
    }
  }

  /** @param {string} text */
  #receive(text) {
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return; // not ours to answer: the next ping tells whether the other end still speaks
    }
    guarded(() => this.#route(frame));
  }

  /** @param {Frame} frame */
  #route(frame) {
    if (frame.op === "ready") this.#isReady(frame);
    else if (frame.op === "subscribed") this.subs.confirm(frame);
    else if (frame.op === "bye") this.bye = /** @type {any} */ (frame);
    else if (frame.op === "pong") this.#pong(frame);
    else if (typeof frame.stream === "string" && frame.op !== "ack" && frame.op !== "nack") {
      this.subs.streams.get(frame.stream)?.onFrame(frame);
    } else this.emit(frame.op, frame);
    if (typeof frame.stream === "string") this.subs.answered.add(frame.stream);
  }

  /** @param {Frame} frame */
  #isReady(frame) {
    this.env.cancel(this.deadline);
    this.deadline = null;
    this.ready = true;
    this.readyAt = this.pingedAt = this.env.now();
    if (frame.hb > 0) this.beat = frame.hb * 1000;
    this.#show("connected");
    this.subs.confirm(frame);
    this.subs.late(this.asked);
    this.emit("ready", frame);
  }

  /** @param {number} wait */
  #ping(wait) {
    this.subs.insist();
    this.n += 1;
    this.pingedAt = this.env.now();
    this.#write({ op: "ping", n: this.n, seqs: this.subs.seqs() });
    this.env.cancel(this.deadline);
    this.deadline = this.env.later(() => this.#lost(), wait);
  }

  /** @param {Frame} frame */
  #pong(frame) {
    if (frame.n === this.n) {
      this.env.cancel(this.deadline);
      this.deadline = null;
      this.refreshed = false;
    }
    this.subs.heads(frame.heads ?? {});
    this.emit("pong", frame);
  }

  /** @param {number} code */
  #closed(code) {
    // A proxy may swallow the code (1005, 1006): then the farewell that came before it tells.
    const said = this.bye?.code && (code < 4000 || code === undefined) ? this.bye.code : code;
    if (FINAL.has(said)) this.#halt(said);
    else if (said !== NOT_SIGNED_IN) this.#lost();
    else if (this.refreshed) this.#signOut("session");
    else {
      this.refreshed = true;
      this.#connect();
    }
  }

  #lost() {
    const asked = this.bye?.retry_after_ms;
    if (this.ready && this.env.now() - this.readyAt > STEADY) this.attempt = 0;
    this.#drop();
    const wait = asked ?? backoff(this.attempt, this.env.random);
    this.attempt += 1;
    this.#show(this.#downState(), "", this.env.now() + wait);
    this.retryTimer = this.env.later(() => this.#connect(), wait);
  }

  /** Forgets the present try. Its handlers see an older run and do nothing: a half-open close may take minutes. */
  #drop() {
    this.run += 1;
    for (const timer of [this.retryTimer, this.deadline]) this.env.cancel(timer);
    this.retryTimer = this.deadline = this.bye = null;
    const { ws, ready } = this;
    this.ws = null;
    this.ready = false;
    if (ws) guarded(() => ws.close());
    if (!ready) return;
    guarded(() => this.subs.down());
    this.emit("down");
  }

  /** @param {string} reason */
  #signOut(reason) {
    this.#drop();
    this.#show("signedout", reason);
  }

  /** @param {number} code */
  #halt(code) {
    this.#drop();
    this.halted = code;
    this.#show("offline", String(code));
  }

  /** @returns {LinkState} */
  #downState() {
    return !this.online() || this.attempt >= OFFLINE_AFTER ? "offline" : "reconnecting";
  }

  /**
   * @param {LinkState} state
   * @param {string} [reason]
   * @param {number} [retryAt]
   */
  #show(state, reason = "", retryAt = 0) {
    this.state = state;
    this.emit("state", { state, reason, retryAt });
  }
}
