// @ts-check
/** Small sums of writing: what stands before the cursor, who is meant, what several macros do together. */

/**
 * A word that begins with a mark and ends at the cursor: "@An" in "ask @An|". Null when there is none.
 * @param {string} value @param {number} caret
 * @returns {{from: number, text: string}|null}
 */
export function mentionAt(value, caret) {
  const found = /(?:^|[\s(])@([\p{L}\p{M}'’.-]*(?: [\p{L}\p{M}'’.-]*)?)$/u.exec(value.slice(0, caret));
  return found ? { from: caret - found[1].length - 1, text: found[1] } : null;
}

/** Whether a ; was just typed where a line begins. @param {string} value @param {number} caret */
export function macroAt(value, caret) {
  return value[caret - 1] === ";" && (caret === 1 || value[caret - 2] === "\n");
}

/**
 * People one of whose names begins like the text; whose first one does come first.
 * @template {{name: string}} T @param {T[]} people @param {string} text @param {number} [most]
 * @returns {T[]}
 */
export function whoIsMeant(people, text, most = 6) {
  const wanted = text.toLowerCase();
  const rank = (/** @type {T} */ one) => {
    const name = one.name.toLowerCase();
    if (name.startsWith(wanted)) return 0;
    return name.split(/\s+/).some((part) => part.startsWith(wanted)) ? 1 : 2;
  };
  return people.filter((one) => rank(one) < 2).sort((a, b) => rank(a) - rank(b)).slice(0, most);
}

/**
 * Deeds of one more macro beside those that wait: tags add up, of everything else the newest counts.
 * @typedef {{name: string, value: any, line: string}} Deed
 * @param {Deed[]} waiting @param {Deed[]} more @returns {Deed[]}
 */
export function together(waiting, more) {
  const found = new Map(waiting.map((deed) => [deed.name, deed]));
  for (const deed of more) {
    const before = found.get(deed.name);
    const adds = before && Array.isArray(before.value) && Array.isArray(deed.value);
    found.set(deed.name, adds ? bothTags(/** @type {Deed} */ (before), deed) : deed);
  }
  return [...found.values()];
}

/** @param {Deed} before @param {Deed} deed @returns {Deed} */
function bothTags(before, deed) {
  const fresh = deed.value.filter((/** @type {string} */ tag) => !before.value.includes(tag));
  if (!fresh.length) return before;
  const sign = deed.name === "remove_tags" ? "−" : "+";
  return { ...deed, value: [...before.value, ...fresh], line: [before.line, ...fresh.map((tag) => sign + tag)].join(", ") };
}

/** What goes out with the words. @param {Deed[]} deeds @returns {Record<string, any>} */
export const asThen = (deeds) => Object.fromEntries(deeds.map(({ name, value }) => [name, value]));

/**
 * The tag that is being written where the cursor stands, in a list with commas, and those beside it.
 * @param {string} value @param {number} cursor @returns {{text: string, others: string[]}}
 */
export function tagAt(value, cursor) {
  const { from, to } = around(value, cursor);
  const others = `${value.slice(0, from)},${value.slice(to)}`.split(",").map((tag) => tag.trim()).filter(Boolean);
  return { text: value.slice(from, cursor).trim().toLowerCase(), others };
}

/**
 * The same list with this tag in its place, ready for the next one.
 * @param {string} value @param {number} cursor @param {string} tag
 */
export function withTag(value, cursor, tag) {
  const { from, to } = around(value, cursor);
  const before = value.slice(0, from) + (from ? " " : "") + tag + ", ";
  const after = value.slice(to).replace(/^[,\s]+/, "");
  return { value: before + after, cursor: before.length };
}

/** @param {string} value @param {number} cursor */
function around(value, cursor) {
  const next = value.indexOf(",", cursor);
  return { from: value.lastIndexOf(",", cursor - 1) + 1, to: next < 0 ? value.length : next };
}

/** What is left of the field when these words were sent and others were added meanwhile. @param {string} value @param {string} sent */
export const restOf = (value, sent) => (value.startsWith(sent) ? value.slice(sent.length).trimStart() : value);
