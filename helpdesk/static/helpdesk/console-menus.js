// @ts-check
/** The two menus above a conversation, status and priority: one open at a time, arrows within, held still while open. */
import { find, show } from "./console-dom.js";

/** @param {string} name   status, priority, view … */
export function openMenu(name) {
  const menu = /** @type {HTMLDetailsElement|null} */ (document.getElementById(`pick-${name}`));
  if (!menu) return;
  if (menu.closest(".talk")) show("talk");
  menu.open = true;
  menu.querySelector("button")?.focus();
}

/** Whether one was open. @param {Element|null} [but]   stays open when it is in this one */
export function closeMenus(but = null) {
  const open = [...document.querySelectorAll("details.pick[open]")].filter((menu) => !but || !menu.contains(but));
  for (const menu of open) {
    const hadFocus = menu.contains(document.activeElement);
    /** @type {HTMLDetailsElement} */ (menu).open = false;
    if (hadFocus) menu.querySelector("summary")?.focus();
  }
  return open.length > 0;
}

/** Up and down within an open menu. @param {KeyboardEvent} event */
export function moveInMenu(event) {
  const menu = /** @type {HTMLElement} */ (event.target).closest("details.pick[open]");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return false;
  const all = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("button, a")]);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1;
  event.preventDefault();
  all.at(next % all.length)?.focus();
  return true;
}

// --- the thread keeps its end in sight ---------------------------------------------------------------------------
let atEnd = true;
const sizes = new ResizeObserver(([{ target }]) => {
  if (atEnd) target.scrollTop = target.scrollHeight;
});

/** What grows around the thread (files, a bar, the head) does not hide its last words. */
export function watchThread() {
  const scroll = find("[data-thread-scroll]");
  if (!scroll || scroll.dataset.watched) return;
  scroll.dataset.watched = "1";
  atEnd = true;
  scroll.addEventListener("scroll", () => {
    atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 24;
  }, { passive: true }); // prettier-ignore
  sizes.disconnect();
  sizes.observe(scroll);
}
