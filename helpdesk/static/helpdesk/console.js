// @ts-check
/**
 * The console's own behaviour: keys, panes on narrow screens, dialogs, the reply and note tabs, inserted answers.
 * Everything live (messages, counts, drafts) is the live client's; everything done posts to the rooms' doors.
 */
import { acceptIncoming, declineIncoming, drawChats, drawNotes, drawWaits, putOff, refuseIncoming, switchNotes } from "./console-chats.js";
import { desk, fetchInto, find, openNumber, show } from "./console-dom.js";
import { showList, drawCurrent, drawMarked, move, nextTicket, offerNext, openMarked, views } from "./console-list.js";
import { closeMenus, moveInMenu, openMenu, watchThread } from "./console-menus.js";
import { palette } from "./console-palette.js";
import { chooseMarked, drawChosen, hasChosen } from "./console-choose.js";
import { keepMode, openTicket } from "./console-steps.js";
import "./console-tags.js";

const KEYS_OFF = "console-keys-off";

/** Opens a dialog by its short name. @param {string} name */
async function open(name) {
  // Whom one may ask is looked up when somebody wants to ask.
  const place = find("[data-choices]");
  if (place && ["assign", "escalate", "transfer"].includes(name)) await fetchInto(place.dataset.choices ?? "", place, "innerHTML settle:0ms");
  const dialog = /** @type {HTMLDialogElement|null} */ (document.getElementById(`d-${name}`));
  if (!dialog || dialog.open) return;
  dialog.showModal();
}

// --- the receipt -------------------------------------------------------------------------------------------------
/** Where the button stood that asked why: the button itself may be drawn again meanwhile. @type {DOMRect|null} */
let asked = null;

/** The answer floats below the button that asked for it; a click elsewhere or Escape closes it. */
function openWhy() {
  const pop = find("#d-why");
  if (!pop || !asked) return;
  const box = asked;
  if (!pop.matches(":popover-open")) pop.showPopover();
  const { offsetWidth: width, offsetHeight: height } = pop;
  pop.style.left = `${Math.max(8, Math.min(box.right - width, innerWidth - width - 8))}px`;
  pop.style.top = `${Math.max(8, Math.min(box.bottom + 8, innerHeight - height - 8))}px`;
}

// --- the composer ----------------------------------------------------------------------------------------------
/** @param {string} kind   reply or note */
function writeAs(kind) {
  const form = find("form[data-live-composer]");
  if (!(form instanceof HTMLFormElement)) return;
  const from = form.dataset.kind;
  form.dataset.kind = kind;
  form.action = (kind === "note" ? form.dataset.noteAction : form.dataset.replyAction) ?? form.action;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("kind")).value = kind;
  find("#write")?.setAttribute("data-kind", kind);
  for (const el of form.querySelectorAll("[data-kind-tab]")) {
    const tab = /** @type {HTMLElement} */ (el);
    const isOn = tab.dataset.kindTab === kind;
    tab.setAttribute("aria-selected", String(isOn));
    tab.tabIndex = isOn ? 0 : -1;
  }
  find("#write-as")?.setAttribute("aria-labelledby", `tab-${kind}`);
  form.querySelector("[data-to-reply]")?.toggleAttribute("hidden", kind === "note");
  form.querySelector("[data-to-note]")?.toggleAttribute("hidden", kind !== "note");
  // Reply and note are two drafts: what writes keeps them apart.
  if (from !== kind) form.dispatchEvent(new CustomEvent("compose:kind", { detail: { from, to: kind } }));
}

/** @param {string} kind */
function startWriting(kind) {
  show("talk");
  writeAs(kind);
  find("#words")?.focus();
}

/** Left and right between the tabs. @param {KeyboardEvent} event */
function moveTab(event) {
  const tab = /** @type {HTMLElement} */ (event.target).closest("[data-kind-tab]");
  if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return false;
  event.preventDefault();
  const kind = /** @type {HTMLElement} */ (tab).dataset.kindTab === "note" ? "reply" : "note";
  writeAs(kind);
  find(`#tab-${kind}`)?.focus();
  return true;
}

