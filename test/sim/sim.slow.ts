/** The simulated deployment in the number of schedules that a change has to pass, and a few of the mutants. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKilled, listMutants, tryMutant } from './mutants/run-mutants.ts';
import { runJobs } from './run/jobs.ts';

const SCHEDULES = 2_000;
/** Killed within a few schedules each, by different kinds of promises. */
const KILLED_HERE = ['fence-not-checked', 'callback-unconditional', 'joins-refire', 'ledger-put-after-drop'];

describe('the simulated deployment', { concurrency: false }, () => {
  it(`keeps its promises in ${SCHEDULES} schedules`, async () => {
    const { schedules, failures } = await runJobs({ first: 1, count: SCHEDULES }, 2);
    assert.equal(schedules, SCHEDULES);
    assert.deepEqual(failures, []);
  });

  for (const name of KILLED_HERE) {
    it(`kills the mutant "${name}"`, async () => {
      const [mutant] = listMutants(name);
      assert.ok(mutant);
      const verdict = await tryMutant(mutant, 1, 2_000);
      assert.ok(isKilled(verdict), JSON.stringify(verdict));
    });
  }
});
