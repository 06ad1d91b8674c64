import { plural, text } from "./texts.js";
import { BadText, MAX_CHARS, countChars } from "./wire.js";

/** From this many characters left on, the field says how many. */
const TELL = 500;

/**
 * @typedef {object} Talk   what the composer does not know itself
 * @property {(kind: string, body: string, id?: string, files?: import("./files.js").Handed[]) => Promise<any>} send   resolves when the text is safe; throws BadText
 * @property {(kind: string) => void} typing
 * @property {() => void} typingEnded
 * @property {() => boolean} signedOut
 * @property {import("./thread.js").Thread} thread
 */

/**
 * Makes `form[data-live-composer]` send over the live line. Its files are handed over by whoever holds them in the form
 * (`files:ask`, with a list to put them into, then `files:clear`); with others in it, it stays the form that it is.
 */
export class Composer {
  /**
   * @param {HTMLFormElement} form
   * @param {Talk} talk
   */
  constructor(form, talk) {
    this.form = form;
    this.talk = talk;
    this.field = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.mode = form.dataset.mode ?? talk.thread.root.dataset.mode ?? "ticket";
    this.busy = false;
    /** The button that was pressed. @type {HTMLElement|null} */
    this.submitter = null;
    /** The words about which the writer was told something: it stands until they change. @type {string|null} */
    this.told = null;
    this.abort = new AbortController();
    const { signal } = this.abort;
    // Before htmx and the browser: this form is ours while the line can carry it.
    form.addEventListener("submit", (event) => this.#submit(event), { capture: true, signal });
    form.addEventListener("input", () => this.#changed(), { signal });
    form.addEventListener("change", () => this.#changed(), { signal });
    this.field.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.field.addEventListener("blur", () => talk.typingEnded(), { signal });
    this.#wireHeld(signal);
    if (!this.#isPages()) form.dataset.carries = ""; // whoever uploads need not wait: the message does, in the outbox
    this.#changed();
  }

  close() {
    delete this.form.dataset.carries;
    this.abort.abort();
  }

  /** reply or note: a chosen radio or a hidden field named kind, else the form's data-kind. */
  kind() {
    return String(new FormData(this.form).get("kind") ?? this.form.dataset.kind ?? "reply");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229: Safari says Enter while a word is still being composed.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const chord = event.metaKey || event.ctrlKey;
    const sends = chord || (this.mode === "chat" && !event.shiftKey && !event.altKey);
    if (!sends) return;
    event.preventDefault();
    if (this.#sendable()) this.form.requestSubmit();
  }

  #changed() {
    const left = MAX_CHARS - countChars(this.field.value);
    const typed = this.field.value.trim() !== "";
    this.#say("[data-counter]", left >= 0 && left < TELL ? plural("left", left) : "");
    if (this.field.value !== this.told) this.#error(left < 0 ? plural("over", -left) : "");
    for (const button of this.#buttons()) button.disabled = !this.#sendable();
    this.talk.thread.setWriting(typed);
    if (!typed) this.#showHeld(false);
    if (typed && document.activeElement === this.field) this.talk.typing(this.kind());
    else this.talk.typingEnded();
  }

  #sendable() {
    const { value } = this.field;
    return (value.trim() !== "" || this.#hasOthers() || this.#offered().length > 0) && countChars(value) <= MAX_CHARS;
  }

  /** Files that nobody hands over, chosen or named in a hidden field: they travel with the form. */
  #hasOthers() {
    const named = [...this.form.querySelectorAll('input[name="attachment_ids"]:not(:disabled)')];
    const inputs = /** @type {HTMLInputElement[]} */ ([...this.form.querySelectorAll("input[type=file]")]);
    return named.length > this.#offered().length || inputs.some((input) => (input.files?.length ?? 0) > 0);
  }

  /** Files that the outbox can take over. @returns {import("./files.js").Handed[]} */
  #offered() {
    /** @type {import("./files.js").Handed[]} */
    const files = [];
    this.form.dispatchEvent(new CustomEvent("files:ask", { detail: { files } }));
    return files;
  }

  /** @returns {HTMLButtonElement[]} */
  #buttons() {
    return [...this.form.querySelectorAll("button")].filter((button) => button.type === "submit");
  }

  /** @param {Event} event */
  #submit(event) {
    if (this.#hasOthers() && !this.#isPages()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.submitter = /** @type {SubmitEvent} */ (event).submitter;
    if (this.talk.signedOut()) this.#signIn();
    else if (this.#mustHold()) this.#showHeld(true);
    else this.#send();
  }

  /** A script of the page sends what is written on a ticket, files and all. */
  #isPages() {
    return this.form.dataset.sends === "page" && this.mode === "ticket";
  }

  /** Whoever prevents `compose:send` sends it: {kind, body, mode, submitter, queue}; `queue(id)` sends it from here. */
  async #send() {
    const { submitter, mode } = this;
    this.submitter = null;
    const detail = { kind: this.kind(), body: this.field.value, mode, submitter, queue: (/** @type {string} */ id) => this.#queue(id) };
    if (this.form.dispatchEvent(new CustomEvent("compose:send", { cancelable: true, detail }))) await this.#queue();
  }

  /** @param {string} [id]   the client_id under which it may have arrived already */
  async #queue(id) {
    if (this.busy) return;
    this.busy = true;
    const body = this.field.value;
    try {
      await this.talk.send(this.kind(), body, id, this.#offered());
      this.form.dispatchEvent(new CustomEvent("files:clear", { detail: { sent: true } }));
      this.#sent(body);
    } catch (error) {
      if (!(error instanceof BadText)) throw error;
      this.#error(text(error.code));
    } finally {
      this.busy = false;
    }
  }

  /** The text is in the outbox: the field is free, unless more was typed meanwhile. @param {string} body */
  #sent(body) {
    if (this.field.value === body) this.field.value = "";
    else if (this.field.value.startsWith(body)) this.field.value = this.field.value.slice(body.length);
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.focus({ preventScroll: true });
    this.talk.thread.toEnd();
  }

  /** A reply that would cross a colleague's or the buyer's words waits until they were looked at. */
  #mustHold() {
    const bar = this.#held();
    return this.mode === "ticket" && this.kind() === "reply" && bar?.hidden === true && this.talk.thread.since > 0;
  }