/** Puts words where the cursor stands. @param {string} words */
function insert(words) {
  const area = /** @type {HTMLTextAreaElement|null} */ (find("#words"));
  if (!area) return;
  show("talk");
  area.focus();
  const before = area.value.slice(0, area.selectionStart);
  const after = area.value.slice(area.selectionEnd);
  const text = `${before && !before.endsWith("\n") ? "\n" : ""}${words}${after && !after.startsWith("\n") ? "\n" : ""}`;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- the promised time -------------------------------------------------------------------------------------------
/** The promised time as the buyer will read it. */
function drawBuyerTime() {
  const field = /** @type {HTMLInputElement|null} */ (find("#promised_for"));
  const place = find("[data-buyer-time]");
  if (!field || !place) return;
  const shift = zoneOffset(field.value);
  const at = shift === null ? NaN : Date.parse(`${field.value}:00Z`) - shift;
  const zone = field.dataset.buyerZone || "UTC";
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  place.textContent = Number.isNaN(at) ? "" : `${words.format(at)} (${zone.split("/").pop()?.replaceAll("_", " ")})`;
}

/** Milliseconds that the reader's zone is ahead of UTC at that local time. @param {string} local */
function zoneOffset(local) {
  const wall = Date.parse(`${local}:00Z`);
  if (Number.isNaN(wall)) return null;
  // The first guess may lie on the other side of a change of the clocks: the second one does not.
  return offsetAt(wall - offsetAt(wall));
}

/** @param {number} at */
function offsetAt(at) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: document.documentElement.dataset.tz || "UTC", hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  }).formatToParts(at); // prettier-ignore
  const get = (/** @type {string} */ type) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute")) - Math.floor(at / 60_000) * 60_000;
}

// --- the filter --------------------------------------------------------------------------------------------------
/** The fields as they stand for the list that is looked at. */
async function openFilter() {
  const place = find("#filter");
  if (!place) return;
  closeMenus();
  // The list may be on its way: then the form begins empty, which beats a key that does nothing.
  await fetchInto(`${place.dataset.src}?${find("#rows")?.dataset.query ?? ""}`, place);
  if (place.firstElementChild) await open("filter");
}

// --- keys ----------------------------------------------------------------------------------------------------------
/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  Enter: openMarked,
  x: () => chooseMarked(),
  X: () => chooseMarked(true),
  "]": () => void nextTicket(),
  y: () => find("[data-incoming]:not([hidden])") && acceptIncoming(),
  u: refuseIncoming,
  t: () => find("#go-transfer") && open("transfer"),
  w: () => find("#wrap-note")?.focus(),
  f: () => void openFilter(),
  r: () => startWriting("reply"),
  n: () => startWriting("note"),
  a: () => (hasChosen() ? find("[data-bulk-more]")?.click() : open("assign")),
  e: () => find("#go-escalate") && open("escalate"),
  s: () => openMenu(hasChosen() ? "bulk-status" : "status"),
  z: () => /** @type {HTMLElement|undefined} */ ([...document.querySelectorAll("[data-undo] button")].at(-1))?.click(),
  ";": () => find("[data-macros]")?.click(),
  "/": () => {
    show("queue");
    find("#q")?.focus();
  },
  "?": () => open("sheet"),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.isComposing || moveTab(event) || moveInMenu(event)) return;
  if (event.key === "Escape") return escape(target);
  if ((event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return palette.toggle();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || find("dialog:modal")) return;
  if (target.matches("input:not([type=checkbox]), textarea, select") || target.isContentEditable) return;
  if (event.key === "Enter" && target.closest("a, button")) return;
  if (localStorage.getItem(KEYS_OFF) && event.key !== "?") return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** @param {HTMLElement} target */
function escape(target) {
  if (find("dialog:modal, :popover-open") || closeMenus()) return;
  if (target.matches("input, textarea, select")) return target.blur();
  if (desk.dataset.pane === "ctx") show("talk");
}

// --- clicks ----------------------------------------------------------------------------------------------------------
/** What a click on an element with that attribute does. @type {[string, (el: HTMLElement, event: MouseEvent) => void][]} */
const CLICKS = [
  ["[data-goto]", goTo],
  ["[data-dialog]", (el) => open(el.dataset.dialog ?? "")],
  ["[data-filter]", (_el, event) => (event.preventDefault(), void openFilter())],
  ["[data-view]", (el, event) => views.choose(el, event)],
  ["[data-next]", () => void nextTicket()],
  ["[data-palette]", () => palette.toggle()],
  ["[data-sheet]", () => open("sheet")],
  ["[data-why]", (el) => void (asked = el.getBoundingClientRect())],
  ["#d-why [data-close]", () => find("#d-why")?.hidePopover()],
  ["[data-close]", (el) => /** @type {HTMLDialogElement|null} */ (el.closest("dialog"))?.close()],
  ["[data-kind-tab]", (el) => startWriting(el.dataset.kindTab ?? "reply")],
  ["[data-insert]", (el) => insert(el.dataset.insert ?? "")],
  ["[data-incoming-later]", putOff],
  ["[data-incoming-accept]", acceptIncoming],
  ["[data-incoming-decline]", declineIncoming],
  ["[data-notify]", () => void switchNotes()],
  ["[data-theme-set]", setTheme],
];

/** @param {MouseEvent} event */
function onClick(event) {
  closeMenus(/** @type {Element} */ (event.target));
  for (const [selector, act] of CLICKS) {
    const el = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest(selector));
    if (el) return act(el, event);
  }
}

