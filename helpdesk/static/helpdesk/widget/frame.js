import { ConnectionBadge } from "../../core/live/connection.js";
import { openLine } from "../../core/live/line.js";
import { SignedOut } from "../../core/live/socket.js";
import { handOver, openStore } from "../../core/live/store.js";
import { Answers } from "./answers.js";
import { Bridge } from "./bridge.js";
import { Desk, Refused } from "./desk.js";
import { clock, moment, one, say, weekday, words } from "./dom.js";
import { Files } from "./files.js";
import { Start } from "./start.js";
import { Talk } from "./talk.js";

/** Milliseconds between two looks at the desk's hours. */
const LOOK = 60_000;
/** The shortest that a whole day can be: one on which clocks go forward. */
const DAY = 23 * 3_600_000;

/** The page in the frame: who this browser is, its conversation, answers, hours; and what the shop's page asks. */
class Widget {
  constructor() {
    const { key = "", origins = "[]" } = document.body.dataset;
    this.zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    document.documentElement.dataset.tz = this.zone;
    this.desk = new Desk(key, document.documentElement.lang);
    this.files = new Files(this.desk);
    /** What is not sent yet, whoever writes here. */
    this.store = openStore();
    /** @type {any} */
    this.context = {};
    /** @type {any} */
    this.site = null;
    /** @type {import("../../core/live/line.js").Line|null} */
    this.line = null;
    /** @type {Talk|null} */
    this.talk = null;
    this.isOpen = false;
    this.unread = 0;
    this.read = 0;
    /** One change of who this is at a time. */
    this.turn = Promise.resolve();
    this.badge = new ConnectionBadge(() => this.line?.socket.wake(true));
    this.start = new Start(this.desk, /** @type {HTMLFormElement} */ (one("#start")), {
      context: () => this.context,
      begun: (talk) => void this.#show(talk),
      open: () => void this.#resume(),
    });
    this.answers = new Answers(this.desk, one("#answers"));
    this.bridge = new Bridge(JSON.parse(origins), {
      open: () => this.#opened(),
      close: () => (this.isOpen = false),
      identify: ({ jwt }) => this.#next(() => this.#identify(jwt)),
      reset: () => this.#next(() => this.#reset()),
      context: ({ context }) => this.#tellContext(context),
      edge: ({ end }) => this.#edge(end),
    });
    this.#listen();
  }

