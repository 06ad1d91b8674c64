import { copy, one, say, words } from "./dom.js";

/** @typedef {{el: HTMLElement, file: File, id: string, state: "going"|"stored"|"failed"}} Item */

const MOST = 5;
const LARGEST = 10 * 1024 * 1024;

/** Files of one composer: chosen, dropped or pasted; with progress, again after a failure; opened with the visitor's own right. */
export class Files {
  /** @param {import("./desk.js").Desk} desk @param {HTMLFormElement} form */
  constructor(desk, form) {
    this.desk = desk;
    this.form = form;
    this.list = one("[data-files-list]", form);
    /** @type {Item[]} */
    this.items = [];
    /** The words and files of one try keep its client id. */
    this.client = "";
    const input = /** @type {HTMLInputElement} */ (one("input[type=file]", form));
    input.removeAttribute("name"); // they are stored first, then named
    input.addEventListener("change", () => {
      this.add([...(input.files ?? [])]);
      input.value = "";
    });
    form.addEventListener("dragover", (event) => event.preventDefault());
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      this.add([...(event.dataTransfer?.files ?? [])]);
    });
    form.addEventListener("paste", (event) => this.add([...(event.clipboardData?.files ?? [])]));
  }

  get some() {
    return this.items.length > 0;
  }

  get ready() {
    return this.items.every((item) => item.state === "stored");
  }

  get ids() {
    return this.items.map((item) => item.id);
  }

  /** @param {() => string} make */
  send(make) {
    this.client ||= make();
    return this.client;
  }

  /** @param {File[]} files */
  add(files) {
    for (const file of files) {
      const item = /** @type {Item} */ ({ el: copy("file-item"), file, id: "", state: "going" });
      say(one("[data-u=name]", item.el), file.name);
      one("[data-u=remove]", item.el).addEventListener("click", () => this.#drop(item));
      one("[data-u=retry]", item.el).addEventListener("click", () => this.#store(item));
      this.list.append(item.el);
      this.items.push(item);
      const wrong = this.items.length > MOST ? "too_many" : file.size === 0 ? "empty" : file.size > LARGEST ? "too_large" : "";
      if (wrong) this.#fail(item, words(`file_${wrong}`), false);
      else void this.#store(item);
    }
    this.#changed();
  }

  clear() {
    for (const { el } of this.items) el.remove();
    this.items = [];
    this.#changed();
  }

  /** @param {Item} item */
  #drop(item) {
    item.el.remove();
    this.items = this.items.filter((other) => other !== item);
    this.#changed();
  }

  #changed() {
    this.client = "";
    this.list.hidden = !this.some;
    // The composer counts stored files as something to send.
    for (const el of this.form.querySelectorAll("input[name=attachment_ids]")) el.remove();
    for (const id of this.ids.filter(Boolean)) {
      this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "attachment_ids", value: id }));
    }
    one("textarea", this.form).dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {Item} item @param {string} why @param {boolean} again */
  #fail(item, why, again) {
    item.state = "failed";
    item.el.dataset.state = "failed";
    say(one("[data-u=why]", item.el), why);
    one("[data-u=retry]", item.el).hidden = !again;
    one("[data-u=progress]", item.el).hidden = true;
  }

  /** @param {Item} item */
  async #store(item) {
    item.state = "going";
    say(one("[data-u=why]", item.el), "");
    one("[data-u=retry]", item.el).hidden = true;
    const bar = /** @type {HTMLProgressElement} */ (one("[data-u=progress]", item.el));
    bar.hidden = false;
    try {
      const told = await this.#post(item.file, (part) => (bar.value = part));
      if (!this.items.includes(item)) return;
      [item.id, item.state] = [told.id, "stored"];
      bar.hidden = true;
      this.#changed();
    } catch (error) {
      const { told, message } = /** @type {any} */ (error);
      this.#fail(item, told?.message ?? words("file_failed"), !told || message === "429");
    }
  }

  /** With progress, which fetch does not tell. @param {File} file @param {(part: number) => void} progress @returns {Promise<any>} */
  async #post(file, progress) {
    const { access } = await this.desk.granted();
    return new Promise((stored, failed) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${this.desk.home}files/`);
      request.setRequestHeader("Authorization", `Bearer ${access}`);
      request.setRequestHeader("Accept-Language", this.desk.lang);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onerror = () => failed(new Error("network"));
      request.onload = () => {
        if (request.status === 201) stored(request.response);
        else failed(Object.assign(new Error(String(request.status)), { told: request.response }));
      };
      const form = new FormData();
      form.append("file", file);
      request.send(form);
    });
  }

  /** No cookie opens a file here: it is fetched with the visitor's access and saved. @param {HTMLAnchorElement} link */
  async open(link) {
    const id = link.getAttribute("href")?.match(/\/t\/files\/([a-z0-9]+)\/$/)?.[1];
    if (!id) return;
    const name = one("[data-f=name]", link).textContent ?? "file";
    const response = await this.desk.request(`${this.desk.home}files/${id}/`);
    if (!response.ok) return;
    const url = URL.createObjectURL(await response.blob());
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}
