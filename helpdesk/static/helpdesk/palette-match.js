// @ts-check
/** Which commands fit a few letters, and which fits best. */

/**
 * The higher the better; 0 does not fit. Each word must begin a word of the label, or stand in it; letters in their
 * order (“rt” for “Reply to”) fit least.
 * @param {string} typed @param {string} label
 */
export function fits(typed, label) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const low = label.toLowerCase();
  if (!words.length) return 1;
  const starts = low.split(/[\s:·]+/);
  let sum = 0;
  for (const word of words) {
    if (starts.some((start) => start.startsWith(word))) sum += 10;
    else if (low.includes(word)) sum += 5;
    else if (word.length > 1 && inOrder(word, low)) sum += 1;
    else return 0;
  }
  return sum + (low.startsWith(words[0]) ? 10 : 0);
}

/** @param {string} letters @param {string} text */
function inOrder(letters, text) {
  let at = -1;
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

/**
 * Those that fit, the best first, as they stood where they fit alike.
 * @template {{label: string}} T @param {string} typed @param {T[]} all @param {number} [most]
 * @returns {T[]}
 */
export function best(typed, all, most = 8) {
  const scored = all.map((one, at) => ({ one, at, score: fits(typed, one.label) })).filter(({ score }) => score > 0);
  scored.sort((a, b) => b.score - a.score || a.at - b.at);
  return scored.slice(0, most).map(({ one }) => one);
}
