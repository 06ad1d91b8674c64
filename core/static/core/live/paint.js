import { clockText, dayText, face, sizeText } from "./format.js";
import { text } from "./texts.js";

/**
 * Fills the page's templates. Everything goes in by textContent.
 *
 * @typedef {import("./wire.js").LiveEvent} LiveEvent
 * @typedef {import("./store.js").Entry} Entry
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
    fill(one, "size", sizeText(Number(file.size), lang));
    const link = one.matches("a") ? one : one.querySelector("a");
    if (link && /^\/(?!\/)/.test(file.url ?? "")) link.setAttribute("href", file.url);
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
  drawState(el, entry);
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

/** @param {HTMLElement} el @param {Entry} entry */
export function drawState(el, { state, error }) {
  const why = error?.code === "expired" ? text("expired") : error?.message ? text("failed_why", { message: error.message }) : "";
  el.dataset.state = state;
  fill(el, "state", why || text(state));
  for (const button of el.querySelectorAll("[data-resend], [data-discard]")) {
    /** @type {HTMLElement} */ (button).hidden = state !== "failed";
  }
}
