import { plural } from "./texts.js";

/**
 * `form[data-logout]` and `a[data-logout]`: asks before unsent messages are thrown away. They must not stay for the
 * next person at this computer.
 * @param {import("./outbox.js").Outbox} outbox
 * @param {(question: string) => boolean} [ask]
 */
export function guardLogout(outbox, ask = (question) => confirm(question)) {
  /** @param {Event} event */
  const guard = async (event) => {
    const el = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest?.("[data-logout]"));
    if (!el || el.dataset.logout === "asked" || (event.type === "click") !== (el instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const unsent = await outbox.recount();
    if (unsent && !ask(plural("logout", unsent))) return;
    await outbox.clear();
    el.dataset.logout = "asked";
    if (el instanceof HTMLFormElement) el.requestSubmit();
    else el.click();
  };
  document.addEventListener("click", guard, true);
  document.addEventListener("submit", guard, true);
}
