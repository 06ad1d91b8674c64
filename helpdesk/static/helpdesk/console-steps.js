// @ts-check
/**
 * What the answers of the rooms' doors do to the page: the next conversation without a new page, refusals in words,
 * dialogs that close, and the way back in the browser's history.
 */
import { newId } from "../core/live/wire.js";
import { closeMenus } from "./console-menus.js";
import { desk, fetchInto, find, openNumber, show, tell } from "./console-dom.js";

const TICKET = /^\/console\/t\/(\d+)\/$/;

/** @typedef {{xhr: XMLHttpRequest, elt: HTMLElement, target: HTMLElement, isError: boolean, shouldSwap: boolean, pathInfo: {requestPath: string}}} Answer */

/** Opens a conversation in this page. @param {string} number @param {boolean} [push]   a step of its own in the history */
export async function openTicket(number, push = true) {
  const panes = find("#panes");
  const url = `/console/t/${number}/`;
  if (!panes) return;
  await fetchInto(`${url}panes/`, panes);
  if (push && openNumber() === number && location.pathname !== url) history.pushState({ htmx: true }, "", url + location.search);
}

/** A step that leads to a conversation does not cost the page. @param {Event & {detail: Answer}} event */
function follow(event) {
  const { xhr, elt } = event.detail;
  const number = TICKET.exec(xhr.getResponseHeader("HX-Redirect") ?? "")?.[1];
  if (!number) return;
  event.preventDefault();
  if (!elt.closest("[data-stay]")) return void openTicket(number);
  closeDialogs();
  const told = find("#told");
  if (told) fetchInto("/console/told/", told);
  lookAgain();
}

/** Without a line nobody says that something changed: then the page asks itself. */
function lookAgain() {
  for (const el of document.querySelectorAll("[data-live-src]")) {
    fetchInto(/** @type {HTMLElement} */ (el).dataset.liveSrc ?? "", el, "outerHTML");
  }
}

function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    dialog.querySelector("form")?.reset();
    dialog.querySelector(".told")?.replaceChildren();
    /** @type {HTMLDialogElement} */ (dialog).close();
  }
}

// --- refusals ------------------------------------------------------------------------------------------------------
/** A refusal stands in the form that was refused, never in the place of a pane. @param {Event & {detail: Answer}} event */
function keepPanes({ detail }) {
  if (detail.isError && !detail.target.matches(".told, [data-error]")) detail.shouldSwap = false;
}

/** @param {Event & {detail: Answer}} event */
function refused({ detail: { xhr, elt, target, pathInfo } }) {
  if (target?.matches(".told, [data-error]")) return;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const words = (page.querySelector("[data-error-code] b") ?? page.querySelector("[role=alert]"))?.textContent?.trim() ?? alerts().lost ?? "";
  const isPart = elt?.matches("[data-live-src]");
  // A part that is fetched again and again says only that the conversation went out of sight, and to sign in.
  if (!isPart || xhr.status === 401 || (xhr.status === 404 && elt.id === "head")) tell(words, true, xhr.status === 401 ? alerts().signIn : "");
  if (page.querySelector('[data-error-code="doubts"]')) offerAnyway(/** @type {HTMLButtonElement} */ (elt), pathInfo.requestPath);
}

/** What a lead would ask about is done all the same, by a second press. @param {HTMLButtonElement} asked @param {string} url */
function offerAnyway({ name, value }, url) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn2", textContent: alerts().anyway ?? "" });
  button.addEventListener("click", () => {
    const htmx = /** @type {any} */ (globalThis).htmx;
    void htmx.ajax("POST", url, { source: document.body, swap: "none", values: { [name]: value, sure: "1" } });
  });
  find("#told .say-it")?.append(" ", button);
}

/** @param {Event & {detail: Answer}} event */
function lost({ detail: { elt } }) {
  if (elt?.matches("[data-live-src]")) return; // the line's own badge says it
  tell(alerts().lost ?? "", true);
}

const alerts = () => find("[data-alerts]")?.dataset ?? {};

// --- what is done --------------------------------------------------------------------------------------------------
/** @param {Event} event */
function done(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const form = /** @type {HTMLFormElement|null} */ (target.closest("form[data-live-composer]"));
  if (form) emptied(form);
  find("#told")?.replaceChildren();
  closeDialogs();
  closeMenus();
  const { warning, told } = /** @type {CustomEvent} */ (event).detail ?? {};
  tell(warning ?? told ?? "", Boolean(warning));
  if (document.documentElement.dataset.link !== "connected") lookAgain();
}

/** A message with files went as a form: its words and files are sent, the next one has a name of its own. @param {HTMLFormElement} form */
function emptied(form) {
  form.dispatchEvent(new Event("files:clear"));
  const id = /** @type {HTMLInputElement} */ (form.elements.namedItem("client_id"));
  id.value = newId();
  const area = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
  area.value = "";
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus({ preventScroll: true });
  form.querySelector("[data-error]")?.replaceChildren();
}

/** A chat began or ended while its conversation is open: the composer is wired again, its words stay. */
export function keepMode() {
  const thread = find("[data-thread]");
  const mode = find("#head")?.dataset.modeNow;
  const form = thread?.querySelector("form[data-live-composer]");
  if (!thread || !form || !mode || thread.dataset.mode === mode) return;
  const active = /** @type {HTMLElement|null} */ (form.contains(document.activeElement) ? document.activeElement : null);
  const place = document.createComment("");
  thread.dataset.mode = mode;
  form.replaceWith(place);
  document.dispatchEvent(new Event("htmx:afterSettle"));
  place.replaceWith(form);
  document.dispatchEvent(new Event("htmx:afterSettle"));
  active?.focus({ preventScroll: true });
}

// --- the browser's back --------------------------------------------------------------------------------------------
function goBack() {
  const number = TICKET.exec(location.pathname)?.[1];
  if (number && find("#panes")) return void (number === openNumber() || openTicket(number, false));
  if (desk.dataset.pane !== "queue" && location.pathname === "/console/" && !openNumber()) return show("queue");
  location.reload();
}

/** @param {string} name @param {(event: any) => void} act */
const on = (name, act) => document.body.addEventListener(name, act);

on("htmx:beforeOnLoad", follow);
on("htmx:beforeSwap", keepPanes);
on("htmx:responseError", refused);
on("htmx:sendError", lost);
on("ticket:done", done);
// After htmx, whose own way back would fetch the whole page.
document.addEventListener("DOMContentLoaded", () => (window.onpopstate = goBack));
