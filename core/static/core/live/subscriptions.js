/**
 * What this tab listens to: streams, each with the place up to which it is known, and topics.
 *
 * @typedef {import("./wire.js").Frame} Frame
 *
 * What a stream's view offers to the socket.
 * @typedef {object} StreamClient
 * @property {string} id
 * @property {() => import("./wire.js").Position} position   where it stands; asked at each hello
 * @property {(info: import("./wire.js").StreamInfo) => void} onReady
 * @property {(frame: Frame) => void} onFrame
 * @property {(head: number) => void} onHead
 * @property {() => void} onDown
 */

export class Subscriptions {
  /** @param {(frame: Frame) => boolean} send   says false while there is no link; the next hello carries all */
  constructor(send) {
    this.send = send;
    /** @type {Map<string, StreamClient>} */
    this.streams = new Map();
    /** @type {Set<string>} */
    this.topics = new Set();
    /** Streams that the server has answered for on this link, with a yes or a no. @type {Set<string>} */
    this.answered = new Set();
  }

  /** Adding a stream again asks for it from its present position (after a reset). @param {StreamClient} client */
  addStream(client) {
    this.streams.set(client.id, client);
    this.answered.delete(client.id);
    this.send({ op: "sub", streams: [client.position()], topics: [] });
  }

  /** Only the client that is registered goes: a later one of the same id stays. @param {StreamClient} client */
  removeStream(client) {
    if (this.streams.get(client.id) !== client) return;
    this.streams.delete(client.id);
    this.send({ op: "unsub", streams: [client.id], topics: [] });
  }

  /** Makes `wanted` the whole set of topics; only the difference is sent. @param {Iterable<string>} wanted */
  setTopics(wanted) {
    const next = new Set(wanted);
    const added = [...next].filter((topic) => !this.topics.has(topic));
    const gone = [...this.topics].filter((topic) => !next.has(topic));
    this.topics = next;
    if (added.length) this.send({ op: "sub", streams: [], topics: added });
    if (gone.length) this.send({ op: "unsub", streams: [], topics: gone });
  }

  /** The part of a hello that says it all. */
  asked() {
    return { streams: [...this.streams.values()].map((client) => client.position()), topics: [...this.topics] };
  }

  /** The cursors, for a ping. @returns {Record<string, number>} */
  seqs() {
    return Object.fromEntries([...this.streams.values()].map((client) => [client.id, client.position().seq]));
  }

  /** @param {Frame} frame   ready or subscribed */
  confirm(frame) {
    for (const info of frame.streams ?? []) {
      this.answered.add(info.id);
      this.streams.get(info.id)?.onReady(info);
    }
  }

  /** Asks again for streams without an answer: the question may have been refused for its speed. */
  insist() {
    const open = [...this.streams.values()].filter((client) => !this.answered.has(client.id));
    if (open.length) this.send({ op: "sub", streams: open.map((client) => client.position()), topics: [] });
  }

  /**
   * Asks for what was added between the hello and its answer.
   * @param {ReturnType<Subscriptions["asked"]>} hello
   */
  late(hello) {
    const said = new Set(hello.streams.map((position) => position.id));
    const streams = [...this.streams.values()].filter((client) => !said.has(client.id));
    const topics = [...this.topics].filter((topic) => !hello.topics.includes(topic));
    if (!streams.length && !topics.length) return;
    this.send({ op: "sub", streams: streams.map((client) => client.position()), topics });
  }

  /** @param {Record<string, number>} heads */
  heads(heads) {
    for (const [id, head] of Object.entries(heads)) this.streams.get(id)?.onHead(Number(head));
  }

  down() {
    this.answered.clear();
    for (const client of this.streams.values()) client.onDown();
  }
}
