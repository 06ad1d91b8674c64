import { Waits, browserEnv, wholeMs } from "./wire.js";

/**
 * The slow line: frames in and out like a WebSocket, carried over HTTP where a proxy lets no socket through. One long
 * poll brings what came for all streams of the tab; messages, read marks and typing are posted one by one.
 *
 * @typedef {import("./wire.js").Env} Env
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {(path: string, init?: RequestInit) => Promise<Response>} Request   adds who asks: a session's token or a bearer's
 * @typedef {{seq: number, epoch: string|number|null, read: {buyer?: number, agent?: number}}} Place
 */

const EVENTS = "/api/v1/live/events/";
const STREAMS = "/api/v1/streams/";
/** Seconds for which the server may hold a question. */
const HOLD = 25;
/** Between two answers without an event, at least; milliseconds. */
const BREATH = 1000;
/** Streams in one question, and topics. A page with more asks for them in turn, each part for a share of the time. */
const MOST = 20;
/** The shortest hold of a part, in seconds. */
const LEAST = 2;

export class PollSocket {
  /**
   * @param {object} options
   * @param {Request} options.request
   * @param {Env} [options.env]
   */
  constructor({ request, env = browserEnv }) {
    this.request = request;
    this.env = env;
    this.onopen = () => {};
    this.onmessage = (/** @type {{data: string}} */ _event) => {};
    this.onclose = (/** @type {{code: number}} */ _event) => {};
    this.closed = false;
    this.greeted = false;
    /** @type {Map<string, Place>} */
    this.places = new Map();
    /** @type {Set<string>} */
    this.topics = new Set();
    /** Streams that were asked for and not yet answered. @type {Set<string>} */
    this.fresh = new Set();
    /** What the question under way is about. */
    this.asked = { ids: /** @type {string[]} */ ([]), topics: /** @type {string[]} */ ([]) };
    /** Pings that wait for the next answer. @type {number[]} */
    this.pings = [];
    /** The question under way; aborted when there is something new to ask. @type {AbortController|null} */
    this.asking = null;
    this.waits = new Waits(env);
    queueMicrotask(() => this.closed || this.onopen());
  }

  /** @param {string} text   a frame as the socket would take it */
  send(text) {
    if (this.closed) throw new Error("closed");
    const frame = JSON.parse(text);
    if (frame.op === "hello") this.#greet(frame);
    else if (frame.op === "sub") this.#sub(frame);
    else if (frame.op === "unsub") this.#unsub(frame);
    else if (frame.op === "ping") this.#ping(frame.n);
    else void this.#say(frame);
  }

  close() {
    this.closed = true;
    this.asking?.abort();
    this.waits.wake();
  }

