/** Retries of conditional writes: their number and backoff. */
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

/**
 * Tries until one try is done. Returns `undefined` after `tries` lost races. An unknown outcome does not count as a
 * lost race: the next try shows whether the write was stored.
 * @throws the last error of the store after `FAULTS` of them
 */
export async function tryUntilDone<Result>(
  ports: Ports,
  parameters: Parameters,
  tries: number,
  tryOnce: () => Promise<Tried<Result>>,
): Promise<Result | undefined> {
  let lost = 0;
  let faults = 0;
  while (lost < tries) {
    const tried = await tryOnce();
    if (tried.kind === 'done') return tried.value;
    if (tried.kind === 'lost') lost += 1;
    else faults += 1;
    if (tried.kind === 'unknown') {
      if (faults >= FAULTS) throw tried.error;
      await outlast(ports, parameters, faults);
    }
    if (lost < tries) await backOff(ports, parameters, lost);
  }
  return undefined;
}

/** Waits 50–100 % of 25, 100, 400, 1,600 ms with the default unit. */
async function outlast({ clock, entropy }: Ports, { backOff: unit }: Parameters, faults: number): Promise<void> {
  const longest = unit * FAULT_PAUSE * FAULT_FACTOR ** (faults - 1);
  if (unit > 0) await clock.sleep(longest * (0.5 + entropy.number() / 2));
}

async function backOff({ clock, entropy }: Ports, { backOff: unit }: Parameters, lost: number): Promise<void> {
  if (unit > 0 && lost > 0) await clock.sleep(entropy.number() * Math.min(lost, LONGEST) * unit);
}
