import { missing } from "./entries.js";
import { csrfToken } from "./ticket.js";
import { browserEnv } from "./wire.js";

/**
 * Files on their way to the server, and those that a message in the outbox waits for.
 *
 * @typedef {{id: string, name: string, size: number, type?: string, url?: string}} Stored   as the server knows it
 * @typedef {import("./entries.js").EntryFile} EntryFile
 * @typedef {import("./entries.js").Entry} Entry
 *
 * What a form hands over when its words are sent.
 * @typedef {object} Handed
 * @property {string} name
 * @property {number} size
 * @property {string} type
 * @property {string} to
 * @property {string|null} id
 * @property {Blob|null} blob
 * @property {Transfer|null} transfer   under way already
 */

/** Milliseconds without a sign of progress after which a transfer is given up. */
const STALL = 30_000;
/** The file was with a page that is gone. In the place of the server's words. */
export const LOST = "lost";
/** Pictures that are shown as such. */
const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

/** @param {string} type */
export const isPicture = (type) => PICTURE.test(type);

/** How a picture of this site gets into its place. @type {(img: HTMLImageElement, url: string) => void} */
let ownPicture = (img, url) => void (img.src = url);

/** A page without a session says here how it fetches a picture with its own right, once. @param {(img: HTMLImageElement, url: string) => void} show */
export function picturesWith(show) {
  ownPicture = show;
}

/** The small picture in the place of the sign, `img[data-thumb]`; one that is none stays hidden. @param {HTMLElement} el @param {string} url */
export function showPicture(el, url) {
  const img = /** @type {HTMLImageElement|null} */ (el.querySelector("img[data-thumb]"));
  if (!img) return;
  const show = (/** @type {boolean} */ on) => {
    img.hidden = !on;
    el.classList.toggle("has-thumb", on);
  };
  img.addEventListener("error", () => show(false), { once: true });
  if (url.startsWith("blob:")) img.src = url;
  else ownPicture(img, url);
  show(true);
}

/** It was not taken. `again`: not because of the file, so that another try may help. */
export class NotTaken extends Error {
  /** @param {string} message @param {boolean} again */
  constructor(message, again) {
    super(message);
    this.again = again;
  }
}

/** What every transfer carries. @type {() => Record<string, string>} */
let ownHeaders = () => ({ "X-CSRFToken": csrfToken() });

/** A page without a session says here who sends, once. @param {() => Record<string, string>} headers */
export function uploadWith(headers) {
  ownHeaders = headers;
}

/** One file under way: `done` settles with Stored or NotTaken; `heard` is told the share, 0 to 1. */
export class Transfer {
  /**
   * @param {object} options
   * @param {string} options.to
   * @param {Blob} options.blob
   * @param {string} options.name
   * @param {() => Record<string, string>} [options.headers]
   * @param {import("./wire.js").Env} [options.env]
   * @param {new () => any} [options.Request]
   */
  constructor({ to, blob, name, headers = ownHeaders, env = browserEnv, Request = XMLHttpRequest }) {
    this.share = 0;
    this.heard = (/** @type {number} */ _share) => {};
    this.env = env;
    this.xhr = new Request();
    /** @type {any} */
    this.stall = null;
    /** @type {Promise<Stored>} */
    this.done = new Promise((resolve, reject) => this.#send({ to, blob, name, headers }, resolve, reject));
    this.done.catch(() => {}); // whoever waits is told; nobody need
  }

  abort() {
    this.xhr.abort();
  }

  /**
   * @param {{to: string, blob: Blob, name: string, headers: () => Record<string, string>}} what
   * @param {(stored: Stored) => void} resolve
   * @param {(error: NotTaken) => void} reject
   */
  #send({ to, blob, name, headers }, resolve, reject) {
    const { xhr } = this;
    const body = new FormData();
    body.append("file", blob, name);
    xhr.open("POST", to);
    for (const [field, value] of Object.entries({ Accept: "application/json", ...headers() })) xhr.setRequestHeader(field, value);
    xhr.upload.onprogress = (/** @type {ProgressEvent} */ { loaded, total }) => this.#moved(loaded / total);
    xhr.onload = () => settle(xhr, resolve, reject);
    xhr.onerror = xhr.onabort = () => reject(new NotTaken("", true));
    xhr.onloadend = () => this.env.cancel(this.stall);
    this.#moved(0);
    xhr.send(body);
  }

