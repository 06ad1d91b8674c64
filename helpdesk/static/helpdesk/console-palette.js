// @ts-check
/** ⌘K: everything by a few letters. What can be done is known here; what there is to be found is asked of the server. */
import { find } from "./console-dom.js";
import { best } from "./palette-match.js";

const WAIT = 120; // milliseconds of silence before it is asked
/** @typedef {{label: string, key: string, group: string, run?: () => void, href?: string, view?: string}} Command */
/** @typedef {{press: (key: string) => void, open: (number: string) => void, showList: (query: string) => void}} Desk */

/** @type {Desk} */
let hands;
/** @type {Command[]} */
let commands = [];
let active = -1;
let timer = 0;
let asked = 0;

const dialog = () => /** @type {HTMLDialogElement|null} */ (find("#d-palette"));
const field = () => /** @type {HTMLInputElement} */ (find("#pal-q"));
const here = () => /** @type {HTMLElement} */ (find("#pal-here"));
const finds = () => /** @type {HTMLElement} */ (find("#pal-found"));
/** @returns {HTMLElement[]} */
const options = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#pal-list [role=option]")].filter((el) => !el.closest("[hidden]")));

/** What the page allows now: the template's commands, and each choice of the open ticket's menus. */
function known() {
  const words = here().dataset;
  const template = /** @type {HTMLTemplateElement} */ (find("#pal-acts"));
  /** @type {Command[]} */
  const found = [];
  for (const el of /** @type {NodeListOf<HTMLElement>} */ (template.content.querySelectorAll("button, a"))) {
    const { needs, do: key = "", label = "", view } = el.dataset;
    if (needs && !find(needs === "ticket" ? "[data-thread]" : needs)) continue;
    const isPage = el.tagName === "A";
    const group = isPage || !needs ? words.go : words.here;
    found.push({ label, key: el.dataset.key ?? "", group: group ?? "", href: el.getAttribute("href") ?? "", view, run: isPage ? undefined : () => hands.press(key) });
  }
  for (const [menu, name] of [["status", words.set], ["priority", words.rank]]) {
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(`#pick-${menu} button`))) {
      // Looked up again when it is chosen: the head may be drawn anew while the list is open.
      const run = () => find(`#pick-${menu} button[value="${button.value}"]`)?.click();
      found.push({ label: `${name}: ${button.textContent?.trim()}`, key: "", group: words.here ?? "", run });
    }
  }
  return found;
}

/** @param {Command} command */
function optionOf(command) {
  const el = document.createElement(command.href ? "a" : "button");
  el.className = "pal-o";
  el.setAttribute("role", "option");
  el.setAttribute("aria-selected", "false");
  el.tabIndex = -1;
  if (command.href) el.setAttribute("href", command.href);
  if (command.view !== undefined) el.dataset.view = command.view;
  el.append(Object.assign(document.createElement("span"), { className: "grow cut", textContent: command.label }));
  el.append(Object.assign(document.createElement("span"), { className: "soft", textContent: command.group }));
  if (command.key) el.append(Object.assign(document.createElement("kbd"), { className: "k", textContent: command.key }));
  if (command.run) el.addEventListener("click", () => (dialog()?.close(), command.run?.()));
  return el;
}

function draw() {
  const typed = field().value.trim();
  here().replaceChildren(...best(typed, commands, typed ? 6 : 12).map(optionOf));
  for (const group of finds().querySelectorAll("[data-needs]")) group.toggleAttribute("hidden", !find(/** @type {HTMLElement} */ (group).dataset.needs ?? ""));
  const all = options();
  all.forEach((el, at) => (el.id = `pal-${at}`));
  find("[data-pal-none]")?.toggleAttribute("hidden", all.length > 0 || !typed);
  point(all.length ? 0 : -1);
}

/** @param {number} at */
function point(at) {
  const all = options();
  for (const el of all) el.setAttribute("aria-selected", String(el === all[at]));
  active = all[at] ? at : -1;
  look(all[active]?.dataset.macro ?? "");
  if (active < 0) return field().removeAttribute("aria-activedescendant");
  field().setAttribute("aria-activedescendant", all[at].id);
  all[at].scrollIntoView({ block: "nearest" });
}

/** What a macro will say and do, before it is put in; its words come from the composer's side. @param {string} id */
function look(id) {
  const place = find("#pal-see");
  if (place) document.dispatchEvent(new CustomEvent("macro:look", { detail: { id, place } }));
}

async function ask() {
  const typed = field().value.trim();
  const turn = (asked += 1);
  if (!typed) finds().replaceChildren();
  else {
    // Beside the page, so that an older answer does not overwrite a newer one.
    const place = document.createElement("div");
    await fetchText(`${field().dataset.src}?q=${encodeURIComponent(typed)}`, place);
    if (turn !== asked) return;
    finds().replaceChildren(...place.childNodes);
  }
  draw();
}

/** @param {string} url @param {HTMLElement} place */
async function fetchText(url, place) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.append(...page.body.childNodes);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const all = options();
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  const step = /** @type {Record<string, number>} */ (steps)[event.key];
  if (step && all.length) {
    event.preventDefault();
    return point((active + step + all.length) % all.length);
  }
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  all[active]?.click();
}

/** @param {MouseEvent} event */
function onClick(event) {
  const el = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[role=option]"));
  if (!el) return void (event.target === dialog() && dialog()?.close());
  if (event.ctrlKey || event.metaKey) return;
  if (el.dataset.open) {
    event.preventDefault();
    hands.open(el.dataset.open);
  }
  if (el.dataset.open || el.dataset.macro) dialog()?.close();
  if (el.dataset.macro) document.dispatchEvent(new CustomEvent("macro:wanted", { detail: { id: el.dataset.macro } }));
}

export const palette = {
  /** @param {Desk} desk */
  start(desk) {
    hands = desk;
    const box = dialog();
    if (!box) return;
    field().addEventListener("input", () => {
      draw();
      clearTimeout(timer);
      timer = window.setTimeout(ask, WAIT);
    });
    field().addEventListener("keydown", onKey);
    box.addEventListener("click", onClick);
    find("#pal-see")?.addEventListener("macro:looked", () => options()[active]?.scrollIntoView({ block: "nearest" }));
  },
  toggle() {
    const box = dialog();
    if (!box) return;
    if (box.open) return box.close();
    if (find("dialog:modal")) return;
    commands = known();
    field().value = "";
    finds().replaceChildren();
    draw();
    box.showModal();
    field().focus();
  },
};
