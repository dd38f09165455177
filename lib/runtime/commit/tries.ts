/** Retries of writes: their number and backoff. */
import { describeFault } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';

/** Result of one try. `lost`: another writer was first. `unknown`: the store failed and may or may not have written. */
export type Tried<Result> =
  | { readonly kind: 'done'; readonly value: Result }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** Store errors after which the caller gives up instead of trying again. */
export const FAULTS = 5;
/**
 * Wait after the first store error, in units of `backOff`, and its growth factor. All waits together outlast a second
 * of throttling.
 */
const FAULT_PAUSE = 2.5;
const FAULT_FACTOR = 4;
/** Longest wait after a lost race, in units of `backOff`. */
const LONGEST = 8;
/** The same after hundreds of lost races. */
const LONGEST_AT_LAST = 50;
/** Share of a wait for each session that works on the execution: more of them need more time between them. */
const PER_SESSION = 0.4;

/** Tries to store outcomes when the store fails, and the wait before each, in units of `backOff`. */
const SETTLE_TRIES = 12;
const SETTLE_PAUSE = 50;

/**
 * Repeats work whose store fails.
 * @param end time after which it is not repeated (ms since the epoch)
 * @throws the last error
 */
export async function untilStored<Result>(
  { log, clock }: Ports,
  { backOff: unit }: Parameters,
  executionId: string,
  end: () => number,
  work: () => Promise<Result>,
): Promise<Result> {
  const pause = unit * SETTLE_PAUSE;
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === SETTLE_TRIES || clock.now() + pause >= end()) throw error;
      log.warn('settle failed', { executionId, ...describeFault(error) });
      if (pause > 0) await clock.sleep(pause);
    }
  }
}

/** Whether to try after so many lost races. */
export type MayTry = (lost: number) => Promise<boolean> | boolean;

/**
 * Tries until one try is done. Returns `undefined` once `mayTry` ends it. An unknown outcome does not count as a lost
 * race: the next try shows whether the write was stored.
 * @param sessions how many work on the execution, as of the newest try
 * @throws the last error of the store after `FAULTS` of them
 */
export async function tryUntilDone<Result>(
  ports: Ports,
  parameters: Parameters,
  mayTry: MayTry,
  tryOnce: () => Promise<Tried<Result>>,
  sessions = () => 1,
): Promise<Result | undefined> {
  let lost = 0;
  let faults = 0;
  let goesOn = await mayTry(lost);
  while (goesOn) {
    const tried = await tryOnce();
    if (tried.kind === 'done') return tried.value;
    if (tried.kind === 'lost') lost += 1;
    else faults += 1;
    if (tried.kind === 'unknown') {
      if (faults >= FAULTS) throw tried.error;
      await outlast(ports, parameters, faults);
    }
    goesOn = await mayTry(lost);
    if (goesOn) await backOff(ports, parameters, lost, Math.max(1, PER_SESSION * sessions()));
  }
  return undefined;
}

export function upTo(tries: number): MayTry {
  return (lost) => lost < tries;
}

/** Waits 50–100 % of 25, 100, 400, 1,600 ms with the default unit. */
async function outlast({ clock, entropy }: Ports, { backOff: unit }: Parameters, faults: number): Promise<void> {
  const longest = unit * FAULT_PAUSE * FAULT_FACTOR ** (faults - 1);
  if (unit > 0) await clock.sleep(longest * (0.5 + entropy.number() / 2));
}

async function backOff(
  { clock, entropy }: Ports,
  { backOff: unit }: Parameters,
  lost: number,
  share: number,
): Promise<void> {
  const steps = Math.min(lost, Math.max(LONGEST, Math.min(lost / LONGEST, LONGEST_AT_LAST)));
  if (unit > 0 && lost > 0) await clock.sleep(entropy.number() * steps * unit * share);
}
