// @ts-check
/** Sums about a list of tickets, apart from the page: who is next, what lies between two. */

/**
 * The number to go on with: the one after the open one; when that has left the list, the one that stands in its place
 * now; at the end the first. Blank when nothing is left.
 * @param {string[]} numbers   as they stand
 * @param {string} open        the number that is open, or blank
 * @param {number} was         where the open one stood last, -1 when it never did
 */
export function nextOf(numbers, open, was) {
  const at = numbers.indexOf(open);
  const wanted = at >= 0 ? at + 1 : Math.max(0, was);
  const next = numbers[wanted] ?? numbers[0] ?? "";
  return next === open ? "" : next;
}

/**
 * Where a step of the hand leads; it stays at the ends.
 * @param {number} count @param {number} at   -1 for nowhere yet @param {number} step
 */
export const stepTo = (count, at, step) => Math.max(0, Math.min(count - 1, at < 0 ? 0 : at + step));

/**
 * All from one to the other, both with them, in the list's order; the last alone when the first is gone.
 * @template T @param {T[]} all @param {T|null} from @param {T} to
 */
export function between(all, from, to) {
  const a = from === null ? -1 : all.indexOf(from);
  const b = all.indexOf(to);
  if (b < 0) return [];
  return a < 0 ? [to] : all.slice(Math.min(a, b), Math.max(a, b) + 1);
}
