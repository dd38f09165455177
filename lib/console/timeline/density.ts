/** Attempts per strip of time, for rows with many activations. */
import type { HistorySummary } from '../api/history.ts';
import type { Row } from './rows.ts';
import type { Scale } from './scale.ts';

export interface Strip {
  readonly done: number;
  readonly failed: number;
}

export const STRIPS = 90;

export function densityOf({ spans }: Pick<Row, 'spans'>, scale: Scale): readonly Strip[] {
  const strips = empty();
  for (const { kind, to } of spans) {
    if (to !== undefined && (kind === 'done' || kind === 'failed')) add(strips, scale, to, kind, 1);
  }
  return strips;
}

/** Counts per minute, which the API keeps for a long history. */
export function densityOfMinutes(minutes: HistorySummary['minutes'], scale: Scale): readonly Strip[] {
  const strips = empty();
  for (const [minute, { succeeded, failed }] of Object.entries(minutes)) {
    const at = Date.parse(minute) + 30_000;
    add(strips, scale, at, 'done', succeeded);
    add(strips, scale, at, 'failed', failed);
  }
  return strips;
}

function empty(): { done: number; failed: number }[] {
  return Array.from({ length: STRIPS }, () => ({ done: 0, failed: 0 }));
}

function add(
  strips: { done: number; failed: number }[],
  scale: Scale,
  at: number,
  kind: 'done' | 'failed',
  by: number,
): void {
  const strip = strips[Math.min(STRIPS - 1, Math.floor(scale.place(at) * STRIPS))];
  if (strip && at >= scale.from && at <= scale.to) strip[kind] += by;
}
