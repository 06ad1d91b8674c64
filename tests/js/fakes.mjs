// A clock, a socket and a line that the tests hold in their hands.
import { Freight, NotTaken } from "../../core/static/core/live/files.js";

/** Lets every promise that can go on do so. */
export async function settle() {
  for (let i = 0; i < 40; i += 1) await Promise.resolve();
}

export class FakeEnv {
  constructor({ now = Date.parse("2026-11-24T12:00:00Z"), random = 0.5 } = {}) {
    this.time = now;
    this.timers = new Map();
    this.next = 1;
    this.now = () => this.time;
    this.random = () => random;
    this.later = (fn, ms) => {
      this.timers.set(this.next, { fn, at: this.time + ms });
      return this.next++;
    };
    this.cancel = (handle) => this.timers.delete(handle);
  }

  /** Runs what falls due within `ms`, in order, each at its own instant. */
  async advance(ms) {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const due = [...this.timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].fn();
    }
    this.time = end;
    await settle();
  }

  /** The machine slept: time went on, no timer ran. */
  sleep(ms) {
    this.time += ms;
  }
}

/** The constructor to hand to LiveSocket, with every socket it made. */
export function fakeSockets() {
  const made = [];
  class FakeSocket {
    constructor(url) {
      Object.assign(this, { url, sent: [], closed: false });
      made.push(this);
    }

    send(text) {
      if (this.closed) throw new Error("closed");
      this.sent.push(JSON.parse(text));
    }

    close() {
      this.closed = true;
    }

    say(frame) {
      this.onmessage({ data: JSON.stringify(frame) });
    }

    die(code = 1006) {
      this.closed = true;
      this.onclose({ code });
    }

    ops(op) {
      return this.sent.filter((frame) => frame.op === op);
    }
  }
  return { made, FakeSocket };
}

/** A line for the outbox: up or down, with what was sent over it. */
export function fakeLink() {
  const link = {
    up: true,
    sent: [],
    reconnects: 0,
    send(frame) {
      if (link.up) link.sent.push(frame);
      return link.up;
    },
    canSend: () => link.up,
    reconnect: () => (link.reconnects += 1),
  };
  return link;
}

/** Web Locks with one queue a name, shared by the "tabs" of a test. */
export function fakeLocks() {
  const tails = new Map();
  return (name, work) => {
    const run = (tails.get(name) ?? Promise.resolve()).then(work);
    tails.set(name, run.catch(() => {}));
    return run;
  };
}

/** BroadcastChannel as the tabs of a test have it: everybody else hears it, a little later. */
export function fakeChannels() {
  const open = new Set();
  return class {
    constructor() {
      open.add(this);
    }

    postMessage(data) {
      const sent = structuredClone(data);
      for (const other of open) if (other !== this) Promise.resolve().then(() => other.onmessage({ data: sent }));
    }
  };
}

/** Uploads whose ends the test decides: `transfers` by the file's name. */
export function fakeFreight() {
  const transfers = new Map();
  const start = (file) => {
    const transfer = { share: 0, heard: () => {}, aborted: false, abort: () => { transfer.aborted = true; transfer.refuse("", true); } };
    transfer.done = new Promise((resolve, reject) => {
      transfer.land = (id) => resolve({ id, name: file.name, size: file.size });
      transfer.refuse = (message, again) => reject(new NotTaken(message, again));
    });
    transfer.done.catch(() => {});
    transfers.set(file.name, transfer);
    return transfer;
  };
  return { transfers, start, freight: new Freight(start) };
}
