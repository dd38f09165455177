/** The simulator's own promises that take long to show. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runJobs } from './run/jobs.ts';
import { join as joinTotals, runRange, workloadOf } from './run/run.ts';
import { runSchedule } from './run/schedule.ts';
import { shrink } from './run/shrink.ts';

describe('the simulator', () => {
  it('gives the same result for any split of a run', async () => {
    const whole = await runRange({ first: 100, count: 20 });
    const parts = [await runRange({ first: 100, count: 7 }), await runRange({ first: 107, count: 13 })] as const;
    assert.deepEqual(joinTotals(parts[1], parts[0]), whole);
    assert.deepEqual(await runJobs({ first: 100, count: 20 }, 3), whole);
  });

  it('replays a seed as a readable trace', () => {
    const args = ['--import', 'tsx', join(import.meta.dirname, 'main.ts'), '--seed', '11', '--replay'];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /worker\d+ receives wake/);
    assert.match(stdout, /commit \S+ on \d+ → committed/);
    assert.match(stdout, /seed 11, \w+: ended as promised\ntrace \S{22}\n$/);
  });

  it('shrinks a failing schedule to the necessary faults', async () => {
    const seed = 24;
    const workload = workloadOf(seed);
    const whole = await runSchedule({ seed, workload });
    assert.ok(whole.struck > 1);
    const failing = { ...workload, check: () => undefined, always: onlyWithoutRetries() };
    const shrunk = await shrink(seed, failing);
    assert.ok(shrunk);
    assert.ok(shrunk.result.violations.length > 0);
    assert.ok(shrunk.faultySteps <= whole.faultySteps);
    assert.equal(await shrink(seed, workload), undefined, 'a schedule that keeps its promises');
  });
});

/** A model that no state satisfies. */
function onlyWithoutRetries() {
  return (): string => 'there is state';
}
