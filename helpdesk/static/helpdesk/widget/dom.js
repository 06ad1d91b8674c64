/** Small helpers over the page that the server drew. Words come from it too: `<i data-k="…">` in #widget-texts. */

/** @template {Element} [T=HTMLElement] @param {string} selector @param {ParentNode} [root] @returns {T} */
export function one(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`missing: ${selector}`);
  return /** @type {any} */ (found);
}

/** @param {string} key @param {Record<string, string|number>} [fields] */
export function words(key, fields = {}) {
  const texts = /** @type {HTMLTemplateElement} */ (one("#widget-texts"));
  const found = texts.content.querySelector(`[data-k="${key}"]`)?.textContent ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => String(fields[name] ?? whole));
}

/** @param {Element} el @param {string} text */
export function say(el, text) {
  if (el.textContent !== text) el.textContent = text;
  /** @type {HTMLElement} */ (el).hidden = text === "";
}

/** A fresh copy of a template's one element. @param {string} id @returns {HTMLElement} */
export function copy(id) {
  const template = /** @type {HTMLTemplateElement} */ (one(`#${id}`));
  return /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
}

const lang = document.documentElement.lang || "en";

/** A moment as people say it, in the visitor's own zone. @param {string|null} iso */
export function moment(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const day = /** @type {Intl.DateTimeFormatOptions} */ (today ? {} : { weekday: "short", day: "numeric", month: "short" });
  return new Intl.DateTimeFormat(lang, { ...day, hour: "numeric", minute: "2-digit" }).format(at);
}

/** @param {string} day YYYY-MM-DD */
export function weekday(day) {
  return new Intl.DateTimeFormat(lang, { weekday: "long", timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}

/** @param {string} iso */
export function clock(iso) {
  return new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit" }).format(new Date(iso));
}
