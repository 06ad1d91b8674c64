// @ts-check
/** What the console's modules share: finding things, panes, words at the foot. */

export const desk = /** @type {HTMLElement} */ (document.getElementById("desk"));

/** @template {Element} [T=HTMLElement] @param {string} selector @returns {T|null} */
export const find = (selector) => /** @type {T|null} */ (document.querySelector(selector));

/** The number of the open ticket; blank when none is. */
export const openNumber = () => find("[data-thread]")?.dataset.number ?? "";

/** Whether the panes stand one behind the other, or the order panel is a drawer. */
const isNarrow = () => matchMedia("(max-width: 720px)").matches;
const isDrawer = () => matchMedia("(max-width: 1240px)").matches;

/** Shows a pane where not all fit, and takes the focus along when its place went out of sight. @param {string} pane   queue, talk or ctx */
export function show(pane) {
  const before = desk.dataset.pane;
  if (before === pane) return;
  desk.dataset.pane = pane;
  if (pane === "ctx" && isDrawer()) find("#ctx .ctx-close")?.focus();
  else if (before === "ctx" && isDrawer()) find("#go-ctx")?.focus();
  else if (isNarrow()) find(pane === "queue" ? "#rows" : "#main")?.focus({ preventScroll: true });
}

/** Words at the foot that go by themselves; a refusal stays until the next step. @param {string} words @param {boolean} [bad] @param {string} [signIn]   words of a link to the sign-in page */
export function tell(words, bad = false, signIn = "") {
  const place = find("#told");
  if (!place || !words) return;
  const line = Object.assign(document.createElement("p"), { className: bad ? "say-it bad" : "say-it", textContent: words });
  if (signIn) {
    const next = encodeURIComponent(location.pathname + location.search);
    line.append(" ", Object.assign(document.createElement("a"), { href: `${document.documentElement.dataset.login}?next=${next}`, textContent: signIn }));
  }
  place.replaceChildren(line);
}

/** Fetches a fragment into a place. @param {string} url @param {Element} target @param {string} [swap] */
export function fetchInto(url, target, swap = "innerHTML") {
  const htmx = /** @type {any} */ (globalThis).htmx;
  return htmx.ajax("GET", url, { source: target, target, swap }).catch(() => {});
}
