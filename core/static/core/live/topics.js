import { browserEnv } from "./wire.js";

/**
 * `<div data-live-topic="inbox" data-live-src="/console/queue/">` is fetched again when its topic changed, when a
 * line stands anew, when the layer was away, and every minute while someone looks. More topics: separated by spaces.
 * With no data-live-src an element only hears `live:changed` ({topic, ids}). Never replaced under the hand: while a
 * field inside it has the focus, a menu or dialog in it is open, or a pointer is pressed, it waits.
 */
const SELECTOR = "[data-live-topic]";
const MINUTE = 60_000;
/** One action often changes several things: their hints are taken together. Milliseconds. */
const GATHER = 40;
const AGAIN = 1_000;
const FIELD = "textarea, select, [contenteditable], input:not([type=button], [type=submit], [type=checkbox], [type=radio])";
/** A menu counts from the press that opens it: its toggle event comes later, and an answer may come between. */
const OPEN = "dialog[open], details.pick[open], .dropdown-menu.show, .modal.show, [data-live-hold]";

/**
 * At most one round at a time and one more after it, however often it is asked for.
 * @param {() => Promise<void>} work
 */
export function coalesce(work) {
  let running = false;
  let again = false;
  return async function ask() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      running = false;
    }
  };
}

/** @param {HTMLElement} el */
const topicsOf = (el) => (el.dataset.liveTopic ?? "").split(/\s+/).filter(Boolean);

/** @param {string} [topic] @returns {HTMLElement[]} */
function regions(topic) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(SELECTOR)]);
  return topic === undefined ? all : all.filter((el) => topicsOf(el).includes(topic));
}

export class TopicHub {
  /**
   * @param {(topics: Iterable<string>) => void} subscribe
   * @param {import("./wire.js").Env} [env]
   */
  constructor(subscribe, env = browserEnv) {
    this.subscribe = subscribe;
    this.env = env;
    /** @type {unknown} */
    this.epoch = undefined;
    this.pressed = false;
    /** A region's own queue, by its address. @type {Map<string, () => Promise<void>>} */
    this.queues = new Map();
    /** Addresses whose hints are being gathered. @type {Set<string>} */
    this.soon = new Set();
  }

  start() {
    this.scan();
    document.addEventListener("pointerdown", () => (this.pressed = true), true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => (this.pressed = false), true);
    setInterval(() => document.hidden || this.all(), MINUTE);
  }

  /** What the page now declares is what is listened to. */
  scan() {
    this.subscribe(regions().flatMap(topicsOf));
  }

  /** @param {{topic: string, ids?: any[]}} frame */
  changed({ topic, ids = [] }) {
    for (const el of regions(topic)) {
      el.dispatchEvent(new CustomEvent("live:changed", { bubbles: true, detail: { topic, ids } }));
      this.#ask(el);
    }
  }

  /** Hints may have been lost: look at everything. */
  all() {
    for (const el of regions()) this.#ask(el);
  }

  /** @param {{layer_epoch?: unknown}} pong */
  pong({ layer_epoch: epoch }) {
    const other = this.epoch !== undefined && epoch !== this.epoch;
    this.epoch = epoch;
    if (other) this.all();
  }

  /** @param {HTMLElement} el */
  #ask(el) {
    const src = el.dataset.liveSrc;
    if (!src || this.soon.has(src)) return;
    this.soon.add(src);
    this.env.later(() => {
      this.soon.delete(src);
      this.#queue(src)();
    }, GATHER);
  }

  /** @param {string} src */
  #queue(src) {
    const known = this.queues.get(src);
    if (known) return known;
    const made = coalesce(() => this.#fetch(src));
    this.queues.set(src, made);
    return made;
  }

  /** @param {string} src */
  async #fetch(src) {
    const el = /** @type {HTMLElement|null} */ (document.querySelector(`[data-live-src="${CSS.escape(src)}"]`));
    const htmx = /** @type {any} */ (globalThis).htmx;
    if (!el || !htmx) return;
    if (this.#inUse(el)) {
      this.env.later(() => this.#ask(el), AGAIN);
      return;
    }
    let back = (/** @type {string} */ _src) => {};
    el.addEventListener("htmx:beforeSwap", (event) => {
      this.#beforeSwap(el, src, /** @type {any} */ (event).detail);
      back = remember(el); // as it is now: much may have happened since it was asked for
    }, { once: true }); // prettier-ignore
    await htmx.ajax("GET", src, { source: el, target: el, swap: "outerHTML settle:0ms" }).catch(() => {});
    back(src);
  }

  /**
   * Someone may have begun to type while the answer was on its way; and an expired session answers with the sign-in
   * page, which has no place here.
   * @param {HTMLElement} el
   * @param {string} src
   * @param {{shouldSwap: boolean, xhr: XMLHttpRequest, target: Element}} swap
   */
  #beforeSwap(el, src, swap) {
    if (swap.target !== el) return;
    const elsewhere = new URL(swap.xhr.responseURL).pathname !== new URL(src, location.href).pathname;
    const busy = this.#inUse(el);
    if (busy) this.env.later(() => this.#ask(el), AGAIN);
    if (busy || elsewhere) swap.shouldSwap = false;
  }

  /** @param {HTMLElement} el */
  #inUse(el) {
    const active = document.activeElement;
    const typing = active !== null && el.contains(active) && active.matches(FIELD);
    return typing || el.querySelector(OPEN) !== null || (this.pressed && el.matches(":hover"));
  }
}

/**
 * Notes where the reader was in a region; the function given back puts that right in the new one: scroll, focus (by
 * id or address), opened details (by id) and what was chosen among radio buttons. Words have their own net (draft.js).
 * @param {HTMLElement} el
 */
function remember(el) {
  const { scrollTop } = el;
  const active = el.contains(document.activeElement) ? document.activeElement : null;
  const href = active?.getAttribute("href");
  const focus = active?.id ? `#${CSS.escape(active.id)}` : href ? `a[href="${CSS.escape(href)}"]` : "";
  const open = [...el.querySelectorAll("details[id][open]")].map((details) => details.id);
  const chosen = radios(el).filter((radio) => radio.checked && !radio.defaultChecked);
  const choices = chosen.map((radio) => ({ choice: choiceOf(radio), isActive: radio === active }));
  return (/** @type {string} */ src) => {
    const now = document.querySelector(`[data-live-src="${CSS.escape(src)}"]`);
    if (!now) return;
    now.scrollTop = scrollTop;
    for (const id of open) now.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    for (const { choice, isActive } of choices) {
      const radio = radios(now).find((one) => choiceOf(one) === choice);
      if (radio) radio.checked = true;
      if (isActive) radio?.focus({ preventScroll: true });
    }
    const target = /** @type {HTMLElement|null} */ (focus ? now.querySelector(focus) : null);
    if (target && !now.contains(document.activeElement)) target.focus({ preventScroll: true });
  };
}

/** @param {ParentNode} el @returns {HTMLInputElement[]} */
const radios = (el) => [...el.querySelectorAll("input")].filter((one) => one.type === "radio");

/** Which choice of which form this is. @param {HTMLInputElement} radio */
const choiceOf = (radio) => [radio.form?.getAttribute("action"), radio.name, radio.value].join(" ");
