import { ConnectionBadge } from "./connection.js";
import { Countdowns } from "./countdown.js";
import { DraftStore, Drafts } from "./draft.js";
import { openLine } from "./line.js";
import { guardLogout } from "./logout.js";
import { Mount } from "./mount.js";
import { fetchTicket, pageRequest } from "./ticket.js";
import { TopicHub } from "./topics.js";
import { guarded } from "./wire.js";

/**
 * The live parts of a page: `<script type="module" src="{% static 'core/live/main.js' %}"></script>`, after htmx.
 * Everything is declared in the markup, works on what the server drew, and is wired again after each htmx swap.
 *
 * <html lang data-user="person id, or empty" data-live="1" data-tz="Europe/Madrid" data-now="ISO, server time"
 *       data-login="/sign-in/" [data-socket="/ws/"] [data-ticket="/api/v1/live/ticket/"]>
 *   No socket without data-live="1" and a user; drafts and countdowns work regardless. CSRF token: the body's
 *   hx-headers, <meta name="csrf-token">, a form's field or the cookie. Words: texts.js, <template id="live-texts">.
 *
 * Thread
 * <section data-thread [id] data-stream data-epoch data-after="last seq drawn" (or data-head) data-me="author id"
 *          data-side="buyer|staff" data-mode="chat|ticket" [data-src="address that draws this thread"]
 *          [data-staff-stream data-staff-epoch data-staff-after (or data-staff-head)]>
 *   [data-thread-scroll]                  the element that scrolls; without it the page does
 *     [data-thread-list role="log" aria-live="polite" aria-label]    its children:
 *       <div data-day="2026-11-24">       a day's line
 *       <article data-seq [data-id="client id"] [data-own] [data-staff data-after-public]> … <time datetime>
 *     [data-typing hidden] > [data-typing-text]
 *   <button type="button" data-new-pill hidden> [> [data-f="new"]]
 *   <template data-template="message-own|message-other|note|event|pending|pending-file|day|since|file">, one element in each;
 *     event and pending may have a data-verb (pending: reply or note) for one of their own.
 *     data-f="author|time|body|initials|state" are filled, and any text or number of the event's data by its name
 *     (event: body falls back to data.text); day: "day"; since: "since"; file (into the item's [data-files]):
 *     "name", "size", the href of its <a>, and img[data-thumb] for pictures; pending-file: paint.js. Initials get the class f1-f6. Bodies need white-space: pre-line.
 *     pending: data-state="queued|sending|sent|failed" on it, buttons [data-resend hidden] [data-discard hidden].
 *     [data-mark="amended|redacted|from_ticket" hidden] in a message is shown when its data says so. An event with
 *     data.now draws the row that it is about anew (server-drawn rows need the same data-f="body", data-files and
 *     marks); message.withdrawn takes the rows of data.seqs away.
 *     The newest own message that was read gets the class is-read and the word in "state".
 *   [data-held hidden] > [data-held-text], button[data-held-read], button[data-held-send]     ticket mode only
 *   <form data-live-composer [="thread id", when outside of it] [data-kind="reply|note"] [data-keep="name"] action>
 *     one textarea, submit button, [data-counter hidden], [data-error hidden]; a field named kind decides the kind.
 *     Enter sends in chat mode, Ctrl or Cmd with Enter in both. Files that a script hands over (`files:ask` on the
 *     form, files.js; data-carries says that the form takes them) wait with their message in the outbox. With others
 *     (chosen, or hidden attachment_ids) the form is sent as it is: its answer tells of the success (data-draft-clear).
 *     data-sends="page": a script of the page may take what is sent (compose:send, cancelable), with its files.
 *
 * Elsewhere
 *   [data-live-topic="inbox me" data-live-src="/part/" id]   fetched again by htmx, outerHTML: the answer must carry
 *     both attributes again. Waits while a field in it has the focus; [data-live-hold] in it keeps it as it is.
 *   time[data-countdown data-due data-warn data-state="running|paused" [data-short]], [data-countdown-text],
 *     [data-countdown-row] around and [data-countdown-shape role="img"] for the shape: is-ok|warn|late|paused.
 *   form[data-keep="name, unlike any other's"] keeps its text fields; [data-draft-clear="name"] on the page that
 *     tells of the success; data-keep="off" on a field that is not to be kept.
 *   [data-connection] > [data-connection-text]; [data-connection-banner hidden] > [data-connection-banner-text];
 *     button[data-connection-retry]. <html data-link="connected|…"> for style sheets.
 *   form[data-logout], a[data-logout]   asks while messages are unsent.
 *
 * Events: live:state (document: {state, reason}), live:message (thread: {event, staff}), live:since (thread:
 * {count}), live:changed (topic element: {topic, ids}).
 */

