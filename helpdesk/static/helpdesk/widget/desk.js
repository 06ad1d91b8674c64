import { SignedOut } from "../../core/live/socket.js";
import { Keep } from "./keep.js";

/**
 * The helpdesk as a visitor reaches it: a token that stays in this browser, traded for an access of fifteen minutes.
 * No cookie goes along, and no token ever stands in an address.
 *
 * @typedef {object} Grant
 * @property {string|null} token
 * @property {string} access
 * @property {number} expires_in   seconds
 * @property {string} person
 * @property {string} name
 * @property {string} email
 * @property {boolean} identified
 */

/** The server said no. `told` is its whole answer: code, message, fields, and what the code adds. */
export class Refused extends Error {
  /** @param {number} status @param {any} told */
  constructor(status, told) {
    super(told?.message ?? String(status));
    this.status = status;
    this.told = told ?? {};
    this.code = this.told.code ?? "";
  }
}

/** Milliseconds before its end at which an access is renewed. */
const EARLY = 60_000;

export class Desk {
  /** @param {string} key @param {string} lang */
  constructor(key, lang) {
    this.key = key;
    this.home = `/api/v1/widget/${key}/`;
    this.lang = lang;
    this.slot = `helpdesk-visitor:${key}`;
    this.kept = new Keep(this.slot);
    /** @type {Grant|null} */
    this.grant = null;
    this.until = 0;
    /** One trade at a time. @type {Promise<Grant>|null} */
    this.trading = null;
  }

  get token() {
    return this.kept.value;
  }

  /** @param {string} token */
  set token(token) {
    this.kept.value = token;
  }

  /** @param {Grant} grant */
  #take(grant) {
    if (grant.token) this.token = grant.token;
    this.grant = grant;
    this.until = Date.now() + grant.expires_in * 1000 - EARLY;
    return grant;
  }

  forget() {
    this.grant = null;
    this.token = "";
  }

  /** Whom this browser is, if it is anybody yet. @returns {Promise<Grant|null>} */
  async known() {
    if (!this.token) return null;
    try {
      return await this.granted();
    } catch (error) {
      if (error instanceof SignedOut) return null;
      throw error;
    }
  }

  /** An access that is good. Throws SignedOut when the token is over. @returns {Promise<Grant>} */
  granted() {
    if (this.grant && Date.now() < this.until) return Promise.resolve(this.grant);
    this.trading ??= this.#trade().finally(() => (this.trading = null));
    return this.trading;
  }

  async #trade() {
    const { token } = this;
    if (!token) throw new SignedOut();
    try {
      return this.#take(await this.#call("access/", { method: "POST", body: { token } }));
    } catch (error) {
      if (!(error instanceof Refused) || (error.status !== 401 && error.status !== 404)) throw error;
      if (this.token === token) this.forget(); // unless another tab has a newer one
      throw new SignedOut();
    }
  }

  /** Somebody writes who was nobody yet. */
  async begin() {
    const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    return this.#take(await this.#call("visitors/", { method: "POST", body: { timezone } }));
  }

  /** @param {string} identity */
  async identify(identity) {
    const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    return this.#take(await this.#call("identify/", { method: "POST", body: { token: this.token, identity, timezone } }));
  }

  async reset() {
    const { token } = this;
    this.forget();
    if (token) await this.#call("reset/", { method: "POST", body: { token } });
  }

  /** For everyone: the desk's hours. @param {string} zone */
  hours(zone) {
    return this.#call(`?zone=${encodeURIComponent(zone)}`);
  }

  /**
   * As this visitor; an access that was over is renewed once.
   * @param {string} path
   * @param {any} [body]
   */
  async ask(path, body) {
    const response = await this.request(this.home + path, body === undefined ? {} : { method: "POST", ...asJson(body) });
    return answer(response);
  }

  /** The same for the live line and for files. @type {import("../../core/live/poll.js").Request} */
  request = async (path, init = {}) => {
    const first = await this.#send(path, init);
    if (first.status !== 401) return first;
    this.until = 0;
    return this.#send(path, init);
  };

  /** For a file on its way: what there is now. One that is over is renewed meanwhile, and the file is tried again. */
  headers() {
    void this.known().catch(() => null);
    return { Authorization: `Bearer ${this.grant?.access ?? ""}`, "Accept-Language": this.lang };
  }

  /** @param {string} path @param {RequestInit} init */
  async #send(path, init) {
    const { access } = await this.granted();
    const headers = { Authorization: `Bearer ${access}`, "Accept-Language": this.lang, ...init.headers };
    return fetch(path, { ...init, credentials: "omit", redirect: "error", headers });
  }

  /** Without an access. @param {string} path @param {{method?: string, body?: any}} [init] */
  async #call(path, { method = "GET", body } = {}) {
    const more = body === undefined ? { headers: {} } : asJson(body);
    const headers = { "Accept-Language": this.lang, ...more.headers };
    const response = await fetch(this.home + path, { method, ...more, headers, credentials: "omit", redirect: "error", signal: AbortSignal.timeout(20_000) });
    return answer(response);
  }

  /** Answers of the help centre, in this language. @param {string} path */
  async read(path) {
    const response = await fetch(`/api/v1/faq/${path}`, { credentials: "omit", headers: { "Accept-Language": this.lang } });
    return answer(response);
  }
}

/** @param {any} body */
function asJson(body) {
  return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

/** @param {Response} response */
async function answer(response) {
  const told = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, told);
  return told;
}
