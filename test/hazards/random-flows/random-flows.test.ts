/** Random flows do what a model of them says, whatever the parameters, and whatever happens to workers meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differences, flowOf } from './compare.ts';
import { VARIANTS } from './variants.ts';

const MOST_RUNS = 60;
/** Flows of each variant. */
const FLOWS = 2;

describe('random flows', () => {
  for (const [n, name] of Object.keys(VARIANTS).entries())
    it(`do the same with ${name}`, async () => {
      let flows = 0;
      for (let seed = 1_000 * n; flows < FLOWS; seed += 1) {
        const flow = flowOf(seed, MOST_RUNS);
        if (!flow || flow.expected.runs.length < 10) continue;
        flows += 1;
        assert.deepEqual(await differences(flow, seed, name), []);
      }
    });
});
