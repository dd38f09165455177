/** How long a value is shown before it is read again. */

/** The longest pause, in units of the shortest. A tab that nobody sees reads as rarely. */
const SLOWEST = 4;
/** Readings in a row without news after which the pause is the longest. */
const CALM = 12;

/**
 * The pause grows while nothing changes, because a list may ask the table hundreds of queries. The first news ends that.
 * @param unchanged how many readings in a row have brought nothing new
 * @returns milliseconds
 */
export function pauseAfter(shortest: number, unchanged: number, hidden: boolean): number {
  const calm = Math.min(1, unchanged / CALM);
  return shortest * (hidden ? SLOWEST : 1 + calm * (SLOWEST - 1));
}
