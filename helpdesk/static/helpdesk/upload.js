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
 * shown ones out (`files:clear`), and hide those that belong to other words.
 * Without script the field is an ordinary one and the form carries the files itself.
 */

/** @param {number} bytes */
function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

class Upload {
  /** @param {HTMLElement} zone */
  constructor(zone) {
    this.zone = zone;
    this.form = /** @type {HTMLFormElement} */ (zone.closest("form"));
    this.input = /** @type {HTMLInputElement} */ (zone.querySelector("input[type=file]"));
    this.list = /** @type {HTMLElement} */ (this.form.querySelector("[data-upload-list]"));
    /** @type {{file: File, el: HTMLElement, done: boolean, xhr: XMLHttpRequest|null}[]} */
    this.items = [];
    this.#listen();
  }

  #listen() {
    this.input.addEventListener("change", () => this.add([...(this.input.files ?? [])]));
    this.form.addEventListener("files:stored", (event) => this.#put(/** @type {CustomEvent} */ (event).detail));
    this.form.addEventListener("files:clear", () => this.#clear());
    const over = (/** @type {boolean} */ on) => (/** @type {DragEvent} */ event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      this.zone.classList.toggle("is-over", on);
    };
    this.form.addEventListener("dragover", over(true));
    this.form.addEventListener("dragleave", over(false));
    this.form.addEventListener("drop", (event) => {
      over(false)(event);
      this.add([...(event.dataTransfer?.files ?? [])]);
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
      const item = { file, el: this.#draw(file), done: false, xhr: null };
      this.items.push(item);
      const wrong = this.#wrong(file, this.items.filter((known) => !known.el.hidden).length > most);
      if (wrong) this.#fail(item, wrong, false);
      else this.#send(item);
    }
    this.#sync();
  }

  /** Files that the server has already. @param {{id: string, name: string, size: number}[]} stored */
  #put(stored) {
    for (const { id, name, size } of stored) {
      const item = { file: /** @type {File} */ ({ name, size }), el: this.#draw(/** @type {File} */ ({ name, size })), done: true, xhr: null };
      this.items.push(item);
      this.#show(item.el, "progress", false);
      this.#name(item.el, id);
    }
    this.#sync();
  }

  /** They were sent: the next words have none. */
  #clear() {
    for (const item of this.items) if (!item.el.hidden) item.el.remove();
    this.items = this.items.filter((item) => item.el.hidden);
    this.#sync();
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
    el.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const item = this.items.find((known) => known.el === el);
      if (item && target.closest('[data-u="remove"]')) this.#remove(item);
      if (item && target.closest('[data-u="retry"]')) this.#send(item);
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

  /** @param {Upload["items"][0]} item @returns {Promise<boolean>} */
  #send(item) {
    const { el } = item;
    delete el.dataset.failed;
    this.#show(el, "why", false);
    this.#show(el, "retry", false);
    this.#show(el, "progress", true);
    return new Promise((resolve) => {
      const xhr = new XMLHttpRequest();
      const body = new FormData();
      body.append("file", item.file);
      item.xhr = xhr;
      xhr.open("POST", this.zone.dataset.upload ?? "");
      xhr.setRequestHeader("X-CSRFToken", /** @type {HTMLInputElement} */ (this.form.elements.namedItem("csrfmiddlewaretoken")).value);
      xhr.setRequestHeader("Accept", "application/json");
      xhr.upload.onprogress = ({ loaded, total }) => this.#progress(el, loaded / total);
      xhr.onload = () => resolve(this.#landed(item, xhr));
      xhr.onerror = () => resolve(this.#fail(item, this.#words("offline"), true));
      xhr.send(body);
    });
  }

  /** @param {HTMLElement} el @param {number} share */
  #progress(el, share) {
    const bar = el.querySelector("progress");
    if (bar) bar.value = share;
  }

  /** @param {Upload["items"][0]} item @param {XMLHttpRequest} xhr @returns {boolean} */
  #landed(item, xhr) {
    let answer = {};
    try {
      answer = JSON.parse(xhr.responseText);
    } catch {
      // not ours: a proxy's page or the sign-in page
    }
    if (xhr.status !== 201 || !answer.id) return this.#fail(item, answer.message ?? this.#words("offline"), xhr.status >= 500 || xhr.status === 429);
    item.done = true;
    this.#show(item.el, "progress", false);
    this.#name(item.el, answer.id);
    this.#sync();
    return true;
  }

  /** @param {Upload["items"][0]} item @param {string} why @param {boolean} again @returns {false} */
  #fail(item, why, again) {
    this.#show(item.el, "progress", false);
    this.#say(item.el, "why", why);
    this.#show(item.el, "why", true);
    this.#show(item.el, "retry", again);
    item.el.dataset.failed = "";
    return false;
  }

  /** @param {Upload["items"][0]} item */
  #remove(item) {
    item.xhr?.abort();
    if (item.done) this.#takeBack(item.el);
    item.el.remove();
    this.items = this.items.filter((known) => known !== item);
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
    const open = this.items.filter((item) => !item.done && item.el.dataset.failed === undefined);
    if (event.defaultPrevented || !open.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const landed = await Promise.all(open.map(settled));
    if (landed.every(Boolean)) this.form.requestSubmit(event.submitter);
  }
}

/** @param {{xhr: XMLHttpRequest|null, done: boolean}} item @returns {Promise<boolean>} */
function settled(item) {
  return new Promise((resolve) => item.xhr?.addEventListener("loadend", () => queueMicrotask(() => resolve(item.done))));
}

function scan() {
  for (const zone of document.querySelectorAll("[data-upload]")) {
    if (zone.dataset.uploadReady) continue;
    zone.dataset.uploadReady = "1";
    new Upload(/** @type {HTMLElement} */ (zone));
  }
}

document.addEventListener("htmx:afterSettle", scan);
scan();
