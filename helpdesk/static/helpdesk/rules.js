/** The rules pages: dialogs, menus that close, ticking a whole list. All else is the server's. */

/** @param {Element} button */
function tickAll(button) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (button.closest("fieldset")?.querySelectorAll("input[type=checkbox]:enabled"));
  const every = [...boxes].every((box) => box.checked);
  for (const box of boxes) box.checked = !every;
}

const deed = /** @type {HTMLDialogElement|null} */ (document.getElementById("deed"));

/** A deed's form has come: its dialog opens. */
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target instanceof Element && event.target.id === "deed-in" && deed && !deed.open) deed.showModal();
});

/** Menus are closed by a click elsewhere. @param {Element|null} inside */
function closeMenus(inside) {
  for (const menu of document.querySelectorAll("details.pick[open]")) if (!inside || !menu.contains(inside)) menu.removeAttribute("open");
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  closeMenus(target);
  const button = target.closest("[data-tick-all], [data-closes]");
  if (!button) return;
  if (button.matches("[data-tick-all]")) return tickAll(button);
  const dialog = button.closest("dialog");
  if (!dialog) return; // on a page of its own it is a link
  event.preventDefault();
  dialog.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.pick[open]");
  if (!menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary")?.focus();
});
