/** Kinds and rates of faults: every seed draws its own rates, so rare combinations get schedules of their own. */
import type { Chooser } from './chooser.ts';

export interface FaultRates {
  /** The call fails and is not applied: an error, or throttling. */
  readonly fail: number;
  /** The call is applied and reported as failed. */
  readonly unknown: number;
  /** The same for commits only: no message is lost, so it may occur in calm schedules. */
  readonly unsure: number;
  /** The process dies before or after the call is applied. */
  readonly crash: number;
  /** The process stalls for longer than a lease and continues (a zombie). */
  readonly pause: number;
  readonly lost: number;
  readonly duplicate: number;
  readonly delay: number;
  /** Maximum clock offset of a process in milliseconds, either way. */
  readonly skew: number;
  /** How often the minute's sweep is skipped. */
  readonly missedSweep: number;
}

export const NO_FAULTS: FaultRates = {
  fail: 0,
  unknown: 0,
  unsure: 0,
  crash: 0,
  pause: 0,
  lost: 0,
  duplicate: 0,
  delay: 0,
  skew: 0,
  missedSweep: 0,
};

const MOST = { fail: 0.1, unknown: 0.12, crash: 0.06, pause: 0.06, lost: 0.4, duplicate: 0.4, delay: 0.4 };
const CALM_SHARE = 0.2;

/**
 * Half of the faults are off in a schedule; the others have a random rate up to their maximum. Some schedules are calm: no call
 * fails and no message is lost, so work must not depend on the sweeper.
 */
export function drawRates(chooser: Chooser): FaultRates {
  const rate = (most: number): number => (chooser.chance(0.5) ? (most * chooser.between(1, 100)) / 100 : 0);
  const calm = chooser.chance(CALM_SHARE);
  const harm = (most: number): number => (calm ? 0 : rate(most));
  return {
    fail: harm(MOST.fail),
    unknown: harm(MOST.unknown),
    unsure: calm && chooser.chance(0.7) ? 0.25 : 0,
    crash: harm(MOST.crash),
    pause: harm(MOST.pause),
    lost: harm(MOST.lost),
    duplicate: rate(MOST.duplicate),
    delay: rate(MOST.delay),
    skew: chooser.chance(0.5) ? chooser.between(1, 900) : 0,
    missedSweep: rate(0.8),
  };
}

/** No call fails and no message is lost: wake-ups alone must keep all work going. */
export function isCalm(rates: FaultRates): boolean {
  return rates.fail + rates.unknown + rates.crash + rates.pause + rates.lost === 0;
}