  #listen() {
    one("#close").addEventListener("click", () => this.bridge.say({ type: "close" }));
    for (const tab of document.querySelectorAll("[data-tab]")) {
      tab.addEventListener("click", () => this.#tab(/** @type {HTMLElement} */ (tab).dataset.tab ?? "talk"));
    }
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.answers.reading) this.answers.back();
      else this.bridge.say({ type: "close" });
    });
    addEventListener("storage", ({ key }) => {
      if (key === this.desk.slot) void this.#next(() => this.#again()); // another tab signed in or out
    });
    setInterval(() => void this.hours(), LOOK);
  }

  /** @param {() => Promise<void>} step */
  #next(step) {
    this.turn = this.turn.then(step).catch((error) => console.error(error));
    return this.turn;
  }

  async begin() {
    await this.#next(async () => {
      await this.hours();
      await this.#resume();
    });
    if (this.isOpen) this.#focus();
  }

  async hours() {
    try {
      this.site = await this.desk.hours(this.zone);
    } catch (error) {
      if (error instanceof Refused && error.status === 404) say(one("#status-text"), words("off"));
      return;
    }
    const { desk } = this.site;
    const when = moment(desk.open ? desk.closes_at : desk.opens_at);
    const state = desk.open ? (when ? "open_until" : "open") : when ? "opens" : "closed";
    one("#status").dataset.state = desk.open ? "open" : "closed";
    say(one("#status-text"), words(state, { when }));
    this.#week(desk.week);
    this.start.draw(this.site, this.desk.grant);
  }

  /** @param {{day: string, windows: {start: string, end: string}[]}[]} week */
  #week(week) {
    const list = one("#week");
    list.replaceChildren(
      ...week.flatMap(({ day, windows }) => {
        const name = Object.assign(document.createElement("dt"), { textContent: weekday(day) });
        const isWhole = windows.length === 1 && Date.parse(windows[0].end) - Date.parse(windows[0].start) >= DAY;
        const spans = isWhole ? [words("all_day")] : windows.map(({ start, end }) => `${clock(start)}–${clock(end)}`);
        return [name, Object.assign(document.createElement("dd"), { textContent: spans.join(", ") || words("no_hours") })];
      }),
    );
  }

  /** Who this browser is, and what it talked about last. */
  async #resume() {
    const grant = await this.desk.known();
    this.start.draw(this.site ?? { desk: {}, promised: null }, grant);
    if (!grant) return this.#none();
    try {
      await this.#show(await this.desk.ask("talk/"));
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
      this.#none();
    }
  }

  #none() {
    this.#leave();
    one("#home").hidden = false;
    this.bridge.say({ type: "talk", on: false });
  }

  #leave() {
    this.talk?.close();
    this.talk = null;
    one("#thread").replaceChildren();
    this.#count(0);
  }

  /** @param {any} shape */
  async #show(shape) {
    this.#leave();
    one("#home").hidden = true;
    this.read = shape.read;
    const grant = await this.desk.granted();
    const line = await this.#openLine(grant.person);
    this.talk = new Talk(this.desk, this.files, line, shape, {
      place: one("#thread"),
      person: grant.person,
      message: (event) => this.#came(event),
      again: () => this.#none(),
    });
    this.bridge.say({ type: "talk", on: true });
    if (this.isOpen) this.#focus();
  }

  /** @param {string} person */
  async #openLine(person) {
    if (this.line?.socket.user === person) return this.line;
    this.line?.socket.stop();
    document.documentElement.dataset.user = person;
    const line = await openLine({
      path: "/ws/",
      user: person,
      ticket: async () => {
        const { access, person: user } = await this.desk.granted();
        return { access, user };
      },
      request: this.desk.request,
      store: this.store,
    });
    line.socket.on("state", (state) => this.badge.setLink(state));
    line.outbox.on("count", (unsent) => this.badge.setUnsent(unsent, line.outbox.fragile));
    line.socket.on("ready", () => this.talk?.look());
    this.line = line;
    queueMicrotask(() => line.socket.start());
    return line;
  }

  /** @param {any} event */
  #came(event) {
    if (event.author?.kind !== "staff" || event.kind !== "reply" || event.seq <= this.read) return;
    this.read = event.seq;
    if (this.#seen()) return;
    this.#count(this.unread + 1);
    this.bridge.event("message", { from: event.author.name });
  }

  #seen() {
    return this.isOpen && !document.hidden && !one("#talk-pane").hidden;
  }

  /** @param {number} n */
  #count(n) {
    this.unread = n;
    this.bridge.say({ type: "unread", count: n });
  }

  #opened() {
    this.isOpen = true;
    this.#count(0);
    this.line?.socket.wake();
    requestAnimationFrame(() => {
      this.talk?.mount.thread.toEnd();
      this.#focus();
    });
  }

  #focus() {
    if (one("#talk-pane").hidden) this.answers.field.focus();
    else if (this.talk && !this.talk.form.hidden) one("textarea", this.talk.form).focus({ preventScroll: true });
    else if (!this.talk) this.start.body.focus({ preventScroll: true });
  }

  /** The Tab key came round. @param {string} end */
  #edge(end) {
    const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("a[href], button, input, textarea, select, summary, [tabindex='0']")]);
    const shown = all.filter((el) => el.getClientRects().length > 0 && !el.matches(":disabled, [tabindex='-1']"));
    shown.at(end === "last" ? -1 : 0)?.focus();
  }

  /** @param {string} name */
  #tab(name) {
    for (const tab of document.querySelectorAll("[data-tab]")) {
      if (/** @type {HTMLElement} */ (tab).dataset.tab === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    one("#talk-pane").hidden = name !== "talk";
    one("#answers").hidden = name !== "answers";
    if (name === "talk") this.#count(0);
    this.#focus();
  }

  /** @param {any} context */
  #tellContext(context) {
    this.context = context;
    if (this.talk) void this.desk.ask("context/", { context }).catch(() => {});
  }

  /** @param {string} jwt */
  async #identify(jwt) {
    const before = this.desk.grant;
    try {
      const grant = await this.desk.identify(jwt);
      // What a nobody wrote is the customer's now, and what they had not sent yet too.
      if (before && !before.identified) await handOver(await this.store, before.person, grant.person);
      this.bridge.event("identified", { name: grant.name });
    } catch (error) {
      const { code = "failed", message = "", why = "" } = error instanceof Refused ? error.told : {};
      this.bridge.event("refused", { code, message, why });
      return;
    }
    await this.#again();
  }

  /** Signed out of the shop: what is unsent can be sent by nobody any more, and is for nobody else to read. */
  async #reset() {
    await this.line?.outbox.clear();
    this.start.clear();
    await this.desk.reset();
    await this.#again();
    this.bridge.event("reset");
  }

  /** Somebody else now: nothing of the one before stays on the page or on the line. */
  async #again() {
    this.desk.grant = null;
    this.line?.socket.stop();
    this.line = null;
    this.#leave();
    try {
      await this.#resume();
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      this.#none();
    }
  }
}

void new Widget().begin();
