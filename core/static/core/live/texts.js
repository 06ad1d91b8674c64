/**
 * The words that the live parts show. A page translates them with `<template id="live-texts">` holding
 * `<i data-k="connected">…</i>`; what it leaves out is English. `{n}`, `{t}`, `{name}`, `{message}` are filled in.
 * @type {Record<string, string>}
 */
export const english = {
  connected: "Connected",
  slow: "Slow line",
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  offline_unsent: "Offline, {n} unsent",
  signedout: "Signed out",
  outdated: "Reload this page",
  banner_here: "You are offline. This browser keeps nothing for us: leave this page open until the line is back.",
  banner_none: "You are offline. What you type is kept on this computer.",
  banner_one: "You are offline. 1 message waits here and goes out when the line is back.",
  banner_other: "You are offline. {n} messages wait here and go out when the line is back.",
  queued: "Waiting to be sent",
  queued_here: "Waiting to be sent; leave this page open",
  sending: "Sending…",
  uploading: "Sending its files…",
  sent: "Sent",
  failed: "Not sent",
  failed_why: "Not sent: {message}",
  failed_file: "Not sent: a file was not taken",
  file_lost: "This file is no longer here. Take it out and add it again.",
  expired: "Not sent within a day, so it stays here",
  read: "Read",
  you: "You",
  new_one: "1 new message",
  new_other: "{n} new messages",
  since_one: "1 new since you began",
  since_other: "{n} new since you began",
  held_one: "Held. A message came in while you wrote.",
  held_other: "Held. {n} messages came in while you wrote.",
  typing_one: "{name} is typing",
  typing_other: "{name} are typing",
  left_one: "1 character left",
  left_other: "{n} characters left",
  over_one: "1 character too many. A message holds 8,000; send the rest as another.",
  over_other: "{n} characters too many. A message holds 8,000; send the rest as another.",
  empty: "Write something first.",
  too_long: "This message is too long. Send it in two.",
  signed_out: "You are signed out. What you wrote is kept here.",
  sign_in: "Sign in",
  logout_one: "1 message has not been sent. Sign out and throw it away?",
  logout_other: "{n} messages have not been sent. Sign out and throw them away?",
  late: "{t} late",
  paused: "Paused",
  shape_ok: "On time",
  shape_warn: "Due soon",
  shape_late: "Late",
  shape_paused: "Paused",
};

/** @type {Record<string, string>|null} */
let words = null;

/** @returns {Record<string, string>} */
function load() {
  const found = /** @type {HTMLTemplateElement|null} */ (document.getElementById("live-texts"));
  const own = [...(found?.content.querySelectorAll("[data-k]") ?? [])];
  return { ...english, ...Object.fromEntries(own.map((el) => [el.getAttribute("data-k"), el.textContent ?? ""])) };
}

/**
 * @param {string} key
 * @param {Record<string, string|number>} [fields]
 */
export function text(key, fields = {}) {
  words ??= load();
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(fields[name] ?? whole));
}

/** The form of a text for a number, by the page's language. @param {string} key @param {number} n */
export function plural(key, n) {
  const rule = new Intl.PluralRules(document.documentElement.lang || "en").select(n);
  return text(rule === "one" ? `${key}_one` : `${key}_other`, { n: n.toLocaleString(document.documentElement.lang || "en") });
}
