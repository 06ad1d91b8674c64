// @ts-check
/**
 * Who waits in chat: the bar above the conversation, the number before the page's title, one notification for each
 * chat where the reader allowed them. All of it is read off the queue as the server drew it.
 */
import { find, openNumber } from "./console-dom.js";

const LATER = "console-chats-later";
const NOTIFY = "console-notify";
const TOLD = "console-chats-told";
/** Chats that were put off in this tab. */
const later = new Set((sessionStorage.getItem(LATER) ?? "").split(" "));
/** The server's clock less this computer's, in milliseconds. */
const skew = Date.parse(document.documentElement.dataset.now ?? "") - Date.now() || 0;

/** @returns {HTMLElement[]} */
const waiting = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#rows .live-t")]);

/** Everything that follows the queue. */
export function drawChats() {
  drawIncoming();
  drawTitle();
  drawWaits();
  notifyNew();
}

// --- the bar -----------------------------------------------------------------------------------------------------
/**
 * The chat that one is asked to take stands above the conversation, else the longest waiting one that was not put off;
 * it covers nothing.
 */
function drawIncoming() {
  const bar = find("[data-incoming]");
  if (!bar) return;
  const rows = waiting();
  const isFree = (/** @type {HTMLElement} */ row) => !later.has(row.dataset.session ?? "") && row.dataset.number !== openNumber();
  const first = rows.find((row) => row.dataset.until) ?? rows.find(isFree);
  bar.hidden = !first;
  bar.dataset.incoming = first?.dataset.session ?? "";
  if (!first) return;
  const until = first.dataset.until ?? "";
  bar.classList.toggle("is-asked", until !== "");
  say(bar, "[data-incoming-who]", first.dataset.name ?? "");
  const from = first.dataset.words || first.dataset.about || "";
  say(bar, "[data-incoming-what]", first.dataset.of ? `${first.dataset.of}: ${from}` : from);
  for (const [part, isShown] of [["waits", !until], ["later", !until], ["asks", until], ["decline", until]]) {
    bar.querySelector(`[data-incoming-${part}]`)?.toggleAttribute("hidden", !isShown);
  }
  put(bar, "[data-incoming-since]", "since", first.dataset.queued ?? "");
  put(bar, "[data-incoming-until]", "until", until);
  drawWaits();
}

/** @param {Element} root @param {string} part @param {string} name @param {string} value */
function put(root, part, name, value) {
  const place = /** @type {HTMLElement|null} */ (root.querySelector(part));
  if (place) place.dataset[name] = value;
}

/** @param {Element} root @param {string} part @param {string} words */
function say(root, part, words) {
  const place = root.querySelector(part);
  if (place && place.textContent !== words) place.textContent = words;
}

export function putOff() {
  later.add(find("[data-incoming]")?.dataset.incoming ?? "");
  sessionStorage.setItem(LATER, [...later].join(" "));
  drawIncoming();
  find("#main")?.focus({ preventScroll: true });
}

export function acceptIncoming() {
  const session = find("[data-incoming]")?.dataset.incoming ?? "";
  find(`.live-t[data-session="${CSS.escape(session)}"] [data-accepts]`)?.click();
}

export function declineIncoming() {
  const session = find("[data-incoming]")?.dataset.incoming ?? "";
  find(`.live-t[data-session="${CSS.escape(session)}"] [data-declines]`)?.click();
}

/** By a key: no to what one is asked, later to what only waits. */
export function refuseIncoming() {
  if (!find("[data-incoming]:not([hidden])")) return;
  if (find("[data-incoming].is-asked")) declineIncoming();
  else putOff();
}

/** How long each chat has been waiting, and how much is left of half a minute. */
export function drawWaits() {
  for (const el of document.querySelectorAll("time[data-until]")) {
    const until = Date.parse(/** @type {HTMLElement} */ (el).dataset.until ?? "");
    if (Number.isNaN(until)) continue;
    const left = Math.max(0, Math.ceil((until - Date.now() - skew) / 1000));
    const words = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (el.textContent !== words) el.textContent = words;
  }
  for (const el of document.querySelectorAll("time[data-since]")) {
    const since = Date.parse(/** @type {HTMLElement} */ (el).dataset.since ?? "");
    if (Number.isNaN(since)) continue;
    const seconds = Math.max(0, Math.floor((Date.now() + skew - since) / 1000));
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const words = hours ? `${hours}h ${String(minutes).padStart(2, "0")}m` : `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
    if (el.textContent !== words) el.textContent = words;
  }
}

// --- the title ---------------------------------------------------------------------------------------------------
export function drawTitle() {
  const name = find("[data-thread]")?.dataset.title ?? document.title.replace(/^\(\d+\) /, "");
  const count = waiting().length;
  const title = count ? `(${count}) ${name}` : name;
  if (document.title !== title) document.title = title;
}

// --- notifications -----------------------------------------------------------------------------------------------
const canNotify = () => "Notification" in window;
const wantsNotes = () => canNotify() && Notification.permission === "granted" && localStorage.getItem(NOTIFY) === "1";

/** Each chat is told once on this computer, whatever the number of tabs: what was told is kept there. */
function notifyNew() {
  const told = new Set((localStorage.getItem(TOLD) ?? "").split(" ").filter(Boolean));
  const now = waiting();
  const fresh = now.filter((row) => !told.has(row.dataset.session ?? ""));
  if (fresh.length || told.size !== now.length) localStorage.setItem(TOLD, now.map((row) => row.dataset.session).join(" "));
  if (!wantsNotes()) return;
  if (fresh.length) chime();
  for (const row of fresh) {
    const words = (find("[data-alerts]")?.dataset.words ?? "{name}").replace("{name}", row.dataset.name ?? "");
    const note = new Notification(words, { body: row.dataset.about ?? "", tag: row.dataset.session ?? "" });
    note.onclick = () => window.focus();
  }
}

/** One soft tone, however many came at once; a browser that nobody has clicked in yet stays silent. */
function chime() {
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  const now = sound.currentTime;
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.0001, now);
  volume.gain.exponentialRampToValueAtTime(0.06, now + 0.03);
  volume.gain.exponentialRampToValueAtTime(0.0001, now + 0.6);
  tone.connect(volume).connect(sound.destination);
  tone.onended = () => void sound.close();
  tone.start();
  tone.stop(now + 0.65);
}

/** The button in the menu: asks the browser when it was never asked, then switches on and off. */
export async function switchNotes() {
  if (!canNotify()) return;
  const on = wantsNotes();
  const allowed = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  if (allowed === "granted" && !on) localStorage.setItem(NOTIFY, "1");
  else localStorage.removeItem(NOTIFY);
  drawNotes();
}

export function drawNotes() {
  const button = find("[data-notify]");
  if (!button || !canNotify()) return;
  const denied = Notification.permission === "denied";
  button.hidden = denied;
  button.setAttribute("aria-pressed", String(wantsNotes()));
  find("[data-notify-denied]")?.toggleAttribute("hidden", !denied);
}
