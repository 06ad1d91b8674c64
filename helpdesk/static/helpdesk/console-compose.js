// @ts-check
/**
 * The console's composer: drafts of reply and note kept on the server, sending that can be taken back, doubts before
 * it, deeds that go with it. Markup: templates/console/_composer.html.
 */
import { page } from "../core/live/main.js";
import { newId } from "../core/live/wire.js";
import { desk, fetchInto, find, openNumber, tell } from "./console-dom.js";
import { chooseMacros } from "./console-macros.js";
import { nameColleagues } from "./console-names.js";
import { refusedHere, watchSending } from "./console-sending.js";
import { DraftKeeper } from "./drafts.js";
import { asThen, restOf, together } from "./writing.js";

const KINDS = ["reply", "note"];

/** @typedef {import("./drafts.js").Shape} Shape */
/** @typedef {import("./writing.js").Deed} Deed */
/** @typedef {Error & {status: number, answer: any}} Refusal   an answer that is no success; status 0: none came */

/** Asks a door of the tickets. @param {string} url @param {FormData} [body] @param {boolean} [last]   the page goes away */
export async function ask(url, body, last = false) {
  const headers = { Accept: "application/json", "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] };
  const refused = (/** @type {number} */ status, /** @type {any} */ answer) => Object.assign(new Error(`${url}: ${status}`), { status, answer });
  const response = await fetch(url, { method: body ? "POST" : "GET", body, headers, keepalive: last }).catch(() => null);
  if (!response) throw refused(0, {});
  const answer = response.status === 204 ? {} : await response.json().catch(() => null);
  if (!response.ok || answer === null) throw refused(response.status, answer ?? {});
  return answer;
}

/** @param {Record<string, string|string[]>} fields */
export function form(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
  return body;
}

class Compose {
  /** @param {HTMLFormElement} el */
  constructor(el) {
    this.form = el;
    this.field = /** @type {HTMLTextAreaElement} */ (el.elements.namedItem("body"));
    this.kind = el.dataset.kind ?? "reply";
    this.sending = false;
    /** How each draft stands. @type {Record<string, string>} */
    this.states = {};
    const env = { now: () => Date.now(), later: (/** @type {any} */ work, /** @type {number} */ ms) => setTimeout(work, ms), cancel: (/** @type {any} */ timer) => clearTimeout(timer) };
    this.keeper = new DraftKeeper({ save: (draft, last) => this.#keep(draft, last), told: (kind, state) => this.#told(kind, state), env });
    this.#open(JSON.parse(el.dataset.drafts ?? "{}"));
    el.addEventListener("input", () => this.#changed());
    el.addEventListener("change", () => this.#changed());
    el.addEventListener("compose:kind", (event) => this.#turn(/** @type {CustomEvent} */ (event).detail.to));
    el.addEventListener("compose:send", (event) => this.#send(/** @type {CustomEvent} */ (event)));
    el.addEventListener("click", (event) => this.#pressed(/** @type {Element} */ (event.target)));
  }

  // --- what stands in the field ------------------------------------------------------------------------------------
  /** @param {Record<string, Shape>} drafts */
  #open(drafts) {
    const other = this.kind === "reply" ? "note" : "reply";
    this.keeper.open(other, drafts[other], page.drafts.store.get(this.#name(other), "body") || undefined);
    const { value } = this.field;
    this.field.defaultValue = ""; // from here on everything is a change: the net below keeps it
    this.field.value = this.keeper.open(this.kind, drafts[this.kind], value);
    for (const kind of KINDS) this.#putFiles(kind, drafts[kind].files);
    this.#draw();
    this.#look();
  }

  /** The form's name in the net below. @param {string} kind */
  #name(kind) {
    return `console-${this.form.dataset.ticket}${kind === "note" ? "-note" : ""}`;
  }

  /** @returns {HTMLInputElement[]} */
  #files() {
    return [...this.form.querySelectorAll('[data-upload-list] [name="attachment_ids"]:not(:disabled)')].map((el) => /** @type {HTMLInputElement} */ (el));
  }

  /** @param {string} kind @param {import("./drafts.js").Stored[]} files */
  #putFiles(kind, files) {
    const known = new Set([...this.form.querySelectorAll('[name="attachment_ids"]')].map((el) => /** @type {HTMLInputElement} */ (el).value));
    const before = new Set(this.form.querySelectorAll("[data-upload-list] > li"));
    this.form.dispatchEvent(new CustomEvent("files:stored", { detail: files.filter((file) => !known.has(file.id)) }));
    for (const li of this.form.querySelectorAll("[data-upload-list] > li")) if (!before.has(li)) /** @type {HTMLElement} */ (li).dataset.of = kind;
    this.#drawFiles();
  }

  /** Each kind has its own: the other's are out of sight and stay where they are. */
  #drawFiles() {
    for (const el of this.form.querySelectorAll("[data-upload-list] > li")) {
      const li = /** @type {HTMLElement} */ (el);
      li.dataset.of ??= this.kind;
      li.hidden = li.dataset.of !== this.kind;
      const field = /** @type {HTMLInputElement|null} */ (li.querySelector('[name="attachment_ids"]'));
      if (field) field.disabled = li.hidden;
    }
  }

  #changed() {
    if (this.turning) return;
    this.#drawFiles();
    this.keeper.typed(this.kind, this.field.value, this.#files().map((field) => field.value));
    if (this.doubted !== undefined && this.doubted !== this.field.value) this.#doubt([]);
  }

  /** The other kind's words come, these wait. @param {string} to */
  #turn(to) {
    this.turning = true;
    void this.keeper.save(this.kind);
    page.drafts.flush();
    this.form.dataset.keep = this.#name(to);
    this.kind = to;
    this.field.value = this.keeper.slots[to].body;
    this.#drawFiles();
    this.turning = false;
    this.#doubt([]);
    this.#draw();
    this.#look();
  }

  /** Other words stand in the field, and nobody typed them. */
  #look() {
    this.form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #touch() {
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // --- keeping it --------------------------------------------------------------------------------------------------
  /** @param {{kind: string, body: string, files: string[], deeds: Deed[], version: number}} draft @param {boolean} last */
  async #keep({ kind, body, files, deeds, version }, last) {
    const seen = find("[data-thread]")?.dataset.after ?? "0";
    try {
      return await ask(this.form.dataset.draftUrl ?? "", form({ kind, body, version: String(version), seen_seq: seen, attachment_ids: files, deeds: JSON.stringify(asThen(deeds)) }), last);
    } catch (error) {
      const { status, answer } = /** @type {Refusal} */ (error);
      throw { draft: answer.code === "newer_draft" ? answer.draft : undefined, refused: status >= 400 && status < 500 };
    }
  }

  /** @param {string} kind @param {import("./drafts.js").State} state */
  #told(kind, state) {
    this.states[kind] = state;
    if (state === "saved") {
      page.drafts.store.clear(this.#name(kind));
      if (kind === this.kind) page.drafts.dirty.delete(this.form);
    }
    if (kind === this.kind) this.#draw();
  }

  #draw() {
    const slot = this.keeper.slots[this.kind];
    const time = slot.at && new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: document.documentElement.dataset.tz || undefined }).format(Date.parse(slot.at));
    const words = slot.theirs || this.states[this.kind] === "local" ? this.#words("local") : time ? this.#words("saved").replace("{time}", time) : "";
    const place = this.form.querySelector("[data-saved]");
    if (place && place.textContent !== words) place.textContent = words;
    const both = /** @type {HTMLElement} */ (this.form.querySelector("[data-both-texts]"));
    both.hidden = !slot.theirs;
    const theirs = both.querySelector("[data-theirs]");
    if (theirs) theirs.textContent = slot.theirs?.body ?? "";
    this.#drawDeeds();
  }

  /** @param {string} key */
  #words(key) {
    return this.form.querySelector(`[data-w="${key}"]`)?.textContent ?? "";
  }

  /** @param {"mine"|"theirs"|"both"} how */
  #choose(how) {
    const shape = this.keeper.choose(this.kind, how);
    if (!shape) return;
    if (how === "theirs") this.form.dispatchEvent(new Event("files:clear"));
    if (how !== "mine") this.#putFiles(this.kind, shape.files);
    this.field.value = shape.body;
    this.#draw();
    this.#touch();
    this.field.focus();
  }

  // --- what goes with it -------------------------------------------------------------------------------------------
  /** @param {Deed[]} more */
  addDeeds(more) {
    this.#doing(together(this.keeper.slots[this.kind].deeds, more));
  }

  /** They are part of the draft: another browser finds them. @param {Deed[]} deeds */
  #doing(deeds) {
    const { body, files } = this.keeper.slots[this.kind];
    this.keeper.typed(this.kind, body, files, deeds);
    this.#drawDeeds();
  }

  #drawDeeds() {
    const list = /** @type {HTMLElement} */ (this.form.querySelector("[data-deeds]"));
    const template = /** @type {HTMLTemplateElement} */ (this.form.querySelector("[data-deed]"));
    const drawn = this.keeper.slots[this.kind].deeds.map((deed) => {
      const li = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
      /** @type {HTMLElement} */ (li.querySelector("[data-f]")).textContent = deed.line;
      const button = /** @type {HTMLElement} */ (li.querySelector("button"));
      button.dataset.drop = deed.name;
      button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${deed.line}`);
      return li;
    });
    list.replaceChildren(...drawn);
  }

  // --- sending it --------------------------------------------------------------------------------------------------
  /** @param {CustomEvent} event */
  #send(event) {
    const { kind, body, mode, submitter, queue } = event.detail;
    const status = submitter?.name === "then_status" ? submitter.value : "";
    const bare = !status && !this.keeper.slots[kind].deeds.length;
    const alone = bare && !this.#files().length;
    if (bare && (mode === "chat" || (kind === "note" && alone))) return; // the live line has it in an instant, files and all
    event.preventDefault();
    void this.#post(kind, body, status, alone ? queue : null);
  }

  /** @param {string} kind @param {string} body @param {string} status @param {((id: string) => Promise<void>)|null} queue @param {boolean} [sure] */
  async #post(kind, body, status, queue, sure = false) {
    if (this.sending) return;
    this.sending = true;
    const id = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("client_id"));
    const then = JSON.stringify(asThen(this.keeper.slots[kind].deeds));
    const files = this.#files().map((field) => field.value);
    try {
      await this.keeper.settled(kind);
      const sent = await ask(this.form.dataset.sendUrl ?? "", form({ kind, body, then, then_status: status, client_id: id.value, attachment_ids: files, sure: sure ? "1" : "" }));
      this.#sent(kind, body);
      if (sent.held) drawSending();
    } catch (error) {
      if (!(error instanceof Error && "status" in error)) throw error;
      const { status: code, answer } = /** @type {Refusal} */ (error);
      if (answer.code === "doubts") this.#doubt(answer.doubts, () => this.#post(kind, body, status, queue, true));
      else if (code === 0 && queue) await queue(id.value); // it goes out under the same id when the line is back
      else this.#error(answer.message ?? find("[data-alerts]")?.dataset.lost ?? "");
      if (code === 0 && queue) id.value = newId();
      this.keeper.typed(kind, this.keeper.slots[kind].body, this.keeper.slots[kind].files);
    } finally {
      this.sending = false;
    }
  }

  /** @param {string} kind @param {string} body */
  #sent(kind, body) {
    /** @type {HTMLInputElement} */ (this.form.elements.namedItem("client_id")).value = newId();
    this.keeper.sent(kind);
    page.drafts.store.clear(this.#name(kind));
    if (kind !== this.kind) return;
    this.form.dispatchEvent(new Event("files:clear"));
    this.field.value = restOf(this.field.value, body);
    this.#doubt([]);
    this.#error("");
    this.#draw();
    this.#touch();
    find("details.pick[open]#pick-send")?.removeAttribute("open");
  }

  /** @param {string[]} doubts @param {() => void} [send] */
  #doubt(doubts, send) {
    const place = /** @type {HTMLElement} */ (this.form.querySelector("[data-doubts]"));
    place.querySelector("ul")?.replaceChildren(...doubts.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
    place.hidden = !doubts.length;
    this.doubted = doubts.length ? this.field.value : undefined;
    this.sendAnyway = send;
  }

  /** @param {string} words */
  #error(words) {
    const place = /** @type {HTMLElement} */ (this.form.querySelector("[data-error]"));
    place.textContent = words;
    place.hidden = !words;
  }

  /** @param {Element} target */
  #pressed(target) {
    const button = /** @type {HTMLElement|null} */ (target.closest("button"));
    if (!button) return;
    const { drop, both } = button.dataset;
    if (both) this.#choose(/** @type {any} */ (both));
    if (drop) {
      this.#doing(this.keeper.slots[this.kind].deeds.filter((deed) => deed.name !== drop));
      this.field.focus({ preventScroll: true });
    }
    if (button.matches("[data-doubt-send]")) this.sendAnyway?.();
    if (button.matches("[data-doubt-stay]")) {
      this.#doubt([]);
      this.field.focus({ preventScroll: true });
    }
  }

  /** Words that came back: taken back, or refused at the end. @param {Shape} shape @param {string} [here]   what was typed meanwhile and is not kept */
  comeBack(shape, here) {
    const chosen = this.keeper.slots.reply.deeds;
    const into = this.keeper.open("reply", shape, here || undefined);
    this.keeper.typed("reply", into, this.keeper.slots.reply.files, together(shape.deeds ?? [], chosen));
    this.#putFiles("reply", shape.files);
    if (this.kind === "reply") this.field.value = into;
    this.#draw();
    this.#touch();
  }

  /** Puts everything on the server now. @param {boolean} last */
  flush(last) {
    for (const kind of KINDS) void this.keeper.save(kind, last);
  }
}

/** @type {Compose|null} */
let open = null;

/** How far the composer reaches up: on a phone what is on its way stands above it. */
const sizes = new ResizeObserver(([{ target }]) => {
  desk.style.setProperty("--write-top", `${Math.round(innerHeight - target.getBoundingClientRect().top)}px`);
});

function wire() {
  const el = /** @type {HTMLFormElement|null} */ (document.querySelector("form[data-sends]"));
  if (!el || el === open?.form) return;
  open = new Compose(el);
  const write = find("#write");
  sizes.disconnect();
  if (write) sizes.observe(write);
  const others = find("#others");
  if (others) fetchInto(others.dataset.liveSrc ?? "", others, "outerHTML");
}

const drawSending = () => {
  const place = find("#sending");
  if (place) fetchInto(place.dataset.liveSrc ?? "", place, "outerHTML");
};

/** Who writes stops some time: nobody says so. @param {HTMLElement} target */
function lookAtOthers(target) {
  if (target.id === "others" && target.querySelector("[data-writes]")) setTimeout(() => fetchInto(target.dataset.liveSrc ?? "", target, "outerHTML"), 9_000);
}

/** Undo: its words come back to where they were written. @param {HTMLFormElement} bar */
async function takeBack(bar) {
  const mine = bar.dataset.ticket === open?.form.dataset.ticket ? open : null;
  try {
    await mine?.keeper.save("reply");
    const { draft, number } = await ask(bar.action, form({ held: bar.dataset.undo ?? "" }));
    bar.remove();
    if (!mine) return tell((bar.dataset.words ?? "").replace("{n}", number));
    mine.comeBack(draft);
    find("#tab-reply")?.click();
  } catch (error) {
    if (!(error instanceof Error && "status" in error)) throw error;
    tell(/** @type {Refusal} */ (error).answer.message ?? find("[data-alerts]")?.dataset.lost ?? "", true);
    drawSending();
  }
}

document.addEventListener("submit", (event) => {
  const bar = /** @type {HTMLFormElement} */ (event.target);
  if (!bar.matches("form[data-undo]")) return;
  event.preventDefault();
  void takeBack(bar);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (/** @type {HTMLElement} */ (event.target).id === "panes") open?.flush(false);
});
document.addEventListener("htmx:afterSettle", (event) => {
  wire();
  lookAtOthers(/** @type {HTMLElement} */ (event.target));
});
document.addEventListener("visibilitychange", () => document.hidden && open?.flush(true));
addEventListener("pagehide", () => open?.flush(true));

wire();
watchSending(drawSending);
refusedHere(async (ticket) => {
  if (!open || open.form.dataset.ticket !== ticket) return;
  const { reply } = await ask(open.form.dataset.draftUrl ?? "");
  open.comeBack(reply, open.keeper.slots.reply.body);
});
chooseMacros({ compose: () => open, ask, form });
nameColleagues({ kind: () => open?.kind ?? "", ask });
if (desk && !openNumber()) drawSending();
