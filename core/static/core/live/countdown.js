import { countdownAt } from "./format.js";
import { text } from "./texts.js";

/**
 * `<time data-countdown data-due="ISO" data-warn="ISO" data-state="running|paused" [data-short]>` counts down by the
 * server's clock. Its words go into `[data-countdown-text]` inside it, or into itself. The class is-ok, is-warn,
 * is-late or is-paused goes on it and on the `[data-countdown-shape]` inside it, or else inside the nearest
 * `[data-countdown-row]`, whose label becomes the state's word: never colour alone.
 */
const STATES = ["ok", "warn", "late", "paused"];
const BEAT = 1000;

export class Countdowns {
  /** @param {() => number} [now] */
  constructor(now = () => Date.now()) {
    this.clock = now;
    this.offset = 0;
    this.setServerTime(document.documentElement.dataset.now);
  }

  /** @param {string|undefined} iso */
  setServerTime(iso) {
    const at = Date.parse(iso ?? "");
    if (!Number.isNaN(at)) this.offset = at - this.clock();
  }

  start() {
    const beat = () => {
      if (!document.hidden) this.draw();
    };
    setInterval(beat, BEAT);
    document.addEventListener("visibilitychange", beat);
    this.draw();
  }

  /** @param {ParentNode} [root] */
  draw(root = document) {
    const now = this.clock() + this.offset;
    for (const el of root.querySelectorAll("[data-countdown]")) drawOne(/** @type {HTMLElement} */ (el), now);
  }
}

/**
 * @param {HTMLElement} el
 * @param {number} now
 */
function drawOne(el, now) {
  const { due, warn, state: run, short } = el.dataset;
  const dueAt = Date.parse(due ?? "");
  if (Number.isNaN(dueAt) && run !== "paused") return;
  const paused = run === "paused";
  const { state, span } = countdownAt({ now, due: dueAt, warn: Date.parse(warn ?? ""), paused, short: short !== undefined });
  const words = state === "late" ? text("late", { t: span }) : state === "paused" ? text("paused") : span;
  const target = el.querySelector("[data-countdown-text]") ?? el;
  if (target.textContent !== words) target.textContent = words;
  if (el.classList.contains(`is-${state}`)) return;
  mark(el, state);
  const shape = el.querySelector("[data-countdown-shape]") ?? shapeBeside(el);
  if (!shape) return;
  mark(shape, state);
  shape.setAttribute("aria-label", text(`shape_${state}`));
}

/** @param {Element} el */
function shapeBeside(el) {
  return (el.closest("[data-countdown-row]") ?? el.parentElement)?.querySelector("[data-countdown-shape]") ?? null;
}

/**
 * @param {Element} el
 * @param {string} state
 */
function mark(el, state) {
  for (const name of STATES) el.classList.toggle(`is-${name}`, name === state);
}
