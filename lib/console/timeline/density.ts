/** Attempts per strip of time, for rows with many activations. */
import type { HistorySummary } from '../api/history.ts';
import type { Row } from './rows.ts';
import type { Scale } from './scale.ts';

export interface Strip {
  readonly done: number;
  readonly failed: number;
}

export const STRIPS = 90;

export function densityOf(rows: readonly Pick<Row, 'spans'>[], scale: Scale): readonly Strip[] {
  const strips = empty();
  for (const { spans } of rows) {
    for (const { kind, to } of spans) {
      if (to !== undefined && (kind === 'done' || kind === 'failed')) add(strips, scale, to, kind, 1);
    }
  }
  return strips;
}

/** The strips as two shapes, however many there are: `height` units high, one unit wide each. */
export function shapesOf(strips: readonly Strip[], height: number): { readonly done: string; readonly failed: string } {
  const most = Math.max(1, ...strips.map(({ done, failed }) => done + failed));
  const bar = (i: number, from: number, count: number) => {
    if (count === 0) return '';
    const [low, high] = [height - (height * from) / most, height - (height * (from + count)) / most];
    return `M${i + 0.08} ${low.toFixed(2)}V${high.toFixed(2)}H${i + 0.92}V${low.toFixed(2)}Z`;
  };
  return {
    done: strips.map(({ done }, i) => bar(i, 0, done)).join(''),
    failed: strips.map(({ done, failed }, i) => bar(i, done, failed)).join(''),
  };
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