/** @typedef {import("./line.js").Line} Line */

/** Where a guest's drafts are kept: the tab; a known person's: this computer. @param {string} user */
function draftStorage(user) {
  try {
    return user ? localStorage : sessionStorage;
  } catch {
    return null; // storage may be forbidden altogether
  }
}

/** Live parts of one page. */
class Page {
  constructor() {
    const { user = "", live, login = "" } = document.documentElement.dataset;
    this.user = user;
    this.live = live === "1" && user !== "";
    this.countdowns = new Countdowns();
    this.drafts = new Drafts(new DraftStore(draftStorage(user), user), login);
    /** @type {Map<HTMLElement, Mount>} */
    this.mounts = new Map();
    /** @type {Line|null} */
    this.line = null;
    /** @type {TopicHub|null} */
    this.topics = null;
    /** @type {ConnectionBadge|null} */
    this.badge = null;
  }

  async start() {
    this.drafts.start();
    this.countdowns.start();
    document.addEventListener("htmx:afterSettle", () => this.scan());
    if (!this.live) return;
    this.line = await this.#openLine();
    this.topics = new TopicHub((topics) => this.line?.socket.subs.setTopics(topics));
    this.#wire(this.line, this.topics);
    this.topics.start();
    this.scan();
    // The first hello then carries every stream: one round trip less.
    await Promise.allSettled([...this.mounts.values()].map((mount) => mount.loaded));
    this.line.socket.start();
  }

  /** New markup came, old went. */
  scan() {
    guarded(() => this.drafts.scan());
    guarded(() => this.countdowns.draw());
    guarded(() => this.badge?.draw());
    guarded(() => this.topics?.scan());
    this.#scanThreads();
  }

  #scanThreads() {
    const { line } = this;
    if (!line) return;
    for (const [root, mount] of this.mounts) {
      if (!root.isConnected) this.mounts.delete(root);
      guarded(() => (root.isConnected ? mount.wireForms() : mount.close()));
    }
    for (const el of document.querySelectorAll("[data-thread][data-stream]")) {
      const root = /** @type {HTMLElement} */ (el);
      if (!this.mounts.has(root)) guarded(() => this.mounts.set(root, new Mount(root, line)));
    }
  }

  /** @returns {Promise<Line>} */
  #openLine() {
    const { socket: path = "/ws/", ticket = "/api/v1/live/ticket/" } = document.documentElement.dataset;
    return openLine({ path, user: this.user, ticket: () => fetchTicket(ticket), request: pageRequest });
  }

  /**
   * @param {Line} line
   * @param {TopicHub} topics
   */
  #wire({ socket, outbox }, topics) {
    const badge = new ConnectionBadge(() => socket.wake(true));
    this.badge = badge;
    socket.on("state", (link) => {
      badge.setLink(link);
      document.dispatchEvent(new CustomEvent("live:state", { detail: link }));
    });
    socket.on("ready", (frame) => {
      this.countdowns.setServerTime(frame.server_time);
      topics.all();
    });
    socket.on("changed", (frame) => topics.changed(frame));
    socket.on("pong", (frame) => topics.pong(frame));
    outbox.on("count", (unsent) => badge.setUnsent(unsent, outbox.fragile));
    outbox.purge().then(() => outbox.recount());
    addEventListener("beforeunload", (event) => outbox.unsent && outbox.fragile && event.preventDefault());
    guardLogout(outbox);
  }
}

export const page = new Page();
page.start();
