// @ts-check
/** The list in the left pane: the hand that moves over it, which one is open, which list it is, who is next. */
import { closeMenus } from "./console-menus.js";
import { fetchInto, find, openNumber, show } from "./console-dom.js";
import { openTicket } from "./console-steps.js";
import { nextOf, stepTo } from "./list-walk.js";

const ROWS = ".hits .row-t, #rows .row-t, #rows .live-go";

/** @returns {HTMLElement[]} */
const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(ROWS)]);

// --- the hand ----------------------------------------------------------------------------------------------------
/** The row under the hand; found again by its number when the list was drawn anew below it. @type {HTMLElement|null} */
let marked = null;
let markedHref = "";

/** The address without the list that it was opened from. @param {Element} row */
const place = (row) => row.getAttribute("href")?.split("?")[0] ?? "";

/** @param {number} step */
export function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = marked?.isConnected ? all.indexOf(marked) : all.findIndex((row) => place(row) === markedHref);
  const from = at < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : at;
  mark(all[stepTo(all.length, from, step)]);
  show("queue");
  marked?.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLElement|null} row */
function mark(row) {
  marked?.classList.remove("is-marked");
  marked = row;
  markedHref = row ? place(row) : "";
  row?.classList.add("is-marked");
}

export function drawMarked() {
  if (!markedHref || marked?.isConnected) return;
  const now = rows().find((row) => place(row) === markedHref) ?? null;
  if (now) mark(now);
}

/** The row under the hand, or the open one. @returns {HTMLElement|null} */
export const rowAtHand = () => (marked?.isConnected ? marked : find("#rows .row-t[aria-current]"));

/** Opens what is under the hand; the hand stays on the list until somebody writes. */
export function openMarked() {
  if (marked?.isConnected) marked.click();
}

// --- which one is open -------------------------------------------------------------------------------------------
/** Where the open one stood in the list when it was last seen there. */
let stood = -1;

/** @returns {string[]} */
const numbers = () => [...document.querySelectorAll("#rows .row-t")].map((row) => /** @type {HTMLElement} */ (row).dataset.number ?? "");

/** Which one is open, for the eye and for the next time that the queue is fetched. */
export function drawCurrent() {
  const number = openNumber();
  for (const row of document.querySelectorAll("[data-number][aria-current]")) row.removeAttribute("aria-current");
  if (number) for (const row of document.querySelectorAll(`a[data-number="${number}"]`)) row.setAttribute("aria-current", "true");
  const at = number ? numbers().indexOf(number) : -1;
  if (at >= 0) stood = at;
  const list = find("#rows");
  if (!list) return;
  const more = list.dataset.query ? `&${list.dataset.query}` : "";
  const src = `${list.dataset.liveSrc?.split("?")[0]}?at=${number || 0}&most=${list.dataset.most ?? 0}${more}`;
  if (list.dataset.liveSrc !== src) list.dataset.liveSrc = src;
  drawTitle(list);
}

/** @param {HTMLElement} list */
function drawTitle(list) {
  const title = find("[data-view-title]");
  if (title && list.dataset.title && title.textContent !== list.dataset.title) title.textContent = list.dataset.title;
  for (const el of document.querySelectorAll("#pick-view [data-view]")) {
    const isOn = /** @type {HTMLElement} */ (el).dataset.view === (list.dataset.query ?? "");
    if (isOn) el.setAttribute("aria-current", "true");
    else el.removeAttribute("aria-current");
  }
}

/** The next one of this list by its order: after a solved one, the one that took its place. */
export async function nextTicket() {
  const next = nextOf(numbers(), openNumber(), stood);
  if (!next) return show("queue");
  await openTicket(next);
  const row = find(`#rows .row-t[data-number="${next}"]`);
  if (row) mark(row);
  row?.scrollIntoView({ block: "nearest" });
}

/** The open ticket and whether it was solved when it was last drawn. */
let last = { number: "", solved: true };