/** @param {HTMLElement} el */
function setTheme(el) {
  localStorage.setItem("theme", el.dataset.themeSet ?? "auto");
  document.dispatchEvent(new Event("theme:changed"));
  drawTheme();
}

function drawTheme() {
  const theme = localStorage.getItem("theme") ?? "auto";
  for (const el of document.querySelectorAll("[data-theme-set]")) {
    el.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (el).dataset.themeSet === theme));
  }
}

/** Moves between panes and lists without leaving the page. @param {HTMLElement} el @param {MouseEvent} event */
function goTo(el, event) {
  const where = el.dataset.goto ?? "queue";
  if (event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (where === "ctx" || where === "talk") return show(desk.dataset.pane === where ? "talk" : where);
  show("queue");
  if (where === "search") return find("#q")?.focus();
  document.getElementById(where === "queue" ? "live" : where)?.scrollIntoView({ block: "start" });
}

// --- wiring ------------------------------------------------------------------------------------------------------------
/** @param {HTMLElement} target   what was drawn anew */
function drawn(target) {
  if (target.id === "panes") {
    show("talk");
    writeAs(find("form[data-live-composer]")?.dataset.kind ?? "reply");
    const scroll = find("[data-thread-scroll]");
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
  }
  if (target.id === "why") openWhy();
  if (target.matches("[data-error]")) target.hidden = target.textContent?.trim() === "";
}

/** The numbers on the rail follow the queue. */
function drawCounts() {
  const counts = (find("#rows") ?? find("#elsewhere"))?.dataset;
  if (!counts) return; // on its way
  for (const el of document.querySelectorAll("[data-count]")) {
    const number = counts[/** @type {HTMLElement} */ (el).dataset.count ?? ""] || "0";
    el.textContent = number;
    /** @type {HTMLElement} */ (el).hidden = number === "0";
  }
}

function drawAll() {
  watchThread();
  drawCounts();
  drawCurrent();
  offerNext();
  drawMarked();
  drawChosen();
  drawChats();
  drawBuyerTime();
  keepMode();
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("input", (event) => {
  const target = /** @type {HTMLInputElement} */ (event.target);
  if (target.id === "promised_for") drawBuyerTime();
  if (!target.matches("[data-keys-on]")) return;
  if (target.checked) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "1");
});
document.body.addEventListener("htmx:afterSwap", (event) => drawn(/** @type {HTMLElement} */ (event.target)));
document.body.addEventListener("htmx:afterSettle", drawAll);

palette.start({ press: (key) => KEYS[key]?.(), open: (number) => void openTicket(number), showList });

const keysOn = /** @type {HTMLInputElement|null} */ (find("[data-keys-on]"));
if (keysOn) keysOn.checked = !localStorage.getItem(KEYS_OFF);
writeAs(find("form[data-live-composer]")?.dataset.kind ?? "reply");
drawAll();
drawNotes();
drawTheme();
setInterval(drawWaits, 1000);
