/** Times as callers give them. */

/** Milliseconds since the epoch of a Date, also of another realm; NaN for anything else. */
export function dateOf(value: unknown): number {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return Number.NaN;
  }
}
