// @ts-check
/** Macros: found by name, shown with what they will say and do, put in where the cursor stands. */
import { find, show, tell } from "./console-dom.js";
import { Picker } from "./console-picker.js";
import { macroAt } from "./writing.js";

/** @typedef {{id: number, name: string, of: string}} Listed */
/** @typedef {{id: number, name: string, body: string, as_note: boolean, missing: string[], deeds: import("./writing.js").Deed[]}} Preview */
/** @typedef {{compose: () => any, ask: (url: string, body?: FormData) => Promise<any>, form: (fields: Record<string, string>) => FormData}} Page */

/** @param {Page} page */
export function chooseMacros({ compose, ask, form }) {
  /** Where the cursor was when the list was opened, and whether a ; opened it. @type {{from: number, to: number}|null} */
  let place = null;
  /** @type {Preview|null} */
  let seen = null;
  /** @type {Picker<Listed>|null} */
  let picker = null;
  let asked = 0;
  const field = () => /** @type {HTMLTextAreaElement|null} */ (find("#words"));
  const box = () => find("#macros");
  const search = () => /** @type {HTMLInputElement|null} */ (find("#macro-q"));
  const url = () => field()?.form?.dataset.macrosUrl ?? "";
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (find(`#macros [data-see="${name}"]`));
  /** What was looked at in ⌘K, by its id. @type {Map<string, Promise<Preview|null>>} */
  const looked = new Map();

  function close() {
    const panel = box();
    if (!panel || panel.hidden) return false;
    panel.hidden = true;
    find("[data-macros]")?.setAttribute("aria-expanded", "false");
    return true;
  }

  /** @param {number} from   what stands from here to the cursor opened it */
  function openAt(from) {
    const area = field();
    const panel = box();
    const list = find("#macro-list");
    const query = search();
    if (!area || !panel || !list || !query) return;
    place = { from, to: area.selectionEnd };
    if (picker?.options.list !== list) picker = new Picker({ list, field: search, draw, chosen: use, marked: look });
    panel.hidden = false;
    find("[data-macros]")?.setAttribute("aria-expanded", "true");
    query.value = "";
    query.focus();
    void fill();
  }

  /** @param {Listed} one @param {HTMLElement} li */
  function draw({ name, of }, li) {
    li.append(Object.assign(document.createElement("span"), { className: "cut", textContent: name }));
    li.append(Object.assign(document.createElement("span"), { className: "soft", textContent: of }));
  }

  async function fill() {
    const text = search()?.value ?? "";
    const turn = (asked += 1);
    const { macros } = await ask(`${url()}?q=${encodeURIComponent(text)}`).catch(() => ({ macros: [] }));
    if (turn !== asked || box()?.hidden) return;
    picker?.show(macros);
    part("none").hidden = macros.length > 0;
  }

  /** What it will say and do, before it is done. @param {Listed|null} one */
  async function look(one) {
    seen = null;
    if (!one) return drawSeen(null);
    const found = await ask(`${url()}${one.id}/`).catch(() => null);
    if (picker?.all[picker.at] !== one) return;
    seen = found;
    drawSeen(found);
  }

  /** @param {Preview|null} found */
  function drawSeen(found) {
    part("all").hidden = !found;
    if (found) drawPreview(part("all"), found);
  }

  /** @param {string} id @returns {Promise<Preview|null>} */
  function previewOf(id) {
    const key = `${url()}${id}/`;
    const known = looked.get(key) ?? ask(key).catch(() => (looked.delete(key), null));
    looked.set(key, known);
    return known;
  }

  /** The palette points at one. @param {{id: string, place: HTMLElement}} detail */
  async function lookAside({ id, place }) {
    place.dataset.macro = id;
    if (!id || !url()) return void (place.hidden = true);
    const found = await previewOf(id);
    if (place.dataset.macro !== id) return;
    place.hidden = !found;
    if (found) drawPreview(place, found);
    place.dispatchEvent(new Event("macro:looked")); // it took room: the list draws itself in
  }

  /** The palette chose one: it goes where the cursor stood. @param {string} id */
  async function putIn(id) {
    const area = field();
    if (!area) return;
    show("talk");
    place = { from: area.selectionEnd, to: area.selectionEnd };
    seen = await previewOf(id);
    looked.clear(); // what it says may be another next time
    if (seen) await use({ id: seen.id, name: seen.name, of: "" });
    else tell(find("[data-alerts]")?.dataset.lost ?? "", true);
  }

  /** @param {Listed|null} [one] */
  async function use(one = picker?.all[picker.at] ?? null) {
    if (!one) return;
    if (seen?.id !== one.id) seen = await ask(`${url()}${one.id}/`).catch(() => null);
    const area = field();
    const what = compose();
    if (!seen || !area || !what) return;
    const { id, body, as_note: asNote, deeds } = seen;
    const isNote = what.kind === "note";
    close();
    if (place && place.from < place.to) cut(area, place);
    if (asNote && !isNote) find("#tab-note")?.click();
    put(area, body, asNote && !isNote ? area.value.length : (place?.from ?? area.value.length));
    what.addDeeds(deeds);
    void ask(`${url()}${id}/`, form({ used: "1" })).catch(() => {});
  }

  /** The ; that opened the list. @param {HTMLTextAreaElement} area @param {{from: number, to: number}} range */
  function cut(area, { from, to }) {
    area.setRangeText("", from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {HTMLTextAreaElement} area @param {string} words @param {number} at */
  function put(area, words, at) {
    area.focus();
    area.setRangeText(words, at, at, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("[data-macros]")) return void (close() ? field()?.focus() : openAt(field()?.selectionStart ?? 0));
    if (target.closest("[data-macro-use]")) return void use();
    if (!target.closest("#macros")) close();
  });
  document.addEventListener("macro:look", (event) => void lookAside(/** @type {CustomEvent} */ (event).detail));
  document.addEventListener("macro:wanted", (event) => void putIn(/** @type {CustomEvent} */ (event).detail.id));
  document.addEventListener("input", (event) => {
    const target = /** @type {HTMLTextAreaElement} */ (event.target);
    if (target.id === "macro-q") void fill();
    const typed = /** @type {InputEvent} */ (event).data === ";";
    if (target.id === "words" && typed && macroAt(target.value, target.selectionStart)) openAt(target.selectionStart - 1);
  });
  document.addEventListener("keydown", (event) => {
    if (box()?.hidden !== false || !box()?.contains(/** @type {Node} */ (event.target))) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
      field()?.focus();
    } else if (/** @type {Element} */ (event.target).id === "macro-q") picker?.key(event);
  }, true);
}

/** @param {HTMLElement} root @param {Preview} found */
function drawPreview(root, found) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`[data-see="${name}"]`));
  part("name").textContent = found.name;
  part("body").replaceChildren(...marked(found.body));
  part("body").hidden = !found.body;
  part("note").hidden = !found.as_note;
  part("missing").hidden = !found.missing.length;
  part("names").textContent = found.missing.map((name) => `{{ ${name} }}`).join(", ");
  part("deeds").replaceChildren(...found.deeds.map(({ line }) => Object.assign(document.createElement("li"), { textContent: line })));
}

/** Placeholders that have no value stand out. @param {string} text @returns {(Node|string)[]} */
function marked(text) {
  return text.split(/(\{\{[^{}]*\}\})/).map((piece, n) => (n % 2 ? Object.assign(document.createElement("mark"), { textContent: piece }) : piece));
}
