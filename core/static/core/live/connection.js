import { plural, text } from "./texts.js";

/**
 * The honest state of the line: `[data-connection]` badges (words in `[data-connection-text]` inside, or in itself),
 * a `[data-connection-banner]` shown while offline (words in `[data-connection-banner-text]`), and `[data-connection-retry]` buttons.
 */
const STATES = ["connected", "slow", "connecting", "reconnecting", "offline", "signedout"];

/**
 * @param {{state: string, reason?: string}} link
 * @param {number} unsent
 */
function badgeText({ state, reason }, unsent) {
  if (state === "offline" && reason === "4426") return text("outdated");
  if (state === "offline" && unsent) return text("offline_unsent", { n: unsent });
  return text(state);
}

/** @param {Element} el @param {string} words */
function say(el, words) {
  if (el.textContent !== words) el.textContent = words;
}

export class ConnectionBadge {
  /** @param {() => void} retry */
  constructor(retry) {
    this.link = { state: "connecting", reason: "" };
    this.unsent = 0;
    this.fragile = false;
    document.addEventListener("click", (event) => {
      if (/** @type {Element} */ (event.target).closest?.("[data-connection-retry]")) retry();
    });
  }

  /** @param {{state: string, reason: string}} link */
  setLink(link) {
    this.link = link;
    this.draw();
  }

  /** @param {number} unsent @param {boolean} fragile   what is unsent would go with this page */
  setUnsent(unsent, fragile) {
    this.unsent = unsent;
    this.fragile = fragile;
    this.draw();
  }

  /** Also after each swap: new markup starts with whatever the server wrote. */
  draw() {
    const { link, unsent } = this;
    const banner = this.fragile ? text("banner_here") : unsent ? plural("banner", unsent) : text("banner_none");
    document.documentElement.dataset.link = link.state;
    for (const el of document.querySelectorAll("[data-connection]")) {
      for (const name of STATES) el.classList.toggle(`is-${name}`, name === link.state);
      say(el.querySelector("[data-connection-text]") ?? el, badgeText(link, unsent));
    }
    for (const el of document.querySelectorAll("[data-connection-banner]")) {
      /** @type {HTMLElement} */ (el).hidden = link.state !== "offline";
      say(el.querySelector("[data-connection-banner-text]") ?? el, banner);
    }
  }
}
