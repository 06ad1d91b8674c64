import { Subscriptions } from "./subscriptions.js";
import { Emitter, VERSION, backoff, browserEnv, guarded, wholeMs } from "./wire.js";

/**
 * @typedef {import("./wire.js").Env} Env
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {"connecting"|"connected"|"slow"|"reconnecting"|"offline"|"signedout"} LinkState
 * @typedef {{ticket?: string, access?: string, user: string|number}} Credential   what hello is given, and whose it is
 */

const BEAT = 20_000;
const PONG_WAIT = 10_000;
const WAKE_WAIT = 3_000;
const CONNECT_WAIT = 10_000;
const TICK = 5_000;
const DRIFT = 10_000;
/** A link that stood this long counts as a success, and the next loss starts at the shortest wait again. */
const STEADY = 5_000;
/** Lost tries in a row after which the page says "offline" rather than "reconnecting". */
const OFFLINE_AFTER = 3;
/** Sockets in a row that said nothing at all, after which the page asks over HTTP instead. */
const BLOCKED_AFTER = 3;
/** On the slow line, a socket is tried this often. */
const SOCKET_AGAIN = 60_000;
/** Events since the last ping after which the next is due: the server stops at 200 beyond the cursor it heard of. */
const PING_AFTER = 100;
/** Closed for good: not allowed, no such stream, a version this page does not speak. */
const FINAL = new Set([4403, 4404, 4426]);
const NOT_SIGNED_IN = 4401;

/** The ticket was refused because nobody is signed in any more. */
export class SignedOut extends Error {}

/**
 * One line for the tab: a socket, or where none comes through a carrier with a socket's manners over HTTP (poll.js),
 * called the slow line. Emits `state` ({state, reason, retryAt}), `ready`, `ack`, `nack`, `changed`, `pong`,
 * `presence`, and any operation it does not know under that operation's name.
 */
