import { missing } from "./entries.js";
import { LOST, isPicture, showPicture } from "./files.js";
import { clockText, dayText, face, sizeText } from "./format.js";
import { text } from "./texts.js";

/**
 * Fills the page's templates. Everything goes in by textContent.
 *
 * @typedef {import("./wire.js").LiveEvent} LiveEvent
 * @typedef {import("./entries.js").Entry} Entry
 * @typedef {{root: HTMLElement, lang: string, zone: string}} Page
 */

const DRAWN = ["reply", "note", "event"];

/**
 * A copy of `<template data-template="name">`; the one with the same data-verb comes before the one without.
 * @param {HTMLElement} root
 * @param {string} name
 * @param {string} [verb]
 * @returns {HTMLElement|null}
 */
export function template(root, name, verb = "") {
  const all = /** @type {HTMLTemplateElement[]} */ ([...root.querySelectorAll(`template[data-template="${name}"]`)]);
  const found = all.find((el) => verb && el.dataset.verb === verb) ?? all.find((el) => el.dataset.verb === undefined);
  return /** @type {HTMLElement|null} */ (found?.content.firstElementChild?.cloneNode(true) ?? null);
}

/**
 * An event as an element, or null for one that is not drawn: a kind that this page does not know, or an event
 * for whose verb there are no words.
 * @param {Page} page
 * @param {LiveEvent} event
 * @param {boolean} own
 * @returns {HTMLElement|null}
 */
export function drawEvent({ root, lang, zone }, { kind, seq, author, data = {} }, own) {
  if (!DRAWN.includes(kind)) return null;
  const el = template(root, kind !== "reply" ? kind : own ? "message-own" : "message-other", String(data.verb ?? ""));
  const body = data.body || data.text || "";
  if (!el || (kind === "event" && !body && el.querySelector('[data-f="body"]'))) return null;
  const who = own && kind === "reply" ? text("you") : (author?.name ?? "");
  const fields = { ...data, author: who, body, initials: author?.initials ?? "", state: "" };
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value === "string" || typeof value === "number") fill(el, field, String(value));
  }
  fillTime(el, new Date(data.at), lang, zone);
  el.querySelector('[data-f="initials"]')?.classList.add(`f${author?.face ?? face(String(author?.id ?? ""))}`);
  drawFiles({ root, lang, zone }, el, data.files ?? []);
  drawMarks(el, data);
  el.dataset.seq = String(seq);
  el.dataset.authorKind = author?.kind ?? "";
  if (own) el.dataset.own = "";
  return el;
}

/**
 * Files go into the item's `[data-files]`, one `<template data-template="file">` each. An address that is not this
 * site's own is not followed.
 * @param {Page} page
 * @param {HTMLElement} el
 * @param {Record<string, any>[]} files
 */
function drawFiles({ root, lang }, el, files) {
  const place = /** @type {HTMLElement|null} */ (el.querySelector("[data-files]"));
  if (!place) return;
  place.hidden = files.length === 0;
  place.replaceChildren();
  for (const file of files) {
    const one = template(root, "file");
    if (!one) return;
    fill(one, "name", String(file.name ?? ""));
    fill(one, "size", sizeText(Number(file.size)));
    const link = one.matches("a") ? one : one.querySelector("a");
    const own = /^\/(?!\/)/.test(file.url ?? "");
    if (link && own) link.setAttribute("href", file.url);
    if (own && isPicture(file.type ?? "")) showPicture(one, file.url);
    place.append(one);
  }
}

/**
 * What became of a row since it was written: `[data-mark="amended|redacted|from_ticket"]`, hidden without.
 * @param {Element} el
 * @param {Record<string, any>} data
 */
export function drawMarks(el, data) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll("[data-mark]"))) {
    place.hidden = !data[place.dataset.mark ?? ""];
  }
}

/**
 * A row as it reads by now: its words, its files and its marks, in the place where it stands.
 * @param {Page} page
 * @param {HTMLElement} el
 * @param {Record<string, any>} now
 */
export function drawNow(page, el, now) {
  fill(el, "body", String(now.body ?? ""));
  drawFiles(page, el, now.files ?? []);
  for (const mark of ["amended", "redacted"]) {
    const place = /** @type {HTMLElement|null} */ (el.querySelector(`[data-mark="${mark}"]`));
    if (place) place.hidden = !now[mark];
  }
}

/**
 * The bubble of a message on its way.
 * @param {Page} page
 * @param {Entry} entry
 */