  /** @returns {HTMLElement|null} */
  #held() {
    return this.form.querySelector("[data-held]") ?? this.talk.thread.root.querySelector("[data-held]");
  }

  /** @param {boolean} on */
  #showHeld(on) {
    const bar = this.#held();
    if (!bar) return;
    bar.hidden = !on;
    if (on) (bar.querySelector("[data-held-text]") ?? bar).textContent = plural("held", this.talk.thread.since);
  }

  /** @param {AbortSignal} signal */
  #wireHeld(signal) {
    this.#held()?.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const read = target.closest("[data-held-read]");
      if (!read && !target.closest("[data-held-send]")) return;
      if (read) this.talk.thread.toSince();
      else this.#send();
      this.#showHeld(false);
      this.field.focus({ preventScroll: true });
    }, { signal });
  }

  #signIn() {
    const { login = "" } = document.documentElement.dataset;
    this.#error(`${text("signed_out")} `);
    const place = this.form.querySelector("[data-error]");
    if (!place || !login) return;
    const link = document.createElement("a");
    link.href = `${login}?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = text("sign_in");
    place.append(link);
  }

  /** @param {string} words */
  #error(words) {
    this.told = words ? this.field.value : null;
    this.#say("[data-error]", words);
    if (words) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }

  /**
   * @param {string} selector
   * @param {string} words
   */
  #say(selector, words) {
    const el = /** @type {HTMLElement|null} */ (this.form.querySelector(selector));
    if (!el || el.textContent === words) return;
    el.textContent = words;
    el.hidden = words === "";
  }
}
