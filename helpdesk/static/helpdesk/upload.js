/**
 * Files by choice, drag and paste, with progress and retry, for `[data-upload="<address>"]` inside a form:
 *
 *   <div data-upload="/tickets/files/" data-max-bytes="…" data-max-files="…">
 *     <input type="file" name="files" multiple> … <ul data-upload-list>…</ul>
 *     <template data-upload-item><li><span data-u="name"></span> <progress> <p data-u="why"> <button data-u="retry"> …</template>
 *     <i hidden data-u-words="too_large">…</i>
 *   </div>
 *
 * `data-remove="/…/ID/remove/"` tells the server of a stored file that is taken out again.
 * A stored file becomes a hidden `attachment_ids` field; the form waits for those that are under way.
 * A script of the page may put stored files in (`files:stored` on the form, with {id, name, size} of each), take all
 * shown ones out (`files:clear`), and hide those that belong to other words. A form that carries its files itself
 * (data-carries) asks for them (`files:ask`, with a list) and takes them over as they are, under way or not; those that
 * the server refused stay here with their reason.
 * Without script the field is an ordinary one and the form carries the files itself.
 */

import { NotTaken, Transfer, isPicture, showPicture } from "../core/live/files.js";
import { sizeText } from "../core/live/format.js";

/**
 * @typedef {object} Item
 * @property {File} file
 * @property {HTMLElement} el
 * @property {string|null} id             the server's, once it is there
 * @property {boolean} refused            another try would not help
 * @property {Transfer|null} transfer     under way
 */

class Upload {
  /** @param {HTMLElement} zone */
  constructor(zone) {
    this.zone = zone;
    this.form = /** @type {HTMLFormElement} */ (zone.closest("form"));
    this.input = /** @type {HTMLInputElement} */ (zone.querySelector("input[type=file]"));
    this.list = /** @type {HTMLElement} */ (this.form.querySelector("[data-upload-list]"));
    /** @type {Item[]} */
    this.items = [];
    this.#listen();
  }

  #listen() {
    this.input.addEventListener("change", () => this.add([...(this.input.files ?? [])]));
    this.form.addEventListener("files:stored", (event) => this.#put(/** @type {CustomEvent} */ (event).detail));
    this.form.addEventListener("files:clear", (event) => this.#clear(/** @type {CustomEvent} */ (event).detail?.sent === true));
    this.form.addEventListener("files:ask", (event) => this.#offer(/** @type {CustomEvent} */ (event).detail.files));
    const over = (/** @type {boolean} */ on) => (/** @type {DragEvent} */ event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      this.zone.classList.toggle("is-over", on);
    };
    const place = /** @type {HTMLElement} */ (this.form.closest("[data-thread]") ?? this.form); // all of a talk takes what is dropped
    place.addEventListener("dragover", over(true));
    place.addEventListener("dragleave", over(false));
    place.addEventListener("drop", (event) => {
      over(false)(event);
      if (this.form.isConnected) this.add([...(event.dataTransfer?.files ?? [])]);
    });
    this.form.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) this.add(files);
    });
    // Before the live composer and before htmx: they would send the words without their files.
    this.form.addEventListener("submit", (event) => this.#submit(event), true);
  }

  /** @param {File[]} files */
  add(files) {
    const most = Number(this.zone.dataset.maxFiles ?? 10);
    for (const file of files) {
      if (this.items.some((item) => item.file === file)) continue;
      /** @type {Item} */
      const item = { file, el: this.#draw(file), id: null, refused: false, transfer: null };
      this.items.push(item);
      const wrong = this.#wrong(file, this.items.filter((known) => !known.el.hidden).length > most);
      if (wrong) this.#fail(item, wrong, false);
      else void this.#send(item);
    }
    this.#sync();
  }

  /** Files that the server has already. @param {{id: string, name: string, size: number}[]} stored */
  #put(stored) {
    for (const { id, name, size } of stored) {
      const file = /** @type {File} */ ({ name, size, type: "" });
      const item = { file, el: this.#draw(file), id, refused: false, transfer: null };
      this.items.push(item);
      this.#show(item.el, "progress", false);
      this.#name(item.el, id);
    }
    this.#sync();
  }

  /** They were sent: the next words have none. @param {boolean} refusedStay */
  #clear(refusedStay) {
    const stays = (/** @type {Item} */ item) => item.el.hidden || (refusedStay && item.refused);
    for (const item of this.items) if (!stays(item)) this.#erase(item);
    this.items = this.items.filter(stays);
    this.#sync();
  }

