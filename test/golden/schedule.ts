/** In which order things happen: as they come, or shuffled by a seed. */
import { createSeededEntropy } from '../../lib/adapters/memory/entropy.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';

const DUPLICATES = 0.3;
/** Longest random delay of a chunk, in (standing) milliseconds. */
const DELAY = 60;

export interface Schedule {
  readonly isShuffled: boolean;
  /** Which of the due messages are delivered now. */
  choose<T>(due: readonly T[]): readonly T[];
  /** Whether the message that is delivered now comes again. */
  duplicates(): boolean;
  /** How many activations the next worker takes at once. */
  claimLimit(): number;
  /** How long the next chunk is delayed. */
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
  /** Messages that were delivered twice. */
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
