/** The source of decisions of a simulated schedule: a seed, so that the same seed gives the same schedule. */

export interface Chooser {
  /** An index below `count`. */
  pick(count: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number;
}

/** A generator (sfc32) with the same sequence on every platform. */
export function createRandomChooser(seed: number): Chooser {
  let a = 0x9e3779b9 | 0;
  let b = seed | 0;
  let c = Math.trunc(seed / 2 ** 32) | 0;
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i += 1) next();
  return {
    pick: (count) => Math.floor(next() * count),
    chance: (probability) => probability > 0 && next() < probability,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
  };
}