export function drawBubble({ root, lang, zone }, entry) {
  const el = template(root, "pending", entry.kind) ?? template(root, "message-own") ?? plain("msg");
  el.dataset.bubble = entry.id;
  el.dataset.kind = entry.kind;
  fill(el, "author", text("you"));
  fill(el, "body", entry.body);
  fillTime(el, new Date(entry.at), lang, zone);
  drawState({ root, lang, zone }, el, entry);
  return el;
}

/**
 * The line above the first item of a day.
 * @param {Page} page
 * @param {string} day   YYYY-MM-DD
 */
export function drawDay({ root, lang }, day) {
  const el = template(root, "day") ?? plain("sys day");
  el.dataset.day = day;
  (el.querySelector('[data-f="day"]') ?? el).textContent = dayText(new Date(`${day}T12:00:00Z`), lang, "UTC");
  return el;
}

/** @param {Element} el @param {string} field @param {string} value */
export function fill(el, field, value) {
  for (const place of el.querySelectorAll(`[data-f="${CSS.escape(field)}"]`)) place.textContent = value;
}

/** @param {Element} el @param {Date} at @param {string} lang @param {string} zone */
export function fillTime(el, at, lang, zone) {
  if (Number.isNaN(at.getTime())) return;
  fill(el, "time", clockText(at, lang, zone));
  for (const time of el.querySelectorAll('time[data-f="time"]')) time.setAttribute("datetime", at.toISOString());
}

/** @param {string} className */
export function plain(className) {
  return Object.assign(document.createElement("div"), { className });
}

/** @param {Page} page @param {HTMLElement} el @param {Entry} entry */
export function drawState(page, el, entry) {
  el.dataset.state = entry.state;
  fill(el, "state", stateText(entry));
  for (const button of el.querySelectorAll("[data-resend], [data-discard]")) {
    /** @type {HTMLElement} */ (button).hidden = entry.state !== "failed";
  }
  drawPacked(page, el, entry);
}

/** @param {Entry} entry */
function stateText(entry) {
  const { state, error, kept } = entry;
  if (error?.code === "expired") return text("expired");
  if (error?.code === "file") return text("failed_file");
  if (error?.message) return text("failed_why", { message: error.message });
  if (state === "sending" && missing(entry).length) return text("uploading");
  return text(state === "queued" && kept === false ? "queued_here" : state);
}

/**
 * The files of a message on its way, in the bubble's `[data-files]`: `<template data-template="pending-file">` with
 * `[data-f=name|size]`, `img[data-thumb]`, `progress`, `[data-why]`, buttons `[data-file-retry]` and `[data-file-drop]`.
 * @param {Page} page
 * @param {HTMLElement} el
 * @param {Entry} entry
 */
function drawPacked({ root, lang }, el, { files = [], state }) {
  const place = /** @type {HTMLElement|null} */ (el.querySelector("[data-files]"));
  if (!place) return;
  place.hidden = files.length === 0;
  const keys = new Set(files.map((file) => file.key));
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-file]"))) {
    if (!keys.has(row.dataset.file ?? "")) row.remove();
  }
  for (const file of files) {
    const row = rowOf(place, file.key) ?? newRow(root, place, file);
    if (row) drawRow(row, file, lang, state);
  }
}

/** @param {Element} place @param {string} key @returns {HTMLElement|null} */
export const rowOf = (place, key) => place.querySelector(`[data-file="${CSS.escape(key)}"]`);

/** @param {HTMLElement} root @param {HTMLElement} place @param {import("./entries.js").EntryFile} file */
function newRow(root, place, file) {
  const row = template(root, "pending-file") ?? template(root, "file");
  if (!row) return null;
  row.dataset.file = file.key;
  if (file.blob && isPicture(file.type)) showPicture(row, URL.createObjectURL(file.blob));
  place.append(row);
  return row;
}

/** @param {HTMLElement} row @param {import("./entries.js").EntryFile} file @param {string} lang @param {Entry["state"]} state */
function drawRow(row, { name, size, id, why }, lang, state) {
  fill(row, "name", name);
  fill(row, "size", sizeText(size));
  show(row, "progress", state === "sending" && !id);
  show(row, "[data-why]", why !== "", why === LOST ? text("file_lost") : why);
  show(row, "[data-file-retry]", why !== "" && why !== LOST);
  show(row, "[data-file-drop]", !id);
}

/** @param {Element} el @param {string} selector @param {boolean} on @param {string} [words] */
function show(el, selector, on, words) {
  const place = /** @type {HTMLElement|null} */ (el.querySelector(selector));
  if (!place) return;
  place.hidden = !on;
  if (words !== undefined) place.textContent = words;
}
