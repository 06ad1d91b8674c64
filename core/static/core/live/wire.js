/**
 * The shapes that travel over the socket (protocol version 1), the surroundings that the live modules need
 * (clock, timers, chance: handed in, so that tests hold them), and the sums with no state.
 *
 * @typedef {{id: string|number, kind: string, name: string, initials?: string, face?: number}} Author
 * @typedef {{op: "ev", stream: string, seq: number, kind: string, author: Author, id?: string|null,
 *            after_public?: number, data: Record<string, any>}} LiveEvent
 * @typedef {{id: string, seq: number, epoch: string|number|null}} Position
 * @typedef {{id: string, head: number, epoch?: string|number, state?: string,
 *            read?: {buyer?: number, agent?: number}}} StreamInfo
 * @typedef {{op: string, [field: string]: any}} Frame
 *
 * @typedef {object} Link   what the outbox needs of the line
 * @property {(frame: Frame) => boolean} send
 * @property {(stream: string) => boolean} canSend   the stream is subscribed on a ready link
 * @property {() => void} reconnect
 *
 * @typedef {object} Env
 * @property {() => number} now       milliseconds since 1970, this machine's clock
 * @property {(fn: () => void, ms: number) => any} later
 * @property {(handle: any) => void} cancel
 * @property {() => number} random    0 <= x < 1
 */

export const VERSION = 1;
/** Code points in one message; the server counts the same way. */
export const MAX_CHARS = 8000;
/** Bytes in one frame, with room left for what the server may add to its count. */
export const MAX_FRAME = 32 * 1024;

/** @type {Env} */
export const browserEnv = {
  now: () => Date.now(),
  later: (fn, ms) => setTimeout(fn, ms),
  cancel: (handle) => clearTimeout(handle),
  random: () => Math.random(),
};

/**
 * Milliseconds to wait before try number `n` (0 for the first): full jitter, so that a thousand tabs that lost
 * the same server do not come back in one instant.
 * @param {number} n
 * @param {() => number} random
 */
export function backoff(n, random) {
  return random() * Math.min(30_000, 500 * 2 ** Math.min(n, 16));
}

/** A wait that the other end asked for, in milliseconds; null when it is none. @param {unknown} raw */
export function wholeMs(raw) {
  return typeof raw === "number" && Number.isFinite(raw) && raw >= 0 ? raw : null;
}

/**
 * A random UUID. `randomUUID` is missing on plain http outside of loopback, `getRandomValues` never is.
 * @returns {string}
 */
export function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Code points, not UTF-16 units: an emoji counts once, as on the server. @param {string} text */
export function countChars(text) {
  let n = 0;
  for (const _ of text) n += 1;
  return n;
}

/** @param {unknown} value */
export function frameBytes(value) {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Refused before anything was stored. `code` is "empty" or "too_long". */
export class BadText extends Error {
  /** @param {"empty"|"too_long"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Throws BadText for a message that the server would refuse for its size. @param {Frame} frame */
export function checkSend(frame) {
  if (!frame.body.trim() && !frame.files?.length) throw new BadText("empty");
  if (countChars(frame.body) > MAX_CHARS || frameBytes(frame) > MAX_FRAME) throw new BadText("too_long");
}

/** Pauses that can be ended early. */
export class Waits {
  /** @param {Env} env */
  constructor(env) {
    this.env = env;
    /** @type {Set<() => void>} */
    this.open = new Set();
  }

  /** @param {number} ms @returns {Promise<void>} */
  async pause(ms) {
    if (ms <= 0) return;
    /** @type {any} */
    let timer = null;
    let end = () => {};
    await new Promise((resolve) => {
      end = () => resolve(null);
      this.open.add(end);
      timer = this.env.later(end, ms);
    });
    this.env.cancel(timer);
    this.open.delete(end);
  }

  wake() {
    for (const end of [...this.open]) end();
  }
}

/** A list of listeners by name. A listener that throws does not keep the others from hearing. */
export class Emitter {
  constructor() {
    /** @type {Map<string, Set<(value: any) => void>>} */
    this.listeners = new Map();
  }

  /**
   * @param {string} name
   * @param {(value: any) => void} fn
   * @returns {() => void} takes the listener away again
   */
  on(name, fn) {
    const set = this.listeners.get(name) ?? new Set();
    set.add(fn);
    this.listeners.set(name, set);
    return () => set.delete(fn);
  }

  /**
   * @param {string} name
   * @param {any} [value]
   */
  emit(name, value) {
    for (const fn of [...(this.listeners.get(name) ?? [])]) guarded(() => fn(value));
  }
}

/** Runs `fn`; an error is told to the console and goes no further. @param {() => void} fn */
export function guarded(fn) {
  try {
    fn();
  } catch (error) {
    console.error(error);
  }
}
