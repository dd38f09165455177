/** From times to places. Long spans in which nothing works are folded to a narrow strip. */
import type { Window } from './busy.ts';

export interface Fold {
  readonly from: number;
  readonly to: number;
  /** Left edge, as a part of the width. */
  readonly at: number;
}

export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly folds: readonly Fold[];
  /** Place of a time as a part of the width, from 0 to 1. */
  place(at: number): number;
}

/** Width of a fold, as a part of the whole. */
export const FOLD = 0.03;
/** Idle spans shorter than this are not folded. */
const LEAST_MS = 60_000;
/** Nor are those that take less than this part of the whole. */
const LEAST_PART = 0.2;

/** Times that are tried for ticks, per span between folds. */
const STEPS = 120;

/** @param busy when anything worked. Waiting for people is idle: nothing works. */
export function scaleOf(busy: readonly Window[], window: Window, unfold = false): Scale {
  const { from, to } = window;
  const whole = Math.max(1, to - from);
  const gaps = unfold ? [] : idle(busy, window).filter((gap) => isFolded(gap, whole));
  const folded = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const perMs = (1 - FOLD * gaps.length) / Math.max(1, whole - folded);
  const place = (at: number): number => {
    let x = 0;
    let reached = from;
    for (const gap of gaps) {
      if (at <= gap.from) break;
      x += (gap.from - reached) * perMs;
      if (at < gap.to) return x + (FOLD * (at - gap.from)) / (gap.to - gap.from);
      x += FOLD;
      reached = gap.to;
    }
    return Math.min(1, Math.max(0, x + (at - reached) * perMs));
  };
  return { from, to, folds: gaps.map((gap) => ({ ...gap, at: place(gap.from) })), place };
}

function isFolded({ from, to }: Window, whole: number): boolean {
  return to - from >= LEAST_MS && (to - from) / whole >= LEAST_PART;
}

/** Spans in which nothing worked. */
function idle(busy: readonly Window[], { from, to }: Window): readonly Window[] {
  const gaps: Window[] = [];
  let end = from;
  for (const span of [...busy, { from: to, to }].toSorted((a, b) => a.from - b.from)) {
    const start = Math.min(span.from, to);
    const margin = Math.min(5_000, (start - end) / 20);
    if (start > end) gaps.push({ from: end + margin, to: start - margin });
    end = Math.max(end, Math.min(span.to, to));
  }
  return gaps;
}

/** Times for the axis, evenly placed and outside of folds. */
export function ticks({ from, to, folds, place }: Scale, count = 6): readonly number[] {
  const starts = [from, ...folds.map((fold) => fold.to)];
  const ends = [...folds.map((fold) => fold.from), to];
  const found: number[] = [];
  let next = 0;
  for (const [i, start] of starts.entries()) {
    const end = ends[i] ?? to;
    for (let step = 0; step < STEPS; step++) {
      const at = start + ((end - start) * step) / STEPS;
      const isNear = folds.some((fold) => Math.abs(place(at) - fold.at) < 1 / count / 2);
      if (place(at) < next || place(at) > 0.93 || isNear) continue;
      found.push(at);
      next = place(at) + 1 / count;
    }
  }
  return found;
}
