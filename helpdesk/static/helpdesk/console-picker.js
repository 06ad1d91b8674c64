// @ts-check
/** A list to choose from with arrows, Enter and the pointer, while the cursor stays in a field. */

/**
 * @template T
 * @typedef {object} Options
 * @property {HTMLElement} list                  role=listbox
 * @property {() => HTMLElement|null} field      where the keys are typed
 * @property {(one: T, li: HTMLElement) => void} draw
 * @property {(one: T) => void} chosen
 * @property {(one: T|null) => void} [marked]    under the hand, before it is chosen
 */

/** @template T */
export class Picker {
  /** @param {Options<T>} options */
  constructor(options) {
    this.options = options;
    /** @type {T[]} */
    this.all = [];
    this.at = -1;
    options.list.addEventListener("mousedown", (event) => event.preventDefault()); // the cursor stays
    options.list.addEventListener("click", (event) => this.#pressed(/** @type {Element} */ (event.target)));
  }

  /** @param {T[]} all */
  show(all) {
    const { list, draw } = this.options;
    this.all = all;
    list.replaceChildren(...all.map((one, n) => {
      const li = Object.assign(document.createElement("li"), { id: `${list.id}-${n}`, role: "option" });
      draw(one, li);
      return li;
    }));
    this.mark(all.length ? 0 : -1);
  }

  /** @param {number} n */
  mark(n) {
    const { list, field, marked } = this.options;
    this.at = n;
    [...list.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === n)));
    list.children[n]?.scrollIntoView({ block: "nearest" });
    if (n < 0) field()?.removeAttribute("aria-activedescendant");
    else field()?.setAttribute("aria-activedescendant", `${list.id}-${n}`);
    marked?.(this.all[n] ?? null);
  }

  /** Whether the key was one of the list's. @param {KeyboardEvent} event @param {string[]} [choose]   keys that choose */
  key(event, choose = ["Enter"]) {
    const { length } = this.all;
    if (!length || event.isComposing) return false;
    if (event.key === "ArrowDown") this.mark((this.at + 1) % length);
    else if (event.key === "ArrowUp") this.mark((this.at + length - 1) % length);
    else if (choose.includes(event.key)) this.options.chosen(this.all[this.at]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** @param {Element} target */
  #pressed(target) {
    const li = target.closest("[role=option]");
    const n = li ? [...this.options.list.children].indexOf(li) : -1;
    if (n < 0) return;
    this.mark(n);
    this.options.chosen(this.all[n]);
  }
}
