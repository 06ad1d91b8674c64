// @ts-check
/**
 * A page that shows a ticket says so: `[data-beat="/t/ID/here/"]`, every 20 s while somebody looks, once when it is
 * left, and at most every 4 s while words are typed in the live composer. Colleagues see it; a buyer who looks on gets
 * replies at once.
 */
const BEAT = 20_000;
const TYPED = 4_000;

let at = "";
let beaten = 0;
let typed = 0;
let later = 0;

/** @returns {string} */
const shown = () => (document.hidden ? "" : /** @type {HTMLElement|null} */ (document.querySelector("[data-beat]"))?.dataset.beat ?? "");

/** @param {string} url @param {Record<string, string>} [what] */
function say(url, what = {}) {
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] ?? "";
  const body = new URLSearchParams(what);
  void fetch(url, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": token } }).catch(() => {});
}

/** @param {string} now   where the page is; blank: nowhere that anybody looks at */
function move(now) {
  if (at && at !== now) say(at, { gone: "1" });
  if (now && (now !== at || Date.now() - beaten >= BEAT)) {
    beaten = Date.now();
    say(now);
  }
  at = now;
}

/** @param {Event} event */
function wrote({ target }) {
  const field = /** @type {HTMLTextAreaElement} */ (target);
  if (!field.matches?.("form[data-live-composer] textarea") || later) return;
  // What falls into the four seconds is said at their end: whoever writes little is seen, too.
  later = window.setTimeout(() => {
    later = 0;
    if (!at || !field.value.trim() || document.activeElement !== field) return;
    typed = Date.now();
    say(at, { writes: "1" });
  }, Math.max(0, typed + TYPED - Date.now()));
}

const look = () => move(shown());
document.addEventListener("input", wrote);
document.addEventListener("visibilitychange", look);
document.addEventListener("htmx:afterSettle", look);
addEventListener("pagehide", () => move(""));
addEventListener("pageshow", look);
setInterval(look, BEAT / 4);
look();
