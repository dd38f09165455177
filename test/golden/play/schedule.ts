/** The order of deliveries: as sent, or shuffled by a seed. */
import { createSeededEntropy } from '../../../lib/adapters/memory/entropy.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';

const DUPLICATES = 0.3;
/** Longest random delay of a chunk, in milliseconds of the simulated clock. */
const DELAY = 60;

export interface Schedule {
  readonly isShuffled: boolean;
  /** Selects the due messages to deliver now. */
  choose<T>(due: readonly T[]): readonly T[];
  /** Whether the present message is duplicated. */
  duplicates(): boolean;
  /** How many activations the next worker claims at once. */
  claimLimit(): number;
  /** The delay of the next chunk. */
  delay(): number;
}

export const inOrder: Schedule = {
  isShuffled: false,
  choose: (due) => due,
  duplicates: () => false,
  claimLimit: () => DEFAULTS.claimLimit,
  delay: () => 0,
};

export interface Shuffled extends Schedule {
  /** Number of duplicated messages. */
  duplicated: number;
}

export function shuffled(seed: number): Shuffled {
  const random = createSeededEntropy(seed);
  const schedule: Shuffled = {
    isShuffled: true,
    duplicated: 0,
    choose(due) {
      const chosen = due[Math.floor(random.number() * due.length)];
      return chosen === undefined ? [] : [chosen];
    },
    duplicates() {
      const again = random.number() < DUPLICATES;
      if (again) schedule.duplicated += 1;
      return again;
    },
    claimLimit: () => 1 + Math.floor(random.number() * 3),
    delay: () => Math.floor(random.number() * DELAY),
  };
  return schedule;
}