  /** @param {import("../core/live/files.js").Handed[]} files */
  #offer(files) {
    for (const { file, el, id, refused, transfer } of this.items) {
      if (el.hidden || refused) continue;
      const { name, size, type } = file;
      files.push({ name, size, type, to: this.zone.dataset.upload ?? "", id, blob: id ? null : file, transfer });
    }
  }

  /** @param {Item} item */
  #erase({ el }) {
    for (const img of el.querySelectorAll("img")) URL.revokeObjectURL(img.src);
    el.remove();
  }

  /** @param {HTMLElement} el @param {string} id */
  #name(el, id) {
    el.append(Object.assign(document.createElement("input"), { type: "hidden", name: "attachment_ids", value: id }));
  }

  /** @param {File} file @param {boolean} tooMany */
  #wrong(file, tooMany) {
    if (tooMany) return this.#words("too_many");
    if (file.size === 0) return this.#words("empty");
    return file.size > Number(this.zone.dataset.maxBytes ?? Infinity) ? this.#words("too_large") : "";
  }

  /** @param {string} key */
  #words(key) {
    return this.zone.querySelector(`[data-u-words="${key}"]`)?.textContent ?? key;
  }

  /** @param {File} file */
  #draw(file) {
    const template = /** @type {HTMLTemplateElement} */ (this.zone.querySelector("template[data-upload-item]"));
    const el = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    this.#say(el, "name", file.name);
    this.#say(el, "size", sizeText(file.size));
    if (isPicture(file.type)) showPicture(el, URL.createObjectURL(file));
    el.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const item = this.items.find((known) => known.el === el);
      if (item && target.closest('[data-u="remove"]')) this.#remove(item);
      if (item && target.closest('[data-u="retry"]')) void this.#send(item);
    });
    this.list.append(el);
    return el;
  }

  /** @param {HTMLElement} el @param {string} part @param {string} words */
  #say(el, part, words) {
    const place = /** @type {HTMLElement|null} */ (el.querySelector(`[data-u="${part}"]`));
    if (place) place.textContent = words;
  }

  /** @param {HTMLElement} el @param {string} part @param {boolean} on */
  #show(el, part, on) {
    const place = /** @type {HTMLElement|null} */ (el.querySelector(`[data-u="${part}"]`));
    if (place) place.hidden = !on;
  }

  /** @param {Item} item */
  async #send(item) {
    const { el, file } = item;
    delete el.dataset.failed;
    this.#show(el, "why", false);
    this.#show(el, "retry", false);
    this.#show(el, "progress", true);
    const transfer = new Transfer({ to: this.zone.dataset.upload ?? "", blob: file, name: file.name });
    item.transfer = transfer;
    transfer.heard = (share) => this.#progress(el, share);
    try {
      const { id } = await transfer.done;
      item.id = id;
      this.#show(el, "progress", false);
      this.#name(el, id);
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      this.#fail(item, error.message || this.#words("offline"), error.again);
    }
    item.transfer = null;
    this.#sync();
  }

  /** @param {HTMLElement} el @param {number} share */
  #progress(el, share) {
    const bar = el.querySelector("progress");
    if (bar) bar.value = share;
  }

  /** @param {Item} item @param {string} why @param {boolean} again */
  #fail(item, why, again) {
    this.#show(item.el, "progress", false);
    this.#say(item.el, "why", why);
    this.#show(item.el, "why", true);
    this.#show(item.el, "retry", again);
    item.refused = !again;
    item.el.dataset.failed = "";
  }

  /** @param {Item} item */
  #remove(item) {
    this.items = this.items.filter((known) => known !== item);
    item.transfer?.abort();
    if (item.id) this.#takeBack(item.el);
    this.#erase(item);
    this.#sync();
    this.input.focus();
  }

  /** Where the server keeps what was chosen (`data-remove`, with ID for the file's), it is told. @param {HTMLElement} el */
  #takeBack(el) {
    const id = /** @type {HTMLInputElement|null} */ (el.querySelector("[name=attachment_ids]"))?.value;
    if (!id || !this.zone.dataset.remove) return;
    const token = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("csrfmiddlewaretoken")).value;
    void fetch(this.zone.dataset.remove.replace("ID", id), { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
  }

  /** The field is empty again: what was chosen travels by itself and comes back as a hidden field. */
  #sync() {
    this.input.value = "";
    this.form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Waits for what is under way; then the form goes out as it is. @param {SubmitEvent} event */
  async #submit(event) {
    const open = this.items.flatMap(({ transfer }) => transfer ?? []);
    if (event.defaultPrevented || !open.length || this.form.dataset.carries !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const landed = await Promise.allSettled(open.map(({ done }) => done));
    await Promise.resolve(); // its field is in the form then
    if (landed.every(({ status }) => status === "fulfilled")) this.form.requestSubmit(event.submitter);
  }
}

/** Wires the zones that are new on the page. */
export function scan() {
  for (const zone of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-upload]"))) {
    if (zone.dataset.uploadReady) continue;
    zone.dataset.uploadReady = "1";
    new Upload(zone);
  }
}

document.addEventListener("htmx:afterSettle", scan);
scan();
