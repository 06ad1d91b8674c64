// @ts-check
/** The "More" menu of a ticket and the menu of each message: one dialog, whose inside is fetched when it is opened. */
import { fetchInto, find, openNumber } from "./console-dom.js";
import { closeMenus } from "./console-menus.js";

/** Words that are marked in a message when its menu is opened: most often the ones to be taken out. @param {Element} message */
function marked(message) {
  const chosen = getSelection();
  return chosen?.anchorNode && message.contains(chosen.anchorNode) ? chosen.toString().trim() : "";
}

/** @param {string} path @param {string} [words] */
async function openAct(path, words = "") {
  const dialog = /** @type {HTMLDialogElement|null} */ (find("#d-act"));
  const inside = find("#act");
  if (!dialog || !inside || dialog.open) return;
  inside.replaceChildren();
  closeMenus();
  await fetchInto(`/console/t/${openNumber()}/${path}/`, inside, "innerHTML settle:0ms");
  if (!inside.childElementCount || dialog.open) return;
  const field = /** @type {HTMLInputElement|null} */ (inside.querySelector("#said-text"));
  if (field && words) {
    field.value = words;
    /** @type {HTMLDetailsElement} */ (find("#said-redact")).open = true;
  }
  dialog.showModal();
}

/** @param {HTMLElement} el   in a message */
function openSaid(el) {
  const message = /** @type {HTMLElement} */ (el.closest("[data-seq]"));
  const kind = message.dataset.staff === undefined ? "public" : "staff";
  void openAct(`said/${kind}/${message.dataset.seq}`, marked(message));
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const act = /** @type {HTMLElement|null} */ (target.closest("[data-act]"));
  const message = /** @type {HTMLElement|null} */ (target.closest("[data-message]"));
  if (act) void openAct(`act/${act.dataset.act}`);
  else if (message) openSaid(message);
});
// What is searched anew has no preview any more.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (/** @type {HTMLElement} */ (event.target).id === "act-found") find("#act-preview")?.replaceChildren();
});
