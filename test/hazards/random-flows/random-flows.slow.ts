/** More and larger random flows, each in all variants. `RANDOM_FLOWS=200-400` runs the flows of these seeds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differences, flowOf } from './compare.ts';
import { VARIANTS } from './variants.ts';

const MOST_RUNS = 400;
const [FIRST = 1, LAST = 40] = (process.env.RANDOM_FLOWS ?? '1-40').split('-').map(Number);

describe('many random flows', () => {
  for (const name of Object.keys(VARIANTS))
    it(`do the same with ${name}`, async () => {
      for (let seed = FIRST; seed <= LAST; seed += 1) {
        const flow = flowOf(seed, MOST_RUNS);
        if (flow) assert.deepEqual(await differences(flow, seed, name), []);
      }
    });
});
