// @ts-check
/** Rows that are chosen, for one change to all of them; the choice lives through the list's being drawn anew. */
import { fetchInto, find } from "./console-dom.js";
import { rowAtHand } from "./console-list.js";
import { between } from "./list-walk.js";

const KEPT = "console-bulk"; // the change that was begun last, in this tab
/** @type {Set<string>} */
const chosen = new Set();
/** Where a range begins. */
let from = "";

/** @returns {HTMLInputElement[]} */
const boxes = () => /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("#rows .choose")]);
const bar = () => /** @type {HTMLFormElement|null} */ (find("#bulk"));

export const hasChosen = () => chosen.size > 0;

/** The row under the hand, or all from the last one to it. @param {boolean} [range] */
export function chooseMarked(range = false) {
  const box = /** @type {HTMLInputElement|null} */ (rowAtHand()?.closest(".row-w")?.querySelector(".choose") ?? null);
  if (box) choose(box, !box.checked || range, range);
}

/** @param {HTMLInputElement} box @param {boolean} on @param {boolean} [range] */
function choose(box, on, range = false) {
  const ids = [...new Set(boxes().map(({ value }) => value))];
  for (const id of range ? between(ids, from || null, box.value) : [box.value]) {
    if (on) chosen.add(id);
    else chosen.delete(id);
  }
  from = box.value;
  drawChosen();
}

/** Ticks, and the bar with how many. What has left the list is no longer chosen. */
export function drawChosen() {
  const all = boxes();
  const here = new Set(all.map(({ value }) => value));
  for (const id of [...chosen]) if (!here.has(id)) chosen.delete(id);
  for (const box of all) {
    box.checked = chosen.has(box.value);
    box.closest(".row-w")?.classList.toggle("is-chosen", box.checked);
  }
  find("#rows")?.classList.toggle("is-choosing", chosen.size > 0);
  const form = bar();
  if (!form) return;
  form.hidden = chosen.size === 0;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("seen_at")).value = find("#rows")?.dataset.read ?? "";
  const words = /** @type {HTMLElement} */ (form.querySelector("[data-bulk-count]"));
  const said = chosen.size === 1 ? words.dataset.one : words.dataset.many?.replace("{n}", String(chosen.size));
  if (words.textContent !== said) words.textContent = said ?? "";
}

function none() {
  chosen.clear();
  from = "";
  drawChosen();
}

async function askMore() {
  const place = find("#bulk-choices");
  if (!place) return;
  await fetchInto(place.dataset.bulkChoices ?? "", place);
  const dialog = /** @type {HTMLDialogElement|null} */ (find("#d-bulk"));
  if (dialog && place.firstElementChild && !dialog.open) dialog.showModal();
}

/** @type {[string, () => void][]} */
const CLICKS = [
  ["[data-bulk-all]", () => (boxes().forEach(({ value }) => chosen.add(value)), drawChosen())],
  ["[data-bulk-none]", none],
  ["[data-bulk-more]", () => void askMore()],
  ["[data-bulk-close]", closeTold],
];

function closeTold() {
  sessionStorage.removeItem(KEPT);
  find("#bulk-told")?.replaceChildren();
}

document.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const box = /** @type {HTMLInputElement|null} */ (target.closest(".choose"));
  if (box) return choose(box, box.checked || event.shiftKey, event.shiftKey);
  for (const [selector, act] of CLICKS) if (target.closest(selector)) return act();
});
// A row with shift takes the range, and opens nothing: before htmx hears of it.
document.addEventListener("click", (event) => {
  const row = event.shiftKey ? /** @type {HTMLElement} */ (event.target).closest("#rows .row-w .row-t") : null;
  const last = /** @type {HTMLInputElement|null} */ (row?.closest(".row-w")?.querySelector(".choose") ?? null);
  if (!last) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  choose(last, true, true);
}, true); // prettier-ignore
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (/** @type {HTMLElement} */ (event.target).id !== "bulk-told") return;
  const job = find("#bulk-run")?.dataset.job;
  if (job) sessionStorage.setItem(KEPT, job);
  /** @type {HTMLDialogElement|null} */ (find("#d-bulk"))?.close();
  for (const menu of document.querySelectorAll("#bulk details[open]")) menu.removeAttribute("open");
  find("#bulk-choices")?.replaceChildren();
  none();
});

// A page that was loaded anew meanwhile goes on telling.
const begun = sessionStorage.getItem(KEPT);
const told = find("#bulk-told");
if (begun && told && /^[a-z0-9]+$/.test(begun)) void fetchInto(`/console/bulk/${begun}/`, told);
