import { SignedOut } from "./socket.js";

const WAIT = 10_000;

/** What htmx sends with each request from this page; a page without it has none. @returns {Record<string, string>} */
function pageHeaders() {
  try {
    return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  } catch {
    return {};
  }
}

/** The page's CSRF token: a meta tag, else the body's hx-headers, else any form's hidden field, else the cookie. */
export function csrfToken() {
  const meta = /** @type {HTMLMetaElement|null} */ (document.querySelector('meta[name="csrf-token"]'));
  const field = /** @type {HTMLInputElement|null} */ (document.querySelector('input[name="csrfmiddlewaretoken"]'));
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return meta?.content || pageHeaders()["X-CSRFToken"] || field?.value || (cookie ? decodeURIComponent(cookie[1]) : "");
}

/**
 * Asks this site as the person who is signed in: with the session, and the CSRF token where something is changed.
 * @type {import("./poll.js").Request}
 */
export function pageRequest(path, init = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", .../** @type {Record<string, string>} */ (init.headers) };
  if (init.method && init.method !== "GET") headers["X-CSRFToken"] = csrfToken();
  return fetch(path, { credentials: "same-origin", redirect: "error", ...init, headers });
}

/**
 * Fetches a single-use ticket for one hello with the session and the CSRF token.
 * Throws SignedOut on 401 and 403, an ordinary error on anything else: then it is tried again.
 * @param {string} url
 * @returns {Promise<{ticket: string, user: string|number}>}
 */
export async function fetchTicket(url) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    redirect: "error",
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    signal: AbortSignal.timeout(WAIT),
  });
  if (response.status === 401 || response.status === 403) throw new SignedOut();
  if (!response.ok) throw new Error(`ticket: ${response.status}`);
  return response.json();
}
