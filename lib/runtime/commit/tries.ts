/** Conditional writes that are tried until one is stored: how often, and how long each waits for the next. */
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';

/** What one try has come to. `lost`: somebody else has written. `unknown`: the store failed, and may have written or not. */
export type Tried<Result> =
  | { readonly kind: 'done'; readonly value: Result }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** Errors of the store after which a caller gives up: they are no unknown outcomes any more. */
export const FAULTS = 5;
/** The wait after the first of them, in units of `backOff`, and how it grows: together they outlast a second of throttling. */
const FAULT_PAUSE = 2.5;
const FAULT_FACTOR = 4;
/** The longest wait after a lost race, in units of `backOff`. */
const LONGEST = 8;

/**
 * Tries until one is done; `undefined` when so many races are lost. An unknown outcome is no lost race: the next try shows
 * whether it was stored, also after the last one.
 * @throws the error of the store that came last
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

/** Waits between half and all of 25, 100, 400, 1,600 ms by the default unit. */
async function outlast({ clock, entropy }: Ports, { backOff: unit }: Parameters, faults: number): Promise<void> {
  const longest = unit * FAULT_PAUSE * FAULT_FACTOR ** (faults - 1);
  if (unit > 0) await clock.sleep(longest * (0.5 + entropy.number() / 2));
}

async function backOff({ clock, entropy }: Ports, { backOff: unit }: Parameters, lost: number): Promise<void> {
  if (unit > 0 && lost > 0) await clock.sleep(entropy.number() * Math.min(lost, LONGEST) * unit);
}
