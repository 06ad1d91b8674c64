// @ts-check
import { newId } from "../core/live/wire.js";
/**
 * The console's own behaviour: keys, panes on narrow screens, dialogs, the reply and note tabs, inserted answers.
 * Everything live (messages, counts, drafts) is the live client's; everything done posts to the rooms' doors.
 */

const desk = /** @type {HTMLElement} */ (document.getElementById("desk"));
const KEYS_OFF = "console-keys-off";

/** @template {Element} T @param {string} selector @returns {T|null} */
const find = (selector) => /** @type {T|null} */ (document.querySelector(selector));

/** @param {string} pane   queue, talk or ctx */
function show(pane) {
  const before = desk.dataset.pane;
  desk.dataset.pane = pane;
  if (pane === before || !matchMedia("(max-width: 1240px)").matches) return;
  // The drawer takes the focus along and gives it back.
  if (pane === "ctx") /** @type {HTMLElement|null} */ (find(".ctx-close"))?.focus();
  else if (before === "ctx") /** @type {HTMLElement|null} */ (find(".ctx-open"))?.focus();
}

/** Opens a dialog by its short name. @param {string} name */
async function open(name) {
  if (name === "assign" || name === "escalate") await fetchChoices();
  const dialog = /** @type {HTMLDialogElement|null} */ (document.getElementById(`d-${name}`));
  if (dialog && !dialog.open) dialog.showModal();
}

/** Whom one may ask is looked up when somebody wants to ask. */
async function fetchChoices() {
  const place = /** @type {HTMLElement|null} */ (find("[data-choices]"));
  const htmx = /** @type {any} */ (globalThis).htmx;
  if (!place || !htmx) return;
  await htmx.ajax("GET", place.dataset.choices, { source: place, target: place, swap: "innerHTML settle:0ms" }).catch(() => {});
  drawBuyerTime();
}

// --- the queue -------------------------------------------------------------------------------------------------
/** @returns {HTMLElement[]} */
const rows = () => [...document.querySelectorAll(".hits .row-t, #rows .row-t")].map((row) => /** @type {HTMLElement} */ (row));

/** The row under the hand: marked by a key, else the one that is open. */
function marked() {
  return find(".row-t.is-marked") ?? find(".row-t[aria-current]");
}

/** @param {number} step */
function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(/** @type {HTMLElement} */ (marked()));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  for (const row of all) row.classList.toggle("is-marked", row === next);
  next.scrollIntoView({ block: "nearest" });
}

/** What the queue says about which one is open, and asks for the next time it is fetched. */
function markCurrent() {
  const number = find("[data-thread]")?.getAttribute("data-number") ?? "0";
  for (const row of rows()) row.toggleAttribute("aria-current", false);
  for (const row of rows()) if (row.dataset.number === number) row.setAttribute("aria-current", "true");
  const list = find("#rows");
  if (list instanceof HTMLElement) list.dataset.liveSrc = `/console/queue/?at=${number}&most=${list.dataset.most ?? 0}`;
}

/** The numbers on the rail follow the queue. */
function drawCounts() {
  const counts = /** @type {HTMLElement|null} */ (find("#rows"))?.dataset ?? {};
  for (const el of document.querySelectorAll("[data-count]")) {
    const number = counts[/** @type {HTMLElement} */ (el).dataset.count ?? ""] ?? "0";
    el.textContent = number;
    /** @type {HTMLElement} */ (el).hidden = number === "0";
  }
}

// --- who waits in chat -----------------------------------------------------------------------------------------
const LATER = "console-chats-later";
/** Chats that were put off in this tab. */
const later = new Set((sessionStorage.getItem(LATER) ?? "").split(" "));

/** The longest waiting chat that was not put off stands above the conversation; it covers nothing. */
function drawIncoming() {
  const bar = /** @type {HTMLElement|null} */ (find("[data-incoming]"));
  if (!bar) return;
  const waiting = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#rows .live-t")]);
  const first = waiting.find((row) => !later.has(row.dataset.session ?? "") && row.dataset.number !== find("[data-thread]")?.getAttribute("data-number"));
  bar.hidden = !first;
  bar.dataset.incoming = first?.dataset.session ?? "";
  if (!first) return;
  const say = (/** @type {string} */ part, /** @type {string} */ from) => {
    const place = bar.querySelector(part);
    const words = first.querySelector(from)?.textContent ?? "";
    if (place && place.textContent !== words) place.textContent = words;
  };
  say("[data-incoming-who]", ".who .cut");
  say("[data-incoming-what]", ".sub");
  const since = /** @type {HTMLElement|null} */ (bar.querySelector("[data-incoming-since]"));
  if (since) since.dataset.since = /** @type {HTMLElement|null} */ (first.querySelector("[data-since]"))?.dataset.since;
}

function putOff() {
  later.add(/** @type {HTMLElement|null} */ (find("[data-incoming]"))?.dataset.incoming ?? "");
  sessionStorage.setItem(LATER, [...later].join(" "));
  drawIncoming();
}

