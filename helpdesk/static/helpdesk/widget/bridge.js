/**
 * Between this frame and the shop's page. The first who says hello from one of the shop's own origins is the page;
 * from then on only it is heard, and only it is spoken to.
 */
export class Bridge {
  /** @param {string[]} origins @param {Record<string, (message: any) => void>} heard */
  constructor(origins, heard) {
    this.origins = new Set([...origins, location.origin]);
    this.heard = heard;
    this.origin = "";
    addEventListener("message", (event) => this.#hear(event));
  }

  /** @param {MessageEvent} event */
  #hear({ source, origin, data }) {
    if (source !== parent || data?.helpdesk !== 1 || !this.origins.has(origin)) return;
    if (data.type === "hello") {
      this.origin = origin;
      this.say({ type: "ready" });
    } else if (origin === this.origin && Object.hasOwn(this.heard, data.type)) this.heard[data.type](data);
  }

  /** @param {Record<string, any>} message */
  say(message) {
    if (this.origin && parent !== window) parent.postMessage({ helpdesk: 1, ...message }, this.origin);
  }

  /** @param {string} name @param {any} [detail] */
  event(name, detail = {}) {
    this.say({ type: "event", name, detail });
  }
}