export class LiveSocket extends Emitter {
  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string} options.user               the person this page was made for
   * @param {() => Promise<Credential>} options.ticket   throws SignedOut
   * @param {(() => any)|null} [options.poll]   makes a slow line
   * @param {Env} [options.env]
   * @param {new (url: string) => any} [options.Socket]
   * @param {() => boolean} [options.online]
   */
  constructor({ url, user, ticket, poll = null, env = browserEnv, Socket = WebSocket, online = () => navigator.onLine !== false }) {
    super();
    this.url = url;
    this.user = user;
    this.ticket = ticket;
    this.poll = poll;
    this.env = env;
    this.Socket = Socket;
    this.online = online;
    this.state = /** @type {LinkState} */ ("connecting");
    this.subs = new Subscriptions((frame) => this.send(frame));
    this.asked = this.subs.asked();
    this.ready = this.slow = this.heard = false;
    this.stopped = this.resting = false;
    this.halted = 0;
    /** Sockets in a row that were opened in vain. */
    this.blocked = 0;
    this.socketAt = -Infinity;
    /** The server asked not to be called again before. */
    this.notBefore = 0;
    this.unsaid = 0;
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
    /** A socket that is tried while the slow line serves. @type {any} */
    this.second = null;
    /** @type {{code: number, reason: string, retry_after_ms?: number}|null} */
    this.bye = null;
    /** @type {any} */
    this.retryTimer = this.deadline = this.tickTimer = this.probeTimer = null;
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

  /** The page goes into the browser's cache as it is: an open line would keep it out. */
  rest() {
    if (this.stopped || this.halted || this.state === "signedout") return;
    this.resting = true;
    this.#drop();
    this.#show(this.#downState());
  }

  /**
   * The machine woke, the network came back, someone looks: find out at once whether the line still stands.
   * @param {boolean} [pressed]   somebody asked for it: then it does not matter how long the server asked to wait
   */
  wake(pressed = false) {
    if (this.stopped || this.halted) return;
    const rested = this.resting;
    this.resting = false;
    if (rested) return void this.#connect();
    if (!this.ready && this.env.now() < this.notBefore && !pressed) return;
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
    if (this.stopped || this.resting) return;
    if (slept) this.wake();
    else if (this.ready && now - this.pingedAt >= this.beat) this.#ping(PONG_WAIT);
    if (this.slow && this.ready && now - this.socketAt >= SOCKET_AGAIN) void this.#probe();
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
      const credential = await this.ticket();
      if (run !== this.run || this.stopped) return;
      // Somebody else signed in, in another tab: this page and its outbox are not theirs.
      if (String(credential.user) !== this.user) this.#signOut("other_user");
      else this.#open(credential);
    } catch (error) {
      if (run !== this.run || this.stopped) return;
      if (error instanceof SignedOut) this.#signOut("session");
      else this.#lost();
    }
  }

  /** @param {Credential} credential */
  #open(credential) {
    const now = this.env.now();
    this.slow = this.poll !== null && this.blocked >= BLOCKED_AFTER && now - this.socketAt < SOCKET_AGAIN;
    if (!this.slow) this.socketAt = now;
    const ws = this.slow && this.poll ? this.poll() : new this.Socket(this.url);
    this.#attend(ws);
    ws.onopen = this.#mine(() => this.#write(this.#hello(credential)));
  }

  /** From here on this carrier is the line. @param {any} ws */
  #attend(ws) {
    this.ws = ws;
    this.heard = false;
    ws.onmessage = this.#mine((event) => this.#receive(event.data));
    ws.onclose = this.#mine((event) => this.#closed(event.code));
    ws.onerror = () => {}; // a close always follows
  }

  /** Heard only while the present try lasts. @param {(event: any) => void} fn */
  #mine(fn) {
    const { run } = this;
    return (/** @type {any} */ event) => {
      if (run === this.run) fn(event);
    };
  }

  /** A socket beside the slow line; only one that stands takes over. */
  async #probe() {
    const { run } = this;
    this.socketAt = this.env.now();
    const credential = await this.ticket().catch(() => null);
    if (!credential || run !== this.run || String(credential.user) !== this.user) return;
    const ws = new this.Socket(this.url);
    this.second = ws;
    const end = this.#mine(() => this.#endProbe());
    this.probeTimer = this.env.later(() => end(null), CONNECT_WAIT);
    ws.onopen = this.#mine(() => ws.send(JSON.stringify(this.#hello(credential))));
    ws.onmessage = this.#mine((event) => this.#takeOver(ws, event.data));
    ws.onclose = end;
    ws.onerror = () => {};
  }

  #endProbe() {
    this.env.cancel(this.probeTimer);
    this.probeTimer = null;
    const { second } = this;
    this.second = null;
    if (second) guarded(() => second.close());
  }

  /** @param {any} ws @param {string} text */
  #takeOver(ws, text) {
    if (parse(text)?.op !== "ready") return this.#endProbe();
    this.second = null;
    this.#drop();
    this.slow = false;
    this.attempt = 0;
    this.#attend(ws);
    this.#receive(text);
  }

  /** @param {Credential} credential */
  #hello({ ticket, access }) {
    this.asked = this.subs.asked();
    return { op: "hello", v: VERSION, auth: access === undefined ? { ticket } : { access }, ...this.asked };
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
    this.heard = true;
    const frame = parse(text); // what is no frame is not ours to answer: the next ping tells whether the other end still speaks
    if (frame) guarded(() => this.#route(frame));
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
    if (frame.op === "ev" && (this.unsaid += 1) >= PING_AFTER) this.#ping(PONG_WAIT);
  }

  /** @param {Frame} frame */
  #isReady(frame) {
    this.env.cancel(this.deadline);
    this.deadline = null;
    this.ready = true;
    this.readyAt = this.pingedAt = this.env.now();
    this.unsaid = this.notBefore = 0;
    if (!this.slow) this.blocked = 0;
    if (frame.hb > 0) this.beat = frame.hb * 1000;
    this.#show(this.slow ? "slow" : "connected");
    this.subs.confirm(frame);
    this.subs.late(this.asked);
    this.emit("ready", frame);
  }

  /** @param {number} wait */
  #ping(wait) {
    this.subs.insist();
    this.n += 1;
    this.unsaid = 0;
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
    const asked = wholeMs(this.bye?.retry_after_ms);
    if (this.ws && !this.slow && !this.heard) this.blocked += 1;
    if (this.ready && this.env.now() - this.readyAt > STEADY) this.attempt = 0;
    this.#drop();
    const own = backoff(this.attempt, this.env.random);
    // What the server asks for stands; one that asks for nothing again and again is not believed.
    const wait = asked === null ? own : this.attempt > 1 ? Math.max(asked, own) : asked;
    if (asked !== null) this.notBefore = this.env.now() + wait;
    this.attempt += 1;
    this.#show(this.#downState(), "", this.env.now() + wait);
    this.retryTimer = this.env.later(() => this.#connect(), wait);
  }

  /** Forgets the present try. Its handlers see an older run and do nothing: a half-open close may take minutes. */
  #drop() {
    this.run += 1;
    for (const timer of [this.retryTimer, this.deadline]) this.env.cancel(timer);
    this.retryTimer = this.deadline = this.bye = null;
    this.#endProbe();
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

/** @param {string} text @returns {Frame|null} */
function parse(text) {
  try {
    const frame = JSON.parse(text);
    return frame && typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}