function acceptIncoming() {
  const session = /** @type {HTMLElement|null} */ (find("[data-incoming]"))?.dataset.incoming ?? "";
  /** @type {HTMLElement|null} */ (find(`.live-t[data-session="${CSS.escape(session)}"] button`))?.click();
}

// --- menus -------------------------------------------------------------------------------------------------------
/** @param {string} name   status or priority */
function openMenu(name) {
  const menu = /** @type {HTMLDetailsElement|null} */ (document.getElementById(`pick-${name}`));
  if (!menu) return;
  show("talk");
  menu.open = true;
  menu.querySelector("button")?.focus();
}

/** @param {Element|null} [but]   stays open when it is in this one */
function closeMenus(but = null) {
  for (const menu of document.querySelectorAll("details.pick[open]")) {
    if (but && menu.contains(but)) continue;
    const hadFocus = menu.contains(document.activeElement);
    /** @type {HTMLDetailsElement} */ (menu).open = false;
    if (hadFocus) menu.querySelector("summary")?.focus();
  }
}

/** Up and down within an open menu. @param {KeyboardEvent} event */
function moveInMenu(event) {
  const menu = /** @type {HTMLElement} */ (event.target).closest("details.pick[open]");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return false;
  const all = [...menu.querySelectorAll("button")];
  const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  event.preventDefault();
  all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % all.length]?.focus();
  return true;
}

// --- the composer ----------------------------------------------------------------------------------------------
/** @param {string} kind   reply or note */
function writeAs(kind) {
  const form = /** @type {HTMLFormElement|null} */ (find("form[data-live-composer]"));
  if (!form) return;
  form.dataset.kind = kind;
  form.action = (kind === "note" ? form.dataset.noteAction : form.dataset.replyAction) ?? form.action;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("kind")).value = kind;
  find("#write")?.setAttribute("data-kind", kind);
  for (const tab of form.querySelectorAll("[data-kind-tab]")) {
    tab.setAttribute("aria-selected", String(/** @type {HTMLElement} */ (tab).dataset.kindTab === kind));
  }
  form.querySelector("[data-to-reply]")?.toggleAttribute("hidden", kind === "note");
  form.querySelector("[data-to-note]")?.toggleAttribute("hidden", kind !== "note");
}

/** @param {string} kind */
function startWriting(kind) {
  show("talk");
  writeAs(kind);
  /** @type {HTMLTextAreaElement|null} */ (find("#words"))?.focus();
}

/** A message with files went as a form: its words and files are sent, the next one has a name of its own. @param {HTMLFormElement} form */
function emptied(form) {
  for (const remove of form.querySelectorAll('[data-u="remove"]')) /** @type {HTMLElement} */ (remove).click();
  const id = /** @type {HTMLInputElement} */ (form.elements.namedItem("client_id"));
  id.value = newId();
  const area = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
  area.value = "";
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

/** Without a line nobody says that something changed: then the page asks itself. */
function lookAgain() {
  const htmx = /** @type {any} */ (globalThis).htmx;
  for (const el of document.querySelectorAll("[data-live-src]")) {
    htmx?.ajax("GET", /** @type {HTMLElement} */ (el).dataset.liveSrc, { source: el, target: el, swap: "outerHTML" });
  }
}

/** Puts words where the cursor stands. @param {string} words */
function insert(words) {
  const area = /** @type {HTMLTextAreaElement|null} */ (find("#words"));
  if (!area) return;
  show("talk");
  area.focus();
  const before = area.value.slice(0, area.selectionStart);
  area.setRangeText((before && !before.endsWith("\n") ? "\n" : "") + words, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- small clocks ------------------------------------------------------------------------------------------------
/** How long each chat has been waiting. */
function drawWaits() {
  for (const el of document.querySelectorAll("time[data-since]")) {
    const since = Date.parse(/** @type {HTMLElement} */ (el).dataset.since ?? "");
    const seconds = Math.max(0, Math.floor((Date.now() + skew - since) / 1000));
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = String(seconds % 60).padStart(2, "0");
    el.textContent = hours ? `${hours}h ${String(minutes).padStart(2, "0")}m` : `${minutes}:${rest}`;
  }
}
/** The server's clock less this computer's, in milliseconds. */
const skew = Date.parse(document.documentElement.dataset.now ?? "") - Date.now() || 0;

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
  const guess = Date.parse(`${local}:00Z`);
  if (Number.isNaN(guess)) return null;
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: document.documentElement.dataset.tz || "UTC", hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  }).formatToParts(guess); // prettier-ignore
  const get = (/** @type {string} */ type) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute")) - guess;
}

// --- the thread keeps its end in sight ---------------------------------------------------------------------------
let atEnd = true;
const sizes = new ResizeObserver(([{ target }]) => {
  if (atEnd) target.scrollTop = target.scrollHeight;
});

/** What grows around the thread (files, a bar, the head) does not hide its last words. */
function watchThread() {
  const scroll = find("[data-thread-scroll]");
  if (!(scroll instanceof HTMLElement) || scroll.dataset.watched) return;
  scroll.dataset.watched = "1";
  atEnd = true;
  scroll.addEventListener("scroll", () => {
    atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 24;
  }, { passive: true }); // prettier-ignore
  sizes.disconnect();
  sizes.observe(scroll);
}