  /** @param {number} share */
  #moved(share) {
    this.share = share;
    this.env.cancel(this.stall);
    this.stall = this.env.later(() => this.abort(), STALL);
    this.heard(share);
  }
}

/**
 * @param {{status: number, responseText: string}} xhr
 * @param {(stored: Stored) => void} resolve
 * @param {(error: NotTaken) => void} reject
 */
function settle({ status, responseText }, resolve, reject) {
  let answer = null;
  try {
    answer = JSON.parse(responseText);
  } catch {
    // not ours: a proxy's page or the sign-in page
  }
  if (status === 201 && answer?.id) resolve(answer);
  else reject(new NotTaken(String(answer?.message ?? ""), !answer?.message || status >= 500 || [401, 403, 429].includes(status)));
}

/** The transfers of messages in the outbox, by the file's key. */
export class Freight {
  /** @param {(file: EntryFile) => Transfer} [start] */
  constructor(start = (file) => new Transfer({ to: file.to, blob: /** @type {Blob} */ (file.blob), name: file.name })) {
    this.start = start;
    /** @type {Map<string, Transfer>} */
    this.transfers = new Map();
  }

  /** It is under way already. @param {EntryFile} file @param {Transfer|null} transfer */
  adopt(file, transfer) {
    if (transfer && !file.id) this.transfers.set(file.key, transfer);
  }

  /**
   * Brings what an entry waits for. `again`: not now, but another time; `refused`: a file has its `why`.
   * @param {Entry} entry
   * @param {EntryFile[]} kept   as the store has them: another tab may have brought some
   * @param {{share: (key: string, share: number) => void, brought: () => Promise<void>}} told
   * @returns {Promise<"brought"|"again"|"refused">}
   */
  async bringAll(entry, kept, told) {
    for (const file of missing(entry)) {
      const found = kept.find((one) => one.key === file.key);
      Object.assign(file, { id: found?.id ?? null, blob: file.blob ?? found?.blob ?? null });
    }
    for (const file of missing(entry)) {
      const problem = await this.#bring(entry, file, told);
      if (problem) return problem;
    }
    return "brought";
  }

  /** @param {string} key */
  cancel(key) {
    this.transfers.get(key)?.abort();
    this.transfers.delete(key);
  }

  /**
   * @param {Entry} entry
   * @param {EntryFile} file
   * @param {{share: (key: string, share: number) => void, brought: () => Promise<void>}} told
   * @returns {Promise<"again"|"refused"|null>}
   */
  async #bring(entry, file, told) {
    if (!file.blob) return refuse(file, LOST);
    try {
      const { id, name, size } = await this.#transfer(file, (share) => told.share(file.key, share));
      if (!entry.files?.includes(file)) return null; // left out meanwhile
      Object.assign(file, { id, name, size, blob: null });
      await told.brought();
      return null;
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      if (!entry.files?.includes(file)) return null;
      return error.again ? "again" : refuse(file, error.message);
    }
  }

  /** @param {EntryFile} file @param {(share: number) => void} heard */
  async #transfer(file, heard) {
    const transfer = this.transfers.get(file.key) ?? this.start(file);
    this.transfers.set(file.key, transfer);
    transfer.heard = heard;
    heard(transfer.share);
    try {
      return await transfer.done;
    } finally {
      this.transfers.delete(file.key);
    }
  }
}

/** @param {EntryFile} file @param {string} why @returns {"refused"} */
function refuse(file, why) {
  file.why = why;
  return "refused";
}
