import { Mount } from "../../core/live/mount.js";
import { scan } from "../upload.js";
import { copy, moment, one, say, words } from "./dom.js";

/**
 * One conversation: its thread over the live line, what state it is in, ending it, saying how it was.
 *
 * @typedef {{ticket: string, number: number, status: "open"|"solved", stream: string, epoch: string, head: number, read: number,
 *   session: string|null, state: string, place: number|null, about_minutes: number|null, agent: string|null, closes_at: string|null,
 *   promised: string|null, can_write: boolean, can_rate: boolean, score: number|null}} Shape
 */
export class Talk {
  /**
   * @param {import("./desk.js").Desk} desk
   * @param {import("./files.js").Files} files
   * @param {import("../../core/live/line.js").Line} line
   * @param {Shape} shape
   * @param {{place: HTMLElement, person: string, message: (event: any) => void, again: () => void}} around
   */
  constructor(desk, files, line, shape, { place, person, message, again }) {
    this.desk = desk;
    this.line = line;
    this.shape = shape;
    this.closed = false;
    this.root = copy("talk");
    Object.assign(this.root.dataset, { stream: shape.stream, epoch: shape.epoch, after: "0", me: person });
    place.replaceChildren(this.root);
    this.topic = `ticket:${shape.ticket}`;
    this.form = /** @type {HTMLFormElement} */ (one("form[data-live-composer]", this.root));
    scan();
    this.root.addEventListener("live:message", (event) => {
      const { event: came } = /** @type {CustomEvent} */ (event).detail;
      if (came.kind === "event") void this.look();
      message(came);
    });
    this.root.addEventListener("click", (event) => {
      const link = /** @type {HTMLAnchorElement|null} */ (/** @type {Element} */ (event.target).closest("a.file"));
      if (!link) return void this.#pressed(/** @type {Element} */ (event.target), again);
      event.preventDefault();
      void files.open(link);
    });
    one("[data-rate]", this.root).addEventListener("submit", (event) => this.#mark(event));
    this.mount = new Mount(this.root, line);
    this.unhear = line.socket.on("changed", (frame) => frame.topic === this.topic && this.look());
    line.socket.subs.setTopics([this.topic]);
    this.draw();
  }

  close() {
    this.closed = true;
    this.unhear();
    this.mount.close();
  }

  /** What became of it: the state is asked for, never guessed from lines. */
  async look() {
    try {
      this.#took(await this.desk.ask("talk/"));
    } catch {
      // the next change or wake-up asks again
    }
  }

  /** @param {Shape} shape */
  #took(shape) {
    if (this.closed || shape.ticket !== this.shape.ticket) return;
    this.shape = shape;
    this.draw();
  }

  get goesOn() {
    return ["waiting", "assigned", "active"].includes(this.shape.state) && this.shape.session !== null;
  }

  /** The reader who is at the end stays there, whatever comes up below. */
  draw() {
    const { thread } = this.mount;
    const end = thread.atEnd();
    this.#draw();
    if (end) thread.toEnd();
  }

  #draw() {
    const { shape } = this;
    const line = one("[data-state]", this.root);
    line.dataset.state = this.goesOn ? shape.state : shape.status;
    say(one("[data-state-text]", line), this.#state(shape));
    this.form.hidden = !shape.can_write;
    const over = !this.goesOn;
    one("[data-end]", this.root).hidden = over;
    one("[data-solved]", this.root).hidden = this.goesOn || shape.status === "solved";
    one("[data-again]", this.root).hidden = this.goesOn;
    const mark = one("[data-rate]", this.root);
    mark.hidden = !over || !shape.can_rate;
    one("[data-stars]", mark).hidden = shape.score !== null;
    say(one("[data-thanks]", mark), shape.score === null ? "" : words("thanks", { n: shape.score }));
  }

  /** @param {Shape} shape */
  #state({ state, agent, place, about_minutes: about, promised }) {
    if (!this.goesOn) {
      if (this.shape.status === "solved") return words("is_solved");
      return promised ? words("answer_by", { when: moment(promised) }) : words(this.shape.session && state !== "ticket" ? "ended" : "answer_here");
    }
    if (state === "active") return words("with", { name: agent ?? "" });
    const stands = place && place > 1 ? words("place", { n: place }) : words("next");
    return about === null ? stands : `${stands} ${words(about === 1 ? "about_one" : "about_other", { n: about })}`;
  }

  /** @param {Element} target @param {() => void} again */
  async #pressed(target, again) {
    if (target.closest("[data-again]")) again();
    const { ticket } = this.shape;
    if (target.closest("[data-end]")) this.#took(await this.desk.ask("end/", { ticket }));
    if (target.closest("[data-solved]")) this.#took(await this.desk.ask("mark/", { ticket }));
  }

  /** @param {Event} event */
  async #mark(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const given = new FormData(form);
    const score = Number(given.get("score"));
    if (!score) return;
    this.#took(await this.desk.ask("mark/", { ticket: this.shape.ticket, score, words: String(given.get("words") ?? "") }));
  }
}
