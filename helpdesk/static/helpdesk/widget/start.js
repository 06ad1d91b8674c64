import { newId } from "../../core/live/wire.js";
import { moment, one, say, words } from "./dom.js";
import { Refused } from "./desk.js";

/** Refused as a chat, the same words may go as a ticket. */
const TICKET_INSTEAD = new Set(["closed", "queue_full"]);

/** The first words: a chat while the desk is open, with the same text a ticket while it is not. */
export class Start {
  /**
   * @param {import("./desk.js").Desk} desk
   * @param {HTMLFormElement} form
   * @param {{context: () => any, begun: (talk: any) => void, open: () => void}} around
   */
  constructor(desk, form, around) {
    this.desk = desk;
    this.form = form;
    this.around = around;
    this.body = /** @type {HTMLTextAreaElement} */ (one("textarea", form));
    this.accepting = false;
    this.asTicket = false;
    this.client = "";
    this.busy = false;
    this.slot = `helpdesk-draft:${desk.key}`;
    this.body.value = this.#kept();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    form.addEventListener("input", () => this.#typed());
    this.body.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.shiftKey) return;
      if (!this.asTicket || event.ctrlKey || event.metaKey) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  #kept() {
    try {
      return sessionStorage.getItem(this.slot) ?? "";
    } catch {
      return "";
    }
  }

  #typed() {
    this.client = ""; // other words are another message
    this.#error("");
    try {
      sessionStorage.setItem(this.slot, this.body.value);
    } catch {
      // nothing is kept where storage is forbidden
    }
  }

  /** What somebody began to write goes with them. */
  clear() {
    this.form.reset();
    this.#typed();
  }

  /** @param {any} site what the desk says of its hours @param {any} grant */
  draw(site, grant) {
    this.accepting = site.desk.accepting;
    this.#mode(!this.accepting, site.promised);
    one("[data-labels]", this.form).hidden = grant?.identified === true || site.identity_required;
    say(one("[data-passing]", this.form), this.desk.kept.lasts ? "" : words("passing"));
    say(one("[data-required]", this.form), site.identity_required && !grant?.identified ? words("required") : "");
  }

  /** @param {boolean} asTicket @param {string|null} promised @param {string} [why] */
  #mode(asTicket, promised, why = "") {
    this.asTicket = asTicket;
    one("[data-email]", this.form).hidden = !asTicket;
    say(one("[data-send-text]", this.form), words(asTicket ? "send_ticket" : "send_chat"));
    const answer = promised ? words("answer_by", { when: moment(promised) }) : words("answer_here");
    say(one("[data-promise]", this.form), asTicket ? [why, answer].filter(Boolean).join(" ") : "");
  }

  async #send() {
    if (this.busy) return;
    if (!this.body.value.trim()) {
      this.#error(words("empty"));
      this.body.focus();
      return;
    }
    this.busy = true;
    this.form.setAttribute("aria-busy", "true");
    this.client ||= newId();
    try {
      const begun = await this.#write();
      this.clear();
      this.around.begun(begun);
    } catch (error) {
      if (error instanceof Refused) this.#refused(error);
      else this.#error(words("failed"));
    } finally {
      this.busy = false;
      this.form.removeAttribute("aria-busy");
    }
  }

  async #write() {
    if (!(await this.desk.known())) await this.desk.begin();
    const given = new FormData(this.form);
    const labels = { name: String(given.get("name") ?? ""), email: this.asTicket ? String(given.get("email") ?? "") : "" };
    const said = { body: this.body.value, client_id: this.client, context: this.around.context(), ...labels };
    return this.desk.ask(this.asTicket ? "tickets/" : "chats/", said);
  }

  /** @param {Refused} refused */
  #refused({ code, told }) {
    if (code === "already_open") this.around.open();
    else if (TICKET_INSTEAD.has(code) && !this.asTicket) {
      this.#mode(true, told.promised ?? null, told.message);
      one("[data-promise]", this.form).focus();
    } else this.#error(Object.values(told.fields ?? {}).flat().join(" ") || told.message || words("failed"));
  }

  /** @param {string} text */
  #error(text) {
    say(one("[data-error]", this.form), text);
    if (text) this.body.setAttribute("aria-invalid", "true");
    else this.body.removeAttribute("aria-invalid");
  }
}
