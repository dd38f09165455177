/** The simulated deployment in the number of schedules that a change has to pass. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runJobs } from './run/jobs.ts';

const SCHEDULES = 2_000;

test(`the simulated deployment keeps its promises in ${SCHEDULES} schedules`, async () => {
  const { schedules, failures } = await runJobs({ first: 1, count: SCHEDULES }, 2);
  assert.equal(schedules, SCHEDULES);
  assert.deepEqual(failures, []);
});
