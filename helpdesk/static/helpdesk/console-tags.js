// @ts-check
/** Known tags while one is typed, in every field that takes several with commas: `input[data-tags=<where to ask>]`. */
import { Picker } from "./console-picker.js";
import { tagAt, withTag } from "./writing.js";

const WAIT = 60; // milliseconds of silence before it is asked
const LIST = "tag-list";

/** What was found for some letters: a second look costs nothing. @type {Map<string, Promise<string[]>>} */
const known = new Map();
/** @type {HTMLInputElement|null} */
let field = null;
/** @type {HTMLElement|null} */
let box = null;
/** @type {Picker<string>|null} */
let picker = null;
let timer = 0;
let turn = 0;

/** @param {EventTarget|null} target @returns {HTMLInputElement|null} */
const tagField = (target) => (target instanceof HTMLInputElement && target.dataset.tags !== undefined ? target : null);

/** @param {HTMLInputElement} at @param {string} letters */
function ask(at, letters) {
  const url = `${at.dataset.tags}?q=${encodeURIComponent(letters)}`;
  const found = known.get(letters) ?? fetch(url, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : { tags: [] }))
    .then(({ tags }) => tags)
    .catch(() => (known.delete(letters), [])); // prettier-ignore
  known.set(letters, found);
  return found;
}

/** @param {HTMLInputElement} at */
async function look(at) {
  const mine = (turn += 1);
  const { text, others } = tagAt(at.value, at.selectionStart ?? at.value.length);
  const found = text ? await ask(at, text) : [];
  if (mine !== turn || document.activeElement !== at) return;
  const fresh = found.filter((tag) => tag !== text && !others.includes(tag));
  if (!fresh.length) return void close();
  open(at);
  picker?.show(fresh);
}

/** The list floats below its field, in the dialog that the field stands in. @param {HTMLInputElement} at */
function open(at) {
  if (field !== at) close();
  field = at;
  if (!box) {
    const list = Object.assign(document.createElement("ul"), { id: LIST, role: "listbox", ariaLabel: at.labels?.[0]?.textContent ?? "" });
    box = Object.assign(document.createElement("div"), { className: "picker tag-list", popover: "manual" });
    box.append(list);
    at.after(box);
    picker = new Picker({ list, field: () => field, draw: (tag, li) => li.append(tag), chosen: put });
    box.showPopover();
  }
  at.setAttribute("role", "combobox");
  at.setAttribute("aria-autocomplete", "list");
  at.setAttribute("aria-controls", LIST);
  at.setAttribute("aria-expanded", "true");
  const { left, bottom, width } = at.getBoundingClientRect();
  Object.assign(box.style, { left: `${left}px`, top: `${bottom + 4}px`, width: `${width}px` });
}

function close() {
  const was = box !== null;
  box?.remove();
  box = picker = null;
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
  field = null;
  return was;
}

/** @param {string} tag */
function put(tag) {
  if (!field) return;
  const { value, cursor } = withTag(field.value, field.selectionStart ?? field.value.length, tag);
  const at = field;
  close();
  at.value = value;
  at.setSelectionRange(cursor, cursor);
  at.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", ({ target }) => {
  const at = tagField(target);
  if (!at) return;
  clearTimeout(timer);
  timer = window.setTimeout(() => void look(at), WAIT);
});
document.addEventListener("focusout", ({ target }) => target === field && close());
document.addEventListener("keydown", (event) => {
  if (!box || event.target !== field) return;
  if (event.key === "Escape" && close()) {
    event.preventDefault(); // the dialog stays
    event.stopPropagation();
  } else if (!event.ctrlKey && !event.metaKey) picker?.key(event, ["Enter", "Tab"]);
}, true); // prettier-ignore