/** A ticket that was solved while it is open: the next one is offered. Only staff's own choices tell its state. */
export function offerNext() {
  const menu = find("#pick-status");
  const now = { number: openNumber(), solved: Boolean(menu) && !menu?.querySelector('button[value="solved"]') };
  const bar = find("#next-bar");
  const next = nextOf(numbers(), now.number, stood);
  const just = now.number === last.number && now.solved && !last.solved && next !== "";
  const gone = now.number !== last.number || !now.solved;
  last = now;
  if (!bar || (!just && !gone)) return;
  bar.hidden = !just;
  if (just) /** @type {HTMLElement} */ (bar.querySelector("[data-next-what]")).textContent = `#${next}`;
}

// --- which list it is --------------------------------------------------------------------------------------------
/** Draws another list in the pane; what is open stays open. @param {string} query   view=3, a filter, or blank for the inbox @param {boolean} [push] */
export async function showList(query, push = true) {
  const src = `${find("#rows")?.dataset.liveSrc?.split("?")[0]}?at=${openNumber() || 0}${query ? `&${query}` : ""}`;
  // Not by htmx's own request: while the line draws this very element anew it would wait behind that, and be lost.
  const answer = await fetch(src, { headers: { "HX-Request": "true" } }).catch(() => null);
  const words = answer?.ok && !answer.redirected ? await answer.text() : "";
  const list = find("#rows");
  if (!words || !list) return;
  /** @type {any} */ (globalThis).htmx.swap(list, words, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  stood = -1;
  mark(null);
  const now = find("#rows");
  if (!now || now === list) return;
  drawCurrent();
  now.scrollTop = 0;
  if (push) history.pushState({ htmx: true }, "", location.pathname + (query ? `?${query}` : ""));
  show("queue");
}

/** The list that the address names. */
function fromAddress() {
  return location.search.replace(/^\?/, "");
}

addEventListener("popstate", () => {
  const list = find("#rows");
  if (list && location.pathname.startsWith("/console/") && (list.dataset.query ?? "") !== fromAddress()) void showList(fromAddress(), false);
});

export const views = {
  /** The menu after a view was made, renamed or dropped. */
  renew() {
    const place = find("#views");
    if (place) void fetchInto(place.dataset.viewsSrc ?? "", place, "outerHTML settle:0ms").then(drawCurrent);
  },
  /** @param {HTMLElement} el @param {MouseEvent} event */
  choose(el, event) {
    if (event.ctrlKey || event.metaKey || !find("#rows")) return;
    event.preventDefault();
    closeMenus();
    /** @type {HTMLDialogElement|null} */ (el.closest("dialog"))?.close();
    void showList(el.dataset.view ?? "").then(() => find("#rows")?.focus({ preventScroll: true }));
  },
};

/** The counts are asked for while somebody looks at them, and again when the inbox changed meanwhile. */
function count() {
  const place = find("#views");
  if (!place || !(/** @type {HTMLDetailsElement|null} */ (find("#pick-view"))?.open)) return;
  const had = place.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.view : undefined;
  const query = find("#rows")?.dataset.query ?? "";
  void fetchInto(`${place.dataset.viewsSrc}?${query}`, place, "outerHTML settle:0ms").then(() => {
    if (had !== undefined) find(`#views [data-view="${CSS.escape(had)}"]`)?.focus();
  });
}

document.addEventListener("toggle", ({ target }) => {
  if (/** @type {HTMLElement} */ (target).id === "pick-view") count();
}, true); // prettier-ignore
document.addEventListener("live:changed", ({ target }) => {
  if (/** @type {HTMLElement} */ (target).id === "views") count();
});

// The form leads to a list: that costs no page.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, elt } = /** @type {any} */ (event).detail;
  const url = xhr.getResponseHeader("HX-Redirect") ?? "";
  if (!elt.closest("[data-filter-form]") || !url.startsWith("/console/") || !find("#rows")) return;
  event.preventDefault();
  /** @type {HTMLDialogElement|null} */ (elt.closest("dialog"))?.close();
  void showList(url.split("?")[1] ?? "").then(() => {
    const told = find("#told");
    if (told) void fetchInto("/console/told/", told);
    views.renew();
  });
});
