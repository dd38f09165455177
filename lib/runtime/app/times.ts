/** Times as callers give them and as they are shown. */

/** The first and last time that a Date can hold (ms). */
const LIMIT = 8.64e15;

/** Milliseconds since the epoch of a Date, also of another realm; NaN for anything else. */
export function dateOf(value: unknown): number {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return Number.NaN;
  }
}

/** ISO 8601 in UTC. A time that no date has is shown as the nearest date, so that one odd head never breaks a list. */
export function iso(time: number): string {
  return new Date(Math.min(LIMIT, Math.max(-LIMIT, time))).toISOString();
}
