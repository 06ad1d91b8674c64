import { guarded } from "./wire.js";

/**
 * News between the tabs of one person: what one writes, the others show too, and one that is closed in mid-send leaves
 * it to them. Without such a channel each tab shows its own alone, and the server stores each message once all the same.
 *
 * @typedef {{op: "entry", entry: import("./entries.js").Entry, seq?: number} | {op: "gone", id: string}} News
 */
export class Tabs {
  /**
   * @param {string} user
   * @param {(new (name: string) => any)|undefined} [Channel]
   */
  constructor(user, Channel = globalThis.BroadcastChannel) {
    this.user = user;
    this.heard = (/** @type {News} */ _news) => {};
    /** @type {any} */
    this.channel = null;
    guarded(() => this.#open(Channel));
  }

  /** @param {(new (name: string) => any)|undefined} Channel */
  #open(Channel) {
    if (!Channel) return;
    this.channel = new Channel("helpdesk-outbox");
    this.channel.onmessage = (/** @type {MessageEvent} */ { data }) => data?.user === this.user && guarded(() => this.heard(data.news));
    this.channel.unref?.(); // a script outside of a browser may end
  }

  /** @param {News} news */
  say(news) {
    guarded(() => this.channel?.postMessage({ user: this.user, news }));
  }
}
