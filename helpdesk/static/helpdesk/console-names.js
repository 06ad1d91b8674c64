// @ts-check
/** @ in a note: colleagues to choose from, so that the whole name stands there and the one who is meant hears of it. */
import { find } from "./console-dom.js";
import { Picker } from "./console-picker.js";
import { mentionAt, whoIsMeant } from "./writing.js";

/** @typedef {{name: string, initials: string, teams: string[]}} Colleague */

/** @param {{kind: () => string, ask: (url: string) => Promise<any>}} page */
export function nameColleagues({ kind, ask }) {
  /** @type {Promise<Colleague[]>|null} */
  let known = null;
  /** @type {Picker<Colleague>|null} */
  let picker = null;
  const field = () => /** @type {HTMLTextAreaElement|null} */ (find("#words"));
  const box = () => find("#names");

  const close = () => {
    const place = box();
    if (!place || place.hidden) return false;
    place.hidden = true;
    field()?.removeAttribute("aria-activedescendant");
    field()?.removeAttribute("aria-controls");
    return true;
  };

  /** @param {Colleague} one */
  const put = ({ name }) => {
    const area = field();
    const said = area && mentionAt(area.value, area.selectionStart);
    close();
    if (!area || !said) return;
    area.setRangeText(`@${name} `, said.from, area.selectionStart, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const listFor = (/** @type {HTMLElement} */ list) => {
    if (picker?.options.list === list) return picker;
    const draw = (/** @type {Colleague} */ { name, initials, teams }, /** @type {HTMLElement} */ li) => {
      const face = Object.assign(document.createElement("span"), { className: "face", textContent: initials });
      face.setAttribute("aria-hidden", "true");
      const who = Object.assign(document.createElement("span"), { className: "cut", textContent: name });
      li.append(face, who, Object.assign(document.createElement("span"), { className: "soft cut", textContent: teams.join(", ") }));
    };
    picker = new Picker({ list, field, draw, chosen: put });
    return picker;
  };

  const look = async () => {
    const area = field();
    const said = kind() === "note" && area ? mentionAt(area.value, area.selectionStart) : null;
    if (!area || !said) return close();
    known ??= ask(area.form?.dataset.colleaguesUrl ?? "").then(({ colleagues }) => colleagues, () => []);
    const found = whoIsMeant(await known, said.text);
    const place = box();
    const list = find("#name-list");
    if (!place || !list || !found.length || !mentionAt(area.value, area.selectionStart)) return close();
    place.hidden = false;
    area.setAttribute("aria-controls", "name-list");
    listFor(list).show(found);
  };

  document.addEventListener("input", (event) => /** @type {Element} */ (event.target).id === "words" && void look());
  document.addEventListener("focusout", (event) => /** @type {Element} */ (event.target).id === "words" && close());
  document.addEventListener("keydown", (event) => {
    if (/** @type {Element} */ (event.target).id !== "words" || box()?.hidden !== false) return;
    if (event.key === "Escape" && close()) return event.stopPropagation();
    if (!event.ctrlKey && !event.metaKey) picker?.key(event, ["Enter", "Tab"]);
  }, true); // before the composer, whose Enter sends in a chat
}
