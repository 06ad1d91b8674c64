import { Composer } from "./composer.js";
import { StreamView } from "./stream.js";
import { Thread } from "./thread.js";

/** @typedef {import("./line.js").Line} Line */

/** One [data-thread] on the page: its two streams, its drawing, its composers. */
export class Mount {
  /**
   * @param {HTMLElement} root
   * @param {Line} line
   */
  constructor(root, line) {
    this.root = root;
    this.line = line;
    this.thread = new Thread(root);
    /** @type {(() => void)[]} */
    this.undo = [];
    const { stream = "", staffStream } = root.dataset;
    this.open = this.#view(stream, "public");
    this.staff = staffStream ? this.#view(staffStream, "staff") : null;
    /** @type {Composer[]} */
    this.composers = [];
    this.wireForms();
    this.#listen();
    /** Settles when what was left unsent is on the page and both streams are asked for. */
    this.loaded = Promise.all(this.#views().map((view) => this.#start(view)));
  }

  /** Also after a swap: a form that the server drew anew is wired, one that went is let go. */
  wireForms() {
    for (const composer of this.composers) if (!composer.form.isConnected) composer.close();
    this.composers = this.composers.filter((composer) => composer.form.isConnected);
    const wired = new Set(this.composers.map((composer) => composer.form));
    for (const form of this.#forms()) if (!wired.has(form)) this.composers.push(new Composer(form, this.#talk()));
  }

  close() {
    for (const view of this.#views()) {
      this.line.socket.subs.removeStream(view);
      if (this.line.views.get(view.id) === view) this.line.views.delete(view.id);
      view.close();
    }
    for (const composer of this.composers) composer.close();
    for (const undo of this.undo) undo();
    this.thread.close();
  }

  #views() {
    return this.staff ? [this.open, this.staff] : [this.open];
  }

  /** @returns {HTMLFormElement[]} */
  #forms() {
    const outside = this.root.id ? `, form[data-live-composer="${CSS.escape(this.root.id)}"]` : "";
    const inside = /** @type {HTMLFormElement[]} */ ([...this.root.querySelectorAll("form[data-live-composer]")]);
    const named = /** @type {HTMLFormElement[]} */ (outside ? [...document.querySelectorAll(outside.slice(2))] : []);
    return [...new Set([...inside, ...named])];
  }

  /**
   * @param {string} id
   * @param {"public"|"staff"} side
   */
  #view(id, side) {
    const { socket } = this.line;
    const view = new StreamView({
      id,
      ...placeOf(this.root, side),
      send: (frame) => socket.send(frame),
      rejoin: () => socket.subs.addStream(view),
      refetch: () => this.#refetch(side),
      me: this.thread.me,
    });
    return view;
  }

  /** @param {StreamView} view */
  async #start(view) {
    const { socket, outbox, views } = this.line;
    const staff = view === this.staff;
    views.set(view.id, view);
    view.on("event", (event) => this.#arrived(event, staff));
    view.on("live", () => outbox.pump(view.id));
    for (const entry of await outbox.load(view.id)) if (!this.#drawn(entry.id)) this.thread.bubble(entry);
    if (views.get(view.id) === view) socket.subs.addStream(view);
  }

  /** The server drew it already: then it was stored, and only its acknowledgement got lost. @param {string} id */
  #drawn(id) {
    if (!this.root.querySelector(`[data-id="${CSS.escape(id)}"]`)) return false;
    this.line.outbox.arrived(id);
    return true;
  }

  /**
   * @param {import("./wire.js").LiveEvent} event
   * @param {boolean} staff
   */
  #arrived(event, staff) {
    this.thread.show(event, staff);
    if (event.id) this.line.outbox.arrived(event.id);
    this.root.dispatchEvent(new CustomEvent("live:message", { bubbles: true, detail: { event, staff } }));
  }

  #listen() {
    const { outbox } = this.line;
    this.open.on("read", (reads) => this.thread.setReads(reads));
    for (const view of this.#views()) view.on("typing", () => this.#drawTyping());
    this.thread.seen = (seq) => this.open.markRead(seq);
    this.undo.push(
      outbox.on("entry", (entry) => this.#moved(entry)),
      outbox.on("share", (told) => this.thread.share(told)),
      outbox.on("gone", (id) => this.thread.removeBubble(id)),
      outbox.on("renamed", ({ old }) => this.thread.removeBubble(old)),
    );
    this.root.addEventListener("click", (event) => this.#pressed(/** @type {Element} */ (event.target)));
  }

  #drawTyping() {
    this.thread.setTyping([...new Set(this.#views().flatMap((view) => [...view.typists.keys()]))]);
  }

  /** @param {import("./entries.js").Entry & {seq?: number}} entry */
  #moved(entry) {
    const view = this.#views().find((known) => known.id === entry.stream);
    if (!view) return;
    this.thread.bubble(entry);
    if (entry.state !== "sent" || entry.seq === undefined) return;
    this.thread.acked(entry.id, entry.seq, view === this.staff);
    view.onHead(entry.seq);
  }

  /** @param {Element} target */
  #pressed(target) {
    const id = /** @type {HTMLElement|null} */ (target.closest("[data-bubble]"))?.dataset.bubble;
    if (!id) return;
    const { outbox } = this.line;
    const key = /** @type {HTMLElement|null} */ (target.closest("[data-file]"))?.dataset.file ?? "";
    if (target.closest("[data-resend], [data-file-retry]")) outbox.retry(id);
    if (target.closest("[data-discard]")) outbox.discard(id);
    if (target.closest("[data-file-drop]")) outbox.dropFile(id, key);
  }

  /** @returns {import("./composer.js").Talk} */
  #talk() {
    const { outbox, socket } = this.line;
    const viewFor = (/** @type {string} */ kind) => (kind === "note" && this.staff ? this.staff : this.open);
    return {
      thread: this.thread,
      send: async (kind, body, id, files) => {
        const view = viewFor(kind);
        await outbox.add({ stream: view.id, kind, body, id, files });
        view.typingEnded(false);
      },
      typing: (kind) => viewFor(kind).typing(),
      typingEnded: () => this.#views().forEach((view) => view.typingEnded()),
      signedOut: () => socket.state === "signedout",
    };
  }

  /**
   * Takes the server's copy of the whole thread, both streams at once, and says where the asked one now stands.
   * @param {"public"|"staff"} side
   */
  async #refetch(side) {
    const { src = location.href, stream = "" } = this.root.dataset;
    const response = await fetch(src, { credentials: "same-origin", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
    const fresh = /** @type {HTMLElement|null} */ (page.querySelector(`[data-thread][data-stream="${CSS.escape(stream)}"]`));
    if (!fresh) throw new Error(`thread: ${response.status}`);
    this.thread.replace(fresh);
    const other = side === "public" ? this.staff : this.open;
    if (other && !other.resetting) other.moveTo(placeOf(fresh, side === "public" ? "staff" : "public"));
    return placeOf(fresh, side);
  }
}

/**
 * @param {HTMLElement} root
 * @param {"public"|"staff"} side
 */
function placeOf({ dataset: d }, side) {
  const [seq, epoch] =
    side === "public" ? [d.after ?? d.head, d.epoch] : [d.staffAfter ?? d.staffHead, d.staffEpoch];
  return { seq: Number(seq || 0), epoch: epoch || null };
}
