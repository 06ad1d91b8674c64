/**
 * Keeps what is typed in `form[data-keep="<name>"]` (or by the form's id) on this computer, by person, form and field,
 * for a week: it is there again after a reload, an expired session and signing in again. A guest's text stays with
 * the tab, since the next guest at the same computer has the same (no) name.
 */
const KEEP = 7 * 24 * 60 * 60 * 1000;
const WAIT = 300;
const FIELDS = "textarea, input[type=text], input[type=search], input:not([type])";

/**
 * @param {string} user
 * @param {string} form
 * @param {string} field
 */
export function draftKey(user, form, field) {
  return ["draft", encodeURIComponent(user), encodeURIComponent(form), encodeURIComponent(field)].join(":");
}

/** Text kept in a Storage, with its time. Storage that is missing or full keeps nothing and breaks nothing. */
export class DraftStore {
  /**
   * @param {Pick<Storage, "getItem"|"setItem"|"removeItem"|"key"|"length">|null} storage
   * @param {string} user
   * @param {() => number} [now]
   */
  constructor(storage, user, now = () => Date.now()) {
    this.storage = storage;
    this.user = user;
    this.now = now;
  }

  /** @param {string} form @param {string} field @returns {string} */
  get(form, field) {
    try {
      const { v, at } = JSON.parse(this.storage?.getItem(draftKey(this.user, form, field)) ?? "{}");
      return typeof v === "string" && this.now() - at < KEEP ? v : "";
    } catch {
      return "";
    }
  }

  /** @param {string} form @param {string} field @param {string} value */
  set(form, field, value) {
    const key = draftKey(this.user, form, field);
    try {
      if (value) this.storage?.setItem(key, JSON.stringify({ v: value, at: this.now() }));
      else this.storage?.removeItem(key);
    } catch {
      // full or forbidden: the text is still in the field
    }
  }

  /** Forgets every field of a form. @param {string} form */
  clear(form) {
    const start = draftKey(this.user, form, "");
    for (const key of this.#keys()) if (key.startsWith(start)) this.storage?.removeItem(key);
  }

  #keys() {
    const { storage } = this;
    return Array.from({ length: storage?.length ?? 0 }, (_, i) => storage?.key(i) ?? "");
  }
}

/** @param {HTMLFormElement} form */
const nameOf = (form) => form.dataset.keep || form.id;

/** @param {Element|null} form @returns {(HTMLInputElement|HTMLTextAreaElement)[]} */
function fieldsOf(form) {
  const all = /** @type {(HTMLInputElement|HTMLTextAreaElement)[]} */ ([...(form?.querySelectorAll(FIELDS) ?? [])]);
  return all.filter((field) => field.name && field.dataset.keep !== "off");
}

/** Ties drafts to the page's forms. */
export class Drafts {
  /**
   * @param {DraftStore} store
   * @param {string} loginPath   an answer from there is no success, though its status is 200
   */
  constructor(store, loginPath) {
    this.store = store;
    this.loginPath = loginPath;
    /** Forms with changes not yet stored. @type {Set<HTMLFormElement>} */
    this.dirty = new Set();
    /** @type {any} */
    this.timer = null;
  }

  start() {
    document.addEventListener("input", (event) => this.#typed(/** @type {Element} */ (event.target)));
    document.addEventListener("htmx:afterRequest", (event) => this.#answered(/** @type {CustomEvent} */ (event)));
    addEventListener("storage", (event) => this.#elsewhere(event));
    for (const name of ["pagehide", "visibilitychange"]) addEventListener(name, () => this.flush(), true);
    this.scan();
  }

  /** Restores what new forms have lost; first drops what the page says is done. @param {ParentNode} [root] */
  scan(root = document) {
    for (const el of root.querySelectorAll("[data-draft-clear]")) {
      this.store.clear(/** @type {HTMLElement} */ (el).dataset.draftClear ?? "");
    }
    for (const form of root.querySelectorAll("form[data-keep]")) this.#restore(/** @type {HTMLFormElement} */ (form));
  }

  flush() {
    clearTimeout(this.timer);
    for (const form of this.dirty) {
      for (const field of fieldsOf(form)) this.store.set(nameOf(form), field.name, changed(field) ? field.value : "");
    }
    this.dirty.clear();
  }

  /** @param {Element} target */
  #typed(target) {
    const form = /** @type {HTMLFormElement|null} */ (target.closest?.("form[data-keep]"));
    if (!form || !target.matches(FIELDS)) return;
    this.dirty.add(form);
    clearTimeout(this.timer);
    // An emptied field is forgotten at once: its text may just have been sent.
    if (/** @type {HTMLInputElement} */ (target).value === "") this.flush();
    else this.timer = setTimeout(() => this.flush(), WAIT);
  }

  /**
   * Another tab went on with the same words, or sent them: so does this one, unless it has words of its own. A form
   * whose page keeps drafts on the server (data-sends) is told by that.
   * @param {StorageEvent} event
   */
  #elsewhere({ key, oldValue, newValue }) {
    for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-keep]:not([data-sends])"))) {
      const field = fieldsOf(form).find((one) => draftKey(this.store.user, nameOf(form), one.name) === key);
      if (!field || (document.hasFocus() && field === document.activeElement) || field.value !== (wordsOf(oldValue) || field.defaultValue)) continue;
      field.value = wordsOf(newValue) || field.defaultValue;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  /** @param {HTMLFormElement} form */
  #restore(form) {
    if (form.dataset.kept) return;
    form.dataset.kept = "1";
    for (const field of fieldsOf(form)) {
      const kept = this.store.get(nameOf(form), field.name);
      if (!kept || changed(field) || kept === field.value) continue;
      field.value = kept;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  /** @param {CustomEvent} event */
  #answered(event) {
    const { elt, successful, xhr } = event.detail;
    const form = /** @type {HTMLFormElement|null} */ (elt?.matches?.("form[data-keep]") ? elt : null);
    if (!form || !successful || this.#isLogin(xhr)) return;
    this.dirty.delete(form);
    this.store.clear(nameOf(form));
  }

  /** An expired session answers with the sign-in page. @param {XMLHttpRequest} xhr */
  #isLogin(xhr) {
    if (!this.loginPath || !xhr?.responseURL) return false;
    return new URL(xhr.responseURL).pathname.startsWith(this.loginPath);
  }
}

/** The words of a stored draft. @param {string|null} raw */
function wordsOf(raw) {
  try {
    return String(JSON.parse(raw ?? "{}").v ?? "");
  } catch {
    return "";
  }
}

/** @param {HTMLInputElement|HTMLTextAreaElement} field */
function changed(field) {
  return field.value !== field.defaultValue;
}
