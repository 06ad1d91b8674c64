/**
 * Sums for what is shown: where an item stands in the thread, what day it is in a zone, how long is left.
 *
 * @typedef {[number, number, number]} DisplayKey   public seq; 0 for public and 1 for staff; staff seq
 */

/**
 * A note stands after the public message that was the newest when it was written.
 * @param {{seq: number, staff: boolean, after: number}} item
 * @returns {DisplayKey}
 */
export function displayKey({ seq, staff, after }) {
  return staff ? [after, 1, seq] : [seq, 0, 0];
}

/**
 * @param {DisplayKey} a
 * @param {DisplayKey} b
 */
export function compareKeys(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Which of the six avatar colours: the sum of the id's code points, modulo six, plus one. @param {string} id */
export function face(id) {
  let sum = 0;
  for (const ch of id) sum += ch.codePointAt(0) ?? 0;
  return (sum % 6) + 1;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} lang
 * @param {string} zone
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(lang, zone, options) {
  const key = JSON.stringify([lang, zone, options]);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(lang, { ...options, timeZone: zone || undefined });
  formats.set(key, made);
  return made;
}

/** 8:04 AM, or 08:04, by the language. @param {Date} at @param {string} lang @param {string} zone */
export function clockText(at, lang, zone) {
  return format(lang, zone, { hour: "numeric", minute: "2-digit" }).format(at);
}

/** The day in the zone as YYYY-MM-DD, or nothing for no date. @param {Date} at @param {string} zone */
export function dayKey(at, zone) {
  if (Number.isNaN(at.getTime())) return "";
  return format("en-CA", zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** Tuesday 24 November, by the language. @param {Date} at @param {string} lang @param {string} zone */
export function dayText(at, lang, zone) {
  return format(lang, zone, { weekday: "long", day: "numeric", month: "long" }).format(at);
}

/** 218 KB, as the server writes it. @param {number} bytes */
export function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/**
 * A span in two units: 12:40 under an hour, 1h 40m under a day, 2d 3h beyond. `short` gives 12m for 12:40.
 * @param {number} ms   not negative
 * @param {boolean} [short]
 */
export function spanText(ms, short = false) {
  const s = Math.floor(ms / 1000);
  const m = Math.floor(s / 60);
  const h = Math.floor(m / 60);
  if (h >= 24) return `${Math.floor(h / 24)}d ${h % 24}h`;
  if (h) return `${h}h ${String(m % 60).padStart(2, "0")}m`;
  return short ? `${m}m` : `${m}:${String(s % 60).padStart(2, "0")}`;
}

/**
 * What a countdown says at `now`.
 * @param {{now: number, due: number, warn: number, paused: boolean, short?: boolean}} at   milliseconds; warn may be NaN
 * @returns {{state: "ok"|"warn"|"late"|"paused", span: string}}
 */
export function countdownAt({ now, due, warn, paused, short = false }) {
  if (paused) return { state: "paused", span: "" };
  // Whole minutes: seconds of lateness help nobody. The first minute counts as one.
  if (now >= due) return { state: "late", span: spanText(Math.max(60_000, now - due), true) };
  return { state: now >= warn ? "warn" : "ok", span: spanText(due - now, short) };
}