  // --- what is listened to ------------------------------------------------------------------------------------------
  /** @param {Frame} frame */
  #greet(frame) {
    this.#add(frame);
    void this.#run();
  }

  /** @param {Frame} frame */
  #sub(frame) {
    this.#add(frame);
    this.#askNow();
  }

  /** @param {Frame} frame */
  #add({ streams = [], topics = [] }) {
    for (const { id, seq, epoch } of streams) {
      this.places.set(id, { seq, epoch, read: {} });
      this.fresh.add(id);
    }
    for (const topic of topics) this.topics.add(topic);
  }

  /** @param {Frame} frame */
  #unsub({ streams = [], topics = [] }) {
    for (const id of streams) this.places.delete(id);
    for (const topic of topics) this.topics.delete(topic);
  }

  /** Answered by the next answer: it shows that the line stands. @param {number} n */
  #ping(n) {
    this.pings.push(n);
    this.#askNow();
  }

  // --- the long poll --------------------------------------------------------------------------------------------------
  #askNow() {
    this.asking?.abort();
    this.waits.wake();
  }

  async #run() {
    try {
      while (!this.closed) {
        const asked = this.env.now();
        const answer = await this.#ask();
        if (this.closed) return;
        if (answer) await this.waits.pause(this.#deliver(answer, this.env.now() - asked));
      }
    } catch (error) {
      this.#end(error instanceof Refused ? error.code : 1006);
    }
  }

  /** @returns {Promise<any>} null when the question was overtaken by another */
  async #ask() {
    const asking = new AbortController();
    this.asking = asking;
    const now = !this.greeted || this.fresh.size > 0 || this.pings.length > 0;
    const parts = Math.max(1, Math.ceil(this.places.size / MOST), Math.ceil(this.topics.size / MOST));
    const hold = Math.max(LEAST, Math.floor(HOLD / parts));
    try {
      return await this.#get(`${EVENTS}?${this.#query(now ? 0 : hold)}`, asking.signal);
    } catch (error) {
      if (asking.signal.aborted) return null;
      throw error;
    }
  }

  /** New ones first; those that were asked for stand last in the next turn. @param {number} wait */
  #query(wait) {
    const query = new URLSearchParams({ wait: String(wait) });
    const all = [...this.places.keys()];
    if (all.length > MOST) all.sort((a, b) => Number(this.fresh.has(b)) - Number(this.fresh.has(a)));
    const ids = all.slice(0, MOST);
    for (const id of ids) {
      const place = /** @type {Place} */ (this.places.get(id));
      query.append("at", [id, place.seq, ...(place.epoch === null ? [] : [place.epoch])].join(":"));
    }
    const topics = [...this.topics].slice(0, MOST);
    for (const topic of topics) query.append("topic", topic);
    this.asked = { ids, topics };
    return query;
  }

  /** The next question is about the others. */
  #turn() {
    const { ids, topics } = this.asked;
    if (this.places.size > MOST) for (const id of ids) this.#last(id);
    if (this.topics.size > MOST) for (const topic of topics) if (this.topics.delete(topic)) this.topics.add(topic);
  }

  /** @param {string} id */
  #last(id) {
    const place = this.places.get(id);
    if (!place) return;
    this.places.delete(id);
    this.places.set(id, place);
  }

  /** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
  async #get(path, signal) {
    const response = await this.request(path, { signal });
    if (response.status === 401 || response.status === 403) throw new Refused(4401);
    if (!response.ok) throw new Refused(1006);
    return response.json();
  }

  /**
   * What an answer brought, as frames.
   * @param {any} answer
   * @param {number} took
   * @returns {number} milliseconds until the next question
   */
  #deliver(answer, took) {
    const streams = answer.streams ?? [];
    this.#infos(answer, streams.filter((/** @type {any} */ one) => !one.reset));
    for (const one of streams) this.#stream(one);
    for (const id of answer.missing ?? []) this.#drop(id, { op: "nack", id: null, code: "not_found", stream: id });
    for (const { topic, ids } of answer.changed ?? []) this.#emit({ op: "changed", topic, ids });
    this.#pong(streams);
    this.#turn();
    if (streams.some((/** @type {any} */ one) => one.more)) return 0;
    if (this.fresh.size > 0) return 0; // the rest of what is new
    const some = streams.some((/** @type {any} */ one) => one.events?.length);
    return Math.max(wholeMs(answer.again_in_ms) ?? 0, some ? 0 : BREATH - took);
  }

  /** The first answer is the greeting's, a later one answers for the streams that came since. @param {any} answer @param {any[]} known */
  #infos(answer, known) {
    const streams = known.filter((one) => this.fresh.has(one.id)).map(({ id, head, epoch, state, read }) => ({ id, head, epoch, state, read }));
    for (const one of streams) Object.assign(this.places.get(one.id) ?? {}, { epoch: one.epoch, read: one.read ?? {} });
    for (const id of this.asked.ids) this.fresh.delete(id);
    if (!this.greeted) this.#emit({ op: "ready", server_time: answer.server_time, streams, topics: [...this.topics] });
    else if (streams.length) this.#emit({ op: "subscribed", streams, topics: [] });
    this.greeted = true;
  }

  /** @param {any} one */
  #stream({ id, reset, events = [], read = {} }) {
    const place = this.places.get(id);
    if (!place) return;
    if (reset) return this.#drop(id, { op: "reset", stream: id, reason: reset });
    for (const event of events) {
      place.seq = Math.max(place.seq, event.seq);
      this.#emit({ ...event, op: "ev", stream: id });
    }
    for (const who of /** @type {("buyer"|"agent")[]} */ (["buyer", "agent"])) {
      if ((read[who] ?? 0) > (place.read[who] ?? 0)) this.#emit({ op: "read", stream: id, who, seq: read[who] });
    }
    place.read = read;
  }

  /** Not asked for again until the page does. @param {string} id @param {Frame} frame */
  #drop(id, frame) {
    this.places.delete(id);
    this.#emit(frame);
  }

  /** Hints between two questions are lost: another layer's epoch makes the page look again at every pong. @param {any[]} streams */
  #pong(streams) {
    const heads = Object.fromEntries(streams.map((one) => [one.id, one.head]));
    for (const n of this.pings.splice(0)) this.#emit({ op: "pong", n, heads, layer_epoch: `poll-${n}` });
  }

  // --- what is said -----------------------------------------------------------------------------------------------------
  /** @param {Frame} frame */
  async #say(frame) {
    const base = `${STREAMS}${encodeURIComponent(frame.stream)}/`;
    try {
      if (frame.op === "send") await this.#message(base, frame);
      else if (frame.op === "sync") await this.#sync(base, frame);
      else if (frame.op === "read") await this.#post(`${base}read/`, { seq: frame.seq });
      else if (frame.op === "typing") await this.#post(`${base}typing/`, { on: frame.on });
    } catch (error) {
      // A read mark or a sign of typing that got lost is said again; a question or a message needs a line that stands.
      if (frame.op === "send" || frame.op === "sync") this.#end(error instanceof Refused ? error.code : 1006);
    }
  }

  /** @param {string} base @param {Frame} frame */
  async #message(base, { id, kind, body, files = [], sure }) {
    const response = await this.#post(`${base}messages/`, { client_id: id, kind, body, files, ...(sure && { sure }) });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return this.#emit({ ...answer, op: "ack", id });
    if (response.status === 401) throw new Refused(4401);
    // An answer that is not the house's own (a proxy's page) says nothing about the message.
    const retryable = answer.retryable ?? (response.status >= 500 || response.status === 429 || !answer.code);
    this.#emit({ op: "nack", id, code: "unanswered", message: "", ...answer, retryable });
  }

  /** @param {string} base @param {Frame} frame */
  async #sync(base, { stream, after, limit }) {
    const { events = [], head, more, reset } = await this.#get(`${base}events/?after=${after}&limit=${limit}`);
    if (reset) this.#emit({ op: "reset", stream, reason: reset });
    else this.#emit({ op: "batch", stream, events, head, more });
  }

  /** @param {string} path @param {object} body */
  #post(path, body) {
    return this.request(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  }

  // --- the manners of a socket --------------------------------------------------------------------------------------------
  /** @param {Frame} frame */
  #emit(frame) {
    if (!this.closed) this.onmessage({ data: JSON.stringify(frame) });
  }

  /** @param {number} code */
  #end(code) {
    if (this.closed) return;
    this.close();
    this.onclose({ code });
  }
}

class Refused extends Error {
  /** @param {number} code   as a socket would be closed */
  constructor(code) {
    super(String(code));
    this.code = code;
  }
}
