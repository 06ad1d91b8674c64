// @ts-check
/**
 * Who waits in chat: the bar above the conversation, the number before the page's title, one notification for each
 * chat where the reader allowed them. All of it is read off the queue as the server drew it, or on pages without a
 * queue off the part that stands for it (#elsewhere).
 */
import { find, openNumber } from "./console-dom.js";

const LATER = "console-chats-later";
const NOTIFY = "console-notify";
const TOLD = "console-chats-told";
/** How many of those told are remembered. */
const KEPT = 300;
/** Chats that were put off in this tab. */
const later = new Set((sessionStorage.getItem(LATER) ?? "").split(" "));
/** The server's clock less this computer's, in milliseconds. */
const skew = Date.parse(document.documentElement.dataset.now ?? "") - Date.now() || 0;

/** @returns {HTMLElement[]} */
const waiting = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(":is(#rows, #elsewhere) .live-t")]);

/** Everything that follows the queue. */
export function drawChats() {
  drawIncoming();
  drawTitle();
  drawWaits();
  void notifyNew();
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
const isTold = () => localStorage.getItem(NOTIFY) === "1";
const wantsNotes = () => isTold() && canNotify() && Notification.permission === "granted";

/** What is told once: that somebody waits, and each time that one is asked oneself. @param {HTMLElement} row */
function newsOf({ dataset: { session = "", until } }) {
  return until ? [session, `${session}@${until}`] : [session];
}

/**
 * Each is told once on this computer, whatever the number of tabs: what was told is kept there, and one tab at a time
 * looks.
 */
async function notifyNew() {
  const fresh = await inTurn(() => {
    const told = (localStorage.getItem(TOLD) ?? "").split(" ");
    const now = waiting();
    const fresh = now.filter((row) => !told.includes(newsOf(row).at(-1) ?? ""));
    // Added, not put in its place: another tab may know less yet, and what it does not show must not be told again.
    const more = now.flatMap(newsOf).filter((one) => !told.includes(one));
    if (more.length) localStorage.setItem(TOLD, [...told, ...more].slice(-KEPT).join(" "));
    return fresh;
  });
  if (!fresh.length || !isTold()) return;
  chime();
  if (wantsNotes()) fresh.forEach(note);
}

/** @template T @param {() => T} work @returns {Promise<T>} */
async function inTurn(work) {
  return navigator.locks ? navigator.locks.request(TOLD, async () => work()) : work();
}

/** @param {HTMLElement} row */
function note({ dataset: { name = "", about = "", session = "", until } }) {
  const { words = "{name}", wordsAsked = words } = find("[data-alerts]")?.dataset ?? {};
  const shown = new Notification((until ? wordsAsked : words).replace("{name}", name), { body: about, tag: session });
  shown.onclick = () => window.focus();
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

/** The button in the menu: asks the browser when it was never asked, then switches on and off; without notes, the tone alone. */
export async function switchNotes() {
  const on = isTold();
  if (!on && canNotify() && Notification.permission === "default") await Notification.requestPermission();
  if (on) localStorage.removeItem(NOTIFY);
  else localStorage.setItem(NOTIFY, "1");
  drawNotes();
}

export function drawNotes() {
  const button = find("[data-notify]");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(isTold()));
  find("[data-notify-denied]")?.toggleAttribute("hidden", !isTold() || (canNotify() && Notification.permission !== "denied"));
}
