// @ts-check
/** Replies on their way, at the foot: the seconds that are left, gone when they stand in their thread. */

const SECOND = 1_000;
/** When each is due to go, by this browser's clock. @type {Map<string, number>} */
const goes = new Map();

/** @returns {HTMLFormElement[]} */
const bars = () => [...document.querySelectorAll("form[data-undo]")].map((el) => /** @type {HTMLFormElement} */ (el));

/** @param {() => void} redraw   asks the server again */
export function watchSending(redraw) {
  const draw = () => {
    let late = false;
    for (const bar of bars()) {
      const id = bar.dataset.undo ?? "";
      if (!goes.has(id)) goes.set(id, Date.now() + Number(bar.dataset.left) * SECOND);
      const left = Math.ceil((/** @type {number} */ (goes.get(id)) - Date.now()) / SECOND);
      const place = /** @type {HTMLElement} */ (bar.querySelector("[data-left-words]"));
      const words = left > 0 ? (place.dataset.words ?? "").replace("{n}", String(left)) : (place.dataset.now ?? "");
      if (place.textContent !== words) place.textContent = words;
      late ||= left < -1 && left % 3 === 0;
    }
    if (late) redraw();
  };
  document.addEventListener("live:message", (event) => {
    const { id } = /** @type {CustomEvent} */ (event).detail.event;
    for (const bar of bars()) if (id && bar.dataset.client === id) bar.remove();
  });
  document.addEventListener("htmx:afterSettle", draw);
  setInterval(draw, SECOND);
  redraw();
}

/** One that could not be sent is in its draft again. @param {(ticket: string) => void} back */
export function refusedHere(back) {
  /** @type {Set<string>} */
  const known = new Set();
  document.addEventListener("htmx:afterSettle", () => {
    for (const el of document.querySelectorAll("[data-refused]")) {
      const { refused = "", ticket = "" } = /** @type {HTMLElement} */ (el).dataset;
      if (known.has(refused)) continue;
      known.add(refused);
      if (goes.has(refused)) back(ticket); // it was on its way when this page saw it last
    }
  });
}
