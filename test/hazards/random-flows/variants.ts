/** Parameters and disturbances that must change nothing about what a flow does. */
import { CROWDS } from '../../../lib/engine/limits/crowds.ts';
import type { Parameters } from '../../../lib/runtime/app/parameters.ts';
import type { StartOptions } from '../../../lib/runtime/client/types.ts';
import type { History } from './wire.ts';

export interface Variant {
  readonly parameters?: Partial<Parameters>;
  /** Parameters of the workers in every second round. */
  readonly others?: Partial<Parameters>;
  readonly start?: StartOptions;
  readonly history?: History;
  /** So many workers take messages at once. */
  readonly workers?: number;
  /** Chunks take some milliseconds. */
  readonly isSlow?: boolean;
  /** Time of an invocation (ms). */
  readonly budget?: number;
  /** Queued signals are delivered twice. */
  readonly isDoubled?: boolean;
  /** One of so many port calls of the workers fails, before or after its effect. */
  readonly faults?: number;
  /** The first worker dies at this commit. */
  readonly diesAt?: number;
  /** A host pauses the execution in every third round. */
  readonly isHeld?: boolean;
  /** After so many rounds the execution goes on in other stores, as a saved document. */
  readonly movesAt?: number;
  /** After so many rounds it is copied, and the original is deleted. */
  readonly copiedAt?: number;
  /** The chunk that runs as the n-th fails for good. Then a redrive or a fork continues. */
  readonly failsAt?: number;
  readonly goesOnBy?: 'redrive' | 'fork';
  /** Once it has ended, a copy begins at each activation of its main chain. */
  readonly isRerun?: boolean;
}

const INLINE = { inlineBytes: 20_000, resultBytes: 200_000 };
const TINY = { inlineBytes: 20, resultBytes: 100, partsKept: 2, waitsKept: 1, ledgerKept: 2, portion: 3 };
const CROWDED = { few: 2, room: 2_000, roomOfFew: 4_000 };
/** Lists start no items while rows are in work, unless they have none. */
const FULL = { ...CROWDS, few: 1, room: 0, roomOfFew: 0 };

const format = (seed: number) => (1 + (seed % 4)) as Parameters['headFormat'];

export const VARIANTS: Readonly<Record<string, (seed: number) => Variant>> = {
  'all in the head': () => ({ parameters: INLINE }),
  'usual parameters': () => ({}),
  'all stored beside the head': () => ({ parameters: { ...TINY, claimLimit: 3, startAhead: 2 } }),
  'older formats and crowds': (seed) => ({
    parameters: { ...TINY, headFormat: format(seed), claimLimit: 2 + (seed % 3), crowds: CROWDED },
  }),
  'lists that are read part by part': (seed) => ({
    parameters: { ...TINY, wholeBytes: 500, claimLimit: 1 + (seed % 3), startAhead: 3 },
  }),
  'few chunks at once': (seed) => ({
    parameters: { ...TINY, claimLimit: 1, crowds: FULL },
    start: { concurrency: 1 + (seed % 3), nowait: 'inline' },
  }),
  'steps stored together': (seed) => ({ parameters: seed % 2 === 0 ? TINY : {}, start: { durability: 'exit' } }),
  'workers side by side': (seed) => ({
    parameters: { ...TINY, headFormat: format(seed), claimLimit: 2, startAhead: 2 },
    workers: 2 + (seed % 2),
  }),
  'slow chunks and signals delivered twice': (seed) => ({
    parameters: { ...TINY, claimLimit: 3 },
    workers: 2 + (seed % 2),
    isSlow: true,
    isDoubled: true,
  }),
  'short invocations': (seed) => ({
    parameters: { ...TINY, claimLimit: 3 },
    isSlow: true,
    budget: 10_020 + (seed % 40),
    workers: 1 + (seed % 2),
  }),
  'values that are deleted at once': (seed) => ({
    parameters: { ...TINY, dropAfter: 0, claimLimit: 1 + (seed % 4) },
    history: seed % 2 === 0 ? 'times' : 'off',
    workers: 1 + (seed % 2),
  }),
  'workers with other parameters': (seed) => ({
    parameters: { ...TINY, headFormat: format(seed), claimLimit: 2 },
    others: { headFormat: format(seed >> 2), inlineBytes: 400 },
    isSlow: true,
  }),
  'failing port calls': (seed) => ({
    parameters: { ...TINY, claimLimit: 3, dropAfter: 0 },
    faults: 30 + (seed % 60),
    history: seed % 3 === 0 ? 'full' : 'times',
  }),
  'a worker that dies': (seed) => ({
    parameters: { ...TINY, claimLimit: 4 },
    diesAt: 2 + (seed % 17),
    workers: 1 + (seed % 2),
  }),
  'a worker that dies before steps are stored': (seed) => ({
    parameters: { ...TINY, claimLimit: 4 },
    diesAt: 2 + (seed % 7),
    start: { durability: 'exit' },
  }),
  'pauses by a host': (seed) => ({ parameters: { ...TINY, claimLimit: 3 }, isHeld: true, diesAt: 3 + (seed % 13) }),
  'a move to other stores': (seed) => ({
    parameters: { ...TINY, headFormat: format(seed), claimLimit: 4, dropAfter: 0 },
    history: seed % 3 === 0 ? 'full' : 'off',
    diesAt: 3 + (seed % 23),
    movesAt: 1 + (seed % 2),
  }),
  'a copy whose original is deleted': (seed) => ({
    parameters: { ...TINY, claimLimit: 3, headFormat: format(seed) },
    diesAt: 3 + (seed % 21),
    copiedAt: 1 + (seed % 2),
  }),
  'a redrive': (seed) => ({
    parameters: { ...TINY, headFormat: format(seed), dropAfter: 0 },
    history: seed % 2 === 0 ? 'full' : 'times',
    failsAt: 3 + (seed % 37),
    goesOnBy: 'redrive',
    isSlow: seed % 3 === 0,
  }),
  'a fork': (seed) => ({
    parameters: { ...TINY, claimLimit: 3, dropAfter: 0 },
    history: seed % 2 === 0 ? 'full' : 'times',
    failsAt: 3 + (seed % 31),
    goesOnBy: 'fork',
    workers: 1 + (seed % 2),
  }),
  reruns: (seed) => ({ parameters: seed % 2 === 0 ? TINY : {}, isRerun: true }),
};