// --- keys ----------------------------------------------------------------------------------------------------------
/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  Enter: () => /** @type {HTMLElement|null} */ (find(".row-t.is-marked"))?.click(),
  r: () => startWriting("reply"),
  n: () => startWriting("note"),
  a: () => open("assign"),
  e: () => open("escalate"),
  s: () => openMenu("status"),
  "/": () => {
    show("queue");
    /** @type {HTMLElement|null} */ (find("#q"))?.focus();
  },
  "?": () => open("sheet"),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === "Escape" && target.matches("input, textarea")) return target.blur();
  if (event.key === "Escape") closeMenus();
  if (event.key === "Escape" && desk.dataset.pane === "ctx" && !find("dialog[open]")) show("talk");
  if (moveInMenu(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  if (target.matches("input, textarea, select") || target.isContentEditable) return;
  if (event.key === "Enter" && target.closest("a, button")) return;
  if (localStorage.getItem(KEYS_OFF) && event.key !== "?") return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

// --- clicks ----------------------------------------------------------------------------------------------------------
/** @param {MouseEvent} event */
function onClick(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  /** @param {string} selector @returns {HTMLElement|null} */
  const on = (selector) => target.closest(selector);
  closeMenus(target);
  if (on("[data-incoming-later]")) return putOff();
  if (on("[data-incoming-accept]")) return acceptIncoming();
  const go = on("[data-goto]");
  if (go) return goTo(go, event);
  if (on("[data-dialog]")) return open(on("[data-dialog]")?.dataset.dialog ?? "");
  if (on("[data-sheet]")) return open("sheet");
  if (on("[data-close]")) return /** @type {HTMLDialogElement|null} */ (on("dialog"))?.close();
  if (on("[data-kind-tab]")) return startWriting(on("[data-kind-tab]")?.dataset.kindTab ?? "reply");
  if (on("[data-insert]")) return insert(on("[data-insert]")?.dataset.insert ?? "");
  const theme = on("[data-theme-set]")?.dataset.themeSet;
  if (theme) {
    localStorage.setItem("theme", theme);
    document.dispatchEvent(new Event("theme:changed"));
  }
}

/** Moves between panes and lists without leaving the page. @param {HTMLElement} el @param {MouseEvent} event */
function goTo(el, event) {
  const where = el.dataset.goto ?? "queue";
  if (event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (where === "ctx" || where === "talk") return show(desk.dataset.pane === where ? "talk" : where);
  show("queue");
  if (where === "search") return /** @type {HTMLElement|null} */ (find("#q"))?.focus();
  document.getElementById(where === "queue" ? "rows" : where)?.scrollIntoView({ block: "start" });
}

// --- wiring ------------------------------------------------------------------------------------------------------------
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("input", (event) => {
  const target = /** @type {HTMLInputElement} */ (event.target);
  if (target.id === "promised_for") drawBuyerTime();
  if (target.matches("[data-keys-on]")) {
    if (target.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  }
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.id === "panes") {
    show("talk");
    const thread = /** @type {HTMLElement|null} */ (find("[data-thread]"));
    if (thread) document.title = thread.dataset.title ?? document.title;
    const scroll = find("[data-thread-scroll]");
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
  }
  if (target.id === "why") open("why");
  if (target.matches("[data-error]")) target.hidden = target.textContent?.trim() === "";
});
document.body.addEventListener("htmx:afterSettle", () => {
  watchThread();
  markCurrent();
  drawCounts();
  drawIncoming();
  drawWaits();
  drawBuyerTime();
});
document.addEventListener("toggle", (event) => {
  // What is open is not redrawn under the hand.
  const menu = /** @type {HTMLDetailsElement} */ (event.target);
  if (menu.matches("details.pick")) menu.toggleAttribute("data-live-hold", menu.open);
}, true); // prettier-ignore
document.body.addEventListener("ticket:done", (event) => {
  const form = /** @type {HTMLElement} */ (event.target).closest("form[data-live-composer]");
  if (form) emptied(/** @type {HTMLFormElement} */ (form));
  closeMenus();
  if (document.documentElement.dataset.link !== "connected") lookAgain();
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    dialog.querySelector("form")?.reset();
    dialog.querySelector(".told")?.replaceChildren();
    /** @type {HTMLDialogElement} */ (dialog).close();
  }
});
addEventListener("popstate", () => location.reload());

const keysOn = /** @type {HTMLInputElement|null} */ (find("[data-keys-on]"));
if (keysOn) keysOn.checked = !localStorage.getItem(KEYS_OFF);
writeAs(/** @type {HTMLElement|null} */ (find("form[data-live-composer]"))?.dataset.kind ?? "reply");
watchThread();
markCurrent();
drawCounts();
drawIncoming();
drawWaits();
drawBuyerTime();
setInterval(drawWaits, 1000);
