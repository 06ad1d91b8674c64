import { copy, one, say, words } from "./dom.js";

const PAUSE = 250;

/** Answers of the help centre: looked for while one types, read in place. */
export class Answers {
  /** @param {import("./desk.js").Desk} desk @param {HTMLElement} root */
  constructor(desk, root) {
    this.desk = desk;
    this.root = root;
    this.field = /** @type {HTMLInputElement} */ (one("input[type=search]", root));
    this.found = one("[data-found]", root);
    this.told = one("[data-told]", root);
    this.article = one("[data-article]", root);
    this.run = 0;
    /** @type {any} */
    this.timer = null;
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), PAUSE);
    });
    one("form", root).addEventListener("submit", (event) => {
      event.preventDefault();
      this.search();
    });
    this.found.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-slug]"));
      if (button) void this.read(button.dataset.slug ?? "");
    });
    one("[data-back]", root).addEventListener("click", () => this.back());
  }

  get reading() {
    return !this.article.hidden;
  }

  async search() {
    const text = this.field.value.trim();
    const run = (this.run += 1);
    if (!text) {
      this.found.replaceChildren();
      say(this.told, "");
      return;
    }
    try {
      const { results } = await this.desk.read(`search/?q=${encodeURIComponent(text.slice(0, 200))}`);
      if (run !== this.run) return;
      this.found.replaceChildren(...results.map((/** @type {any} */ hit) => this.#hit(hit)));
      say(this.told, results.length ? "" : words("none_found"));
    } catch {
      if (run === this.run) say(this.told, words("failed"));
    }
  }

  /** @param {{slug: string, title: string, summary: string}} hit */
  #hit({ slug, title, summary }) {
    const el = copy("hit");
    one("[data-slug]", el).dataset.slug = slug;
    say(one("[data-h=title]", el), title);
    say(one("[data-h=summary]", el), summary);
    return el;
  }

  /** @param {string} slug */
  async read(slug) {
    try {
      const article = await this.desk.read(`articles/${encodeURIComponent(slug)}/`);
      say(one("[data-article-title]", this.article), article.title);
      // Rendered and cleaned by the server from the shop's own Markdown; parsed without running anything.
      const body = new DOMParser().parseFromString(article.html, "text/html").body;
      for (const link of body.querySelectorAll("a")) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
      one("[data-article-body]", this.article).replaceChildren(...body.childNodes);
      this.#show(true);
      one("[data-article-title]", this.article).focus();
    } catch {
      say(this.told, words("failed"));
    }
  }

  back() {
    this.#show(false);
    this.field.focus();
  }

  /** @param {boolean} on */
  #show(on) {
    this.article.hidden = !on;
    one("[data-list]", this.root).hidden = on;
  }
}
