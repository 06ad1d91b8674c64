import { compareKeys, dayKey, displayKey } from "./format.js";
import { drawBubble, drawDay, drawEvent, drawNow, drawState, fill, plain, rowOf, template } from "./paint.js";
import { plural, text } from "./texts.js";

/**
 * @typedef {import("./wire.js").LiveEvent} LiveEvent
 * @typedef {import("./entries.js").Entry} Entry
 * @typedef {{key: import("./format.js").DisplayKey, el: HTMLElement, own: boolean, staff: boolean, seq: number}} Item
 */

/** Nearer than this to the end counts as being there. Pixels. */
const NEAR = 60;
/** Between the last line and what stands below it. Pixels. */
const GAP = 12;

/**
 * Draws a conversation into server-rendered templates, by textContent alone: nothing that anybody wrote becomes
 * markup. Never moves what is being read.
 */
export class Thread {
  /** @param {HTMLElement} root   the [data-thread] element */
  constructor(root) {
    const page = document.documentElement;
    this.root = root;
    this.me = root.dataset.me ?? page.dataset.user ?? "";
    this.lang = page.lang || "en";
    this.zone = page.dataset.tz ?? "";
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-thread-list]") ?? root);
    this.scroller = /** @type {HTMLElement|null} */ (root.querySelector("[data-thread-scroll]"));
    /** @type {Item[]} */
    this.items = [];
    /** @type {Map<string, HTMLElement>} */
    this.bubbles = new Map();
    /** @type {WeakMap<Element, string>} */
    this.days = new WeakMap();
    this.fresh = 0;
    this.since = 0;
    this.writing = false;
    this.reads = { buyer: 0, agent: 0 };
    this.seen = (/** @type {number} */ _seq) => {};
    this.close = () => {};
    this.#adopt();
    this.#listen();
    if (this.scroller) this.toEnd();
  }

  /**
   * Shows an event in its place; a bubble with its id gives way to it.
   * @param {LiveEvent} event
   * @param {boolean} staff   it is of the staff stream
   */
  show(event, staff) {
    const { now, seqs, withdrawn, verb } = event.data ?? {};
    if (now) this.#renew(now, staff);
    if (verb === "message.withdrawn") this.#withdraw(seqs ?? [], staff);
    if (withdrawn) return; // copied here by a merge that was taken back; a line of its own says so
    const item = { staff, seq: event.seq, after: event.after_public ?? event.data?.after_public ?? 0 };
    const key = displayKey(item);
    if (this.items.some((known) => compareKeys(known.key, key) === 0)) {
      this.removeBubble(event.id ?? "");
      return;
    }
    const own = String(event.author?.id) === this.me;
    const el = drawEvent(this, event, own);
    if (!el) return;
    if (staff) el.dataset.staff = "";
    this.#steady((end) => {
      if (this.removeBubble(event.id ?? "")) el.setAttribute("aria-live", "off"); // it was read out as a bubble
      this.#place({ key, el, own, staff, seq: event.seq }, dayKey(new Date(event.data?.at), this.zone));
      if (!own) this.#noteFresh(el, end);
    });
    this.drawReads();
    this.#look();
  }

  /** A row that was amended or redacted reads so at once. @param {Record<string, any>} now @param {boolean} staff */
  #renew(now, staff) {
    const item = this.items.find((known) => known.seq === now.seq && known.staff === staff);
    if (item) this.#steady(() => drawNow(this, item.el, now));
  }

  /** Copies whose merge was taken back leave the page. @param {number[]} seqs @param {boolean} staff */
  #withdraw(seqs, staff) {
    const gone = this.items.filter((item) => item.staff === staff && seqs.includes(item.seq));
    this.#steady(() => gone.forEach((item) => item.el.remove()));
    this.items = this.items.filter((item) => !gone.includes(item));
  }

  /** Draws or updates the bubble of a message that is on its way. @param {Entry} entry */
  bubble(entry) {
    const known = this.bubbles.get(entry.id);
    if (!known && entry.state === "sent") return;
    if (known) drawState(this, known, entry);
    else this.#steady(() => this.#addBubble(entry));
  }

  /** How much of a file of a message on its way has gone out. @param {{id: string, key: string, share: number}} told */
  share({ id, key, share }) {
    const bubble = this.bubbles.get(id);
    const bar = bubble && rowOf(bubble, key)?.querySelector("progress");
    if (bar) bar.value = share;
  }

  /**
   * The server has it as `seq`: if that is on the page already, the bubble is its double.
   * @param {string} id
   * @param {number} seq
   * @param {boolean} staff
   */
  acked(id, seq, staff) {
    if (this.items.some((item) => item.seq === seq && item.staff === staff)) this.removeBubble(id);
  }

  /**
   * Its event is here, or its writer took it back: never for any other reason.
   * @param {string} id
   * @returns {boolean} whether there was one
   */
  removeBubble(id) {
    const bubble = this.bubbles.get(id);
    for (const img of bubble?.querySelectorAll("img") ?? []) URL.revokeObjectURL(img.src);
    bubble?.remove();
    return this.bubbles.delete(id);
  }

  /** Puts the server's fresh copy in place of the list; what is on its way stays. @param {HTMLElement} fresh */
  replace(fresh) {
    const source = fresh.querySelector("[data-thread-list]") ?? fresh;
    const bubbles = [...this.bubbles];
    this.#steady(() => {
      this.list.replaceChildren(...[...source.children].map((el) => document.importNode(el, true)));
      this.#adopt();
      for (const [id, el] of bubbles) {
        if (this.list.querySelector(`[data-id="${CSS.escape(id)}"]`)) this.bubbles.delete(id);
        else this.#insert(el, null, this.days.get(el) ?? "");
      }
    });
  }

  /** @param {{buyer: number, agent: number}} reads */
  setReads(reads) {
    this.reads = reads;
    this.drawReads();
  }

  /** "Read" under the newest own message that the other side has seen, and under no other. */
  drawReads() {
    const seen = this.root.dataset.side === "staff" ? this.reads.buyer : this.reads.agent;
    const mine = this.items.filter((item) => item.own && !item.staff);
    const last = mine.filter((item) => item.seq <= seen).at(-1);
    for (const item of mine) {
      item.el.classList.toggle("is-read", item === last);
      fill(item.el, "state", item === last ? text("read") : "");
    }
  }

  /** @param {string[]} names */
  setTyping(names) {
    const el = /** @type {HTMLElement|null} */ (this.root.querySelector("[data-typing]"));
    if (!el) return;
    const words = el.querySelector("[data-typing-text]") ?? el;
    const name = new Intl.ListFormat(this.lang).format(names);
    this.#steady(() => {
      el.hidden = names.length === 0;
      words.textContent = names.length ? text(names.length > 1 ? "typing_other" : "typing_one", { name }) : "";
    });
  }

  /** The writer began, or emptied the field: from now on, what comes in counts as new since. @param {boolean} on */
  setWriting(on) {
    if (on === this.writing) return;
    this.writing = on;
    this.since = 0;
    if (on) this.list.querySelector("[data-since]")?.remove();
  }

  atEnd() {
    const last = this.list.lastElementChild;
    if (!last) return true;
    if (!this.list.getClientRects().length) return false;
    const view = this.scroller ? this.scroller.getBoundingClientRect().bottom : this.#edge();
    return last.getBoundingClientRect().bottom - view < NEAR;
  }

  toEnd() {
    if (this.scroller) this.scroller.scrollTop = this.scroller.scrollHeight;
    else this.#bring();
    this.#look();
  }

  /** Where the page is covered: what one writes into stands over its foot, and grows. */
  #edge() {
    const pen = this.root.querySelector("form[data-live-composer]")?.getBoundingClientRect();
    return pen?.height ? Math.min(innerHeight, pen.top) : innerHeight;
  }

  /** Who types stands below the last message, and is seen too. */
  #bring() {
    const last = this.root.querySelector("[data-typing]:not([hidden])") ?? this.list.lastElementChild;
    if (!last) return;
    last.scrollIntoView({ block: "nearest" });
    const hidden = last.getBoundingClientRect().bottom + GAP - this.#edge();
    if (hidden > 0) scrollBy({ top: hidden, behavior: "instant" });
  }

  /** Brings the first of those that came since the writer began into view. */
  toSince() {
    this.list.querySelector("[data-since]")?.scrollIntoView({ block: "start" });
    this.since = 0;
  }

  #listen() {
    const look = () => this.#look();
    (this.scroller ?? document).addEventListener("scroll", look, { passive: true });
    document.addEventListener("visibilitychange", look);
    this.close = () => {
      document.removeEventListener("scroll", look);
      document.removeEventListener("visibilitychange", look);
    };
    this.#pill()?.addEventListener("click", () => this.toEnd());
  }

  /** @returns {HTMLElement|null} */
  #pill() {
    return this.root.querySelector("[data-new-pill]");
  }

  /** Whoever is at the end of a visible page has read what stands there. */
  #look() {
    if (document.hidden || !this.atEnd()) return;
    this.fresh = 0;
    const pill = this.#pill();
    if (pill) pill.hidden = true;
    const last = this.items.filter((item) => !item.staff).at(-1);
    if (last) this.seen(last.seq);
  }

  /** Changes the list; stays at its end if it was there, and leaves the view alone if not. @param {(end: boolean) => void} change */
  #steady(change) {
    const end = this.atEnd();
    change(end);
    if (end) this.toEnd();
  }

  /** Reads the items that the server drew. */
  #adopt() {
    const drawn = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("[data-seq]")]);
    this.items = drawn.map((el) => {
      const { seq, staff, afterPublic, own } = el.dataset;
      const at = el.querySelector("time[datetime]")?.getAttribute("datetime");
      if (at) this.days.set(el, dayKey(new Date(at), this.zone));
      const place = { seq: Number(seq), staff: staff !== undefined, after: Number(afterPublic ?? 0) };
      return { key: displayKey(place), el, own: own !== undefined, staff: place.staff, seq: place.seq };
    });
    this.items.sort((a, b) => compareKeys(a.key, b.key));
  }

  /** @param {Item} item @param {string} day */
  #place(item, day) {
    let at = this.items.length;
    while (at > 0 && compareKeys(this.items[at - 1].key, item.key) > 0) at -= 1;
    const [firstBubble] = this.bubbles.values();
    this.#insert(item.el, this.items[at]?.el ?? firstBubble ?? null, day);
    this.items.splice(at, 0, item);
  }

  /**
   * Inserts before `next`, with a day's line above where the day begins.
   * @param {HTMLElement} el
   * @param {Element|null} next
   * @param {string} day
   */
  #insert(el, next, day) {
    const line = /** @type {HTMLElement|null} */ (next?.previousElementSibling ?? null);
    const other = line?.dataset.day !== undefined && line.dataset.day !== day;
    this.list.insertBefore(el, other ? line : next);
    this.days.set(el, day);
    if (day && this.#dayBefore(el) !== day) this.list.insertBefore(drawDay(this, day), el);
  }

  /** @param {Element} el */
  #dayBefore(el) {
    for (let prev = el.previousElementSibling; prev; prev = prev.previousElementSibling) {
      const day = /** @type {HTMLElement} */ (prev).dataset.day ?? this.days.get(prev);
      if (day) return day;
    }
    return "";
  }

  /**
   * Counts what others wrote; the first of them gets the line "n new since you began" above it.
   * @param {HTMLElement} el
   * @param {boolean} end   the reader was at the end when it came
   */
  #noteFresh(el, end) {
    if (!end) this.#showPill();
    if (!this.writing) return;
    this.since += 1;
    let line = /** @type {HTMLElement|null} */ (this.list.querySelector("[data-since]"));
    if (!line) {
      line = template(this.root, "since") ?? plain("sys fresh");
      line.dataset.since = "";
      this.list.insertBefore(line, el);
    }
    (line.querySelector('[data-f="since"]') ?? line).textContent = plural("since", this.since);
    this.root.dispatchEvent(new CustomEvent("live:since", { bubbles: true, detail: { count: this.since } }));
  }

  #showPill() {
    this.fresh += 1;
    const pill = this.#pill();
    if (!pill) return;
    (pill.querySelector('[data-f="new"]') ?? pill).textContent = plural("new", this.fresh);
    pill.hidden = false;
  }

  /** @param {Entry} entry */
  #addBubble(entry) {
    const el = drawBubble(this, entry);
    this.bubbles.set(entry.id, el);
    this.#insert(el, null, dayKey(new Date(entry.at), this.zone));
  }
}
