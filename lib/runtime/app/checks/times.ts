/** Conversion of times from callers and for views. */

/** Earliest and latest time that a Date can hold (±, in ms). */
const LIMIT = 8.64e15;

/** Milliseconds since the epoch of a Date, also one of another realm; NaN for anything else. */
export function dateOf(value: unknown): number {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return Number.NaN;
  }
}

/**
 * Formats a time as ISO 8601 in UTC. Times beyond the range of Date are clamped, so that one bad head cannot break a
 * list.
 */
export function iso(time: number): string {
  return new Date(Math.min(LIMIT, Math.max(-LIMIT, time))).toISOString();
}
