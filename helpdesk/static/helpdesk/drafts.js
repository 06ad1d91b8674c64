// @ts-check
/**
 * What is written and not sent, kept on the server: one reply and one note of a conversation, each with its version.
 * Knows no page: it is told what was typed, and tells how it stands.
 */

/** From the last key on. */
const WAIT = 1_200;
/** Somebody who never stops typing is kept too. */
const MOST = 8_000;
/** After a try that did not arrive. */
const AGAIN = 5_000;

import { asThen, together } from "./writing.js";

/**
 * @typedef {import("./writing.js").Deed} Deed
 * @typedef {{id: string, name: string, size: number}} Stored
 * @typedef {{body: string, version: number, files: Stored[], deeds?: Deed[], at: string|null}} Shape   a draft as the server has it
 * @typedef {"saved"|"local"|"conflict"} State
 * @typedef {object} Options
 * @property {(draft: {kind: string, body: string, files: string[], deeds: Deed[], version: number}, last: boolean) => Promise<{version: number, at: string}>} save
 *   rejects with {draft: Shape} when another window was faster, with {refused: true} when trying again is of no use
 * @property {(kind: string, state: State) => void} told
 * @property {{now: () => number, later: (work: () => void, ms: number) => any, cancel: (timer: any) => void}} env
 */

/** @param {string} body @param {string[]} files @param {Deed[]} [deeds] */
const signature = (body, files, deeds = []) => JSON.stringify([body.trim() ? body : "", [...files].sort(), Object.entries(asThen(deeds)).sort()]);

/** @param {Shape} shape */
const ofShape = ({ body, files, deeds }) => signature(body, files.map((file) => file.id), deeds);

/** One draft: what stands in the field, and what the server has of it. */
class Slot {
  body = "";
  /** @type {string[]} */
  files = [];
  /** What is done when it is sent. @type {Deed[]} */
  deeds = [];
  version = 0;
  saved = signature("", []);
  /** @type {string|null} */
  at = null;
  /** What another window wrote; nothing is kept until its writer has chosen. @type {Shape|null} */
  theirs = null;
  /** @type {any} */
  timer = null;
  /** The first key that is not kept yet; 0: none. */
  since = 0;
  /** @type {Promise<void>|null} */
  busy = null;

  get dirty() {
    return signature(this.body, this.files, this.deeds) !== this.saved;
  }
}

export class DraftKeeper {
  /** @param {Options} options */
  constructor({ save, told, env }) {
    this.write = save;
    this.told = told;
    this.env = env;
    /** @type {Record<string, Slot>} */
    this.slots = { reply: new Slot(), note: new Slot() };
  }

  /**
   * What the server has, beside what this browser has: the longer text of one beginning goes on, of two different
   * ones the writer chooses.
   * @param {string} kind @param {Shape} shape @param {string} [here] @returns {string} what goes into the field
   */
  open(kind, shape, here = shape.body) {
    const slot = this.slots[kind];
    this.env.cancel(slot.timer);
    const files = shape.files.map((file) => file.id);
    const mine = shape.body.startsWith(here) ? shape.body : here;
    Object.assign(slot, { body: mine, files, deeds: shape.deeds ?? [], version: shape.version, at: shape.at, theirs: null, since: 0 });
    slot.saved = ofShape(shape);
    if (mine.startsWith(shape.body) || !shape.body.trim()) this.typed(kind, mine, files);
    else this.#conflict(kind, slot, shape);
    return mine;
  }

  /** @param {string} kind @param {string} body @param {string[]} files @param {Deed[]} [deeds] */
  typed(kind, body, files, deeds = this.slots[kind].deeds) {
    const slot = this.slots[kind];
    Object.assign(slot, { body, files, deeds });
    this.env.cancel(slot.timer);
    if (!slot.dirty || slot.theirs) return;
    const now = this.env.now();
    slot.since ||= now;
    slot.timer = this.env.later(() => void this.save(kind), Math.max(0, Math.min(WAIT, slot.since + MOST - now)));
  }

  /** Keeps it now; one after the other. @param {string} kind @param {boolean} [last]   the page goes away */
  async save(kind, last = false) {
    const slot = this.slots[kind];
    this.env.cancel(slot.timer);
    while (slot.busy && !last) await slot.busy;
    if (!slot.dirty || slot.theirs) return;
    slot.since = 0;
    slot.busy = this.#save(kind, slot, last);
    await slot.busy;
  }

  /** @param {string} kind @param {Slot} slot @param {boolean} last */
  async #save(kind, slot, last) {
    const { body, files, deeds, version } = slot;
    try {
      const kept = await this.write({ kind, body, files, deeds, version }, last);
      Object.assign(slot, { version: kept.version, at: kept.at, saved: signature(body, files, deeds) });
      slot.busy = null;
      if (slot.dirty) this.typed(kind, slot.body, slot.files);
      else this.told(kind, "saved");
    } catch (error) {
      slot.busy = null;
      this.#failed(kind, slot, /** @type {any} */ (error));
    }
  }

  /** @param {string} kind @param {Slot} slot @param {{draft?: Shape, refused?: boolean}} error */
  #failed(kind, slot, { draft, refused }) {
    if (draft && ofShape(draft) === signature(slot.body, slot.files, slot.deeds)) {
      Object.assign(slot, { version: draft.version, at: draft.at, saved: ofShape(draft) });
      return this.told(kind, "saved"); // it was ours, only the answer got lost
    }
    if (draft) return this.#conflict(kind, slot, draft);
    this.told(kind, "local");
    if (!refused) slot.timer = this.env.later(() => void this.save(kind), AGAIN);
  }

  /** @param {string} kind @param {Slot} slot @param {Shape} theirs */
  #conflict(kind, slot, theirs) {
    slot.theirs = theirs;
    this.told(kind, "conflict");
  }

  /**
   * The writer chose between two texts; what stands in the field then.
   * @param {string} kind @param {"mine"|"theirs"|"both"} how @returns {Shape|null}   null: nothing was to choose
   */
  choose(kind, how) {
    const slot = this.slots[kind];
    const { theirs } = slot;
    if (!theirs) return null;
    const ids = theirs.files.map((file) => file.id);
    Object.assign(slot, { theirs: null, version: theirs.version, saved: ofShape(theirs) });
    const body = { mine: slot.body, theirs: theirs.body, both: `${theirs.body}\n\n${slot.body}` }[how];
    const files = { mine: slot.files, theirs: ids, both: [...new Set([...ids, ...slot.files])] }[how];
    const chosen = theirs.deeds ?? [];
    const deeds = { mine: slot.deeds, theirs: chosen, both: together(chosen, slot.deeds) }[how];
    this.typed(kind, body, files, deeds);
    return { ...theirs, body };
  }

  /** It was sent, and the server has let go of it. @param {string} kind */
  sent(kind) {
    const slot = this.slots[kind];
    this.env.cancel(slot.timer);
    Object.assign(slot, { body: "", files: [], deeds: [], version: 0, at: null, theirs: null, since: 0, saved: signature("", []) });
  }

  /** Nothing is under way any more. @param {string} kind */
  async settled(kind) {
    const slot = this.slots[kind];
    this.env.cancel(slot.timer);
    while (slot.busy) await slot.busy;
  }
}
