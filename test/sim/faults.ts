/** Faults and how often they come: every seed draws its own rates, so that rare combinations get schedules of their own. */
import type { Chooser } from './chooser.ts';

export interface FaultRates {
  /** The call fails, nothing was done. */
  readonly fail: number;
  /** The call was done and is reported as failed. */
  readonly unknown: number;
  /** The process dies before, or after the call was done. */
  readonly crash: number;
  /** The process stops for longer than a lease and goes on (a zombie). */
  readonly pause: number;
  readonly lost: number;
  readonly duplicate: number;
  readonly delay: number;
  /** Milliseconds that a process's clock may be off, either way. */
  readonly skew: number;
  /** How often the minute's sweep is left out. */
  readonly missedSweep: number;
}

export const NO_FAULTS: FaultRates = {
  fail: 0,
  unknown: 0,
  crash: 0,
  pause: 0,
  lost: 0,
  duplicate: 0,
  delay: 0,
  skew: 0,
  missedSweep: 0,
};

const MOST = { fail: 0.1, unknown: 0.12, crash: 0.06, pause: 0.06, lost: 0.4, duplicate: 0.4, delay: 0.4 };

/** Half of the faults are off in a schedule, the others have any rate up to their highest. */
export function drawRates(chooser: Chooser): FaultRates {
  const rate = (most: number): number => (chooser.chance(0.5) ? (most * chooser.between(1, 100)) / 100 : 0);
  return {
    fail: rate(MOST.fail),
    unknown: rate(MOST.unknown),
    crash: rate(MOST.crash),
    pause: rate(MOST.pause),
    lost: rate(MOST.lost),
    duplicate: rate(MOST.duplicate),
    delay: rate(MOST.delay),
    skew: chooser.chance(0.5) ? chooser.between(1, 900) : 0,
    missedSweep: rate(0.8),
  };
}
