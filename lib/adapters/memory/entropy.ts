/** Repeatable randomness for tests. */
import type { Entropy } from '../../ports/system.ts';

/** The same seed gives the same sequence (mulberry32). Not for secrets. */
export function createSeededEntropy(seed: number): Entropy {
  let state = seed >>> 0;
  const word = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    id: () => Buffer.from(Uint32Array.from({ length: 4 }, word).buffer).toString('base64url'),
    number: () => word() / 2 ** 32,
  };
}
