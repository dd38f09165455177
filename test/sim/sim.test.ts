/** The part of the simulation that fits a test run: some schedules, and the simulator's own promises. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { HANG_MS } from '../limits.ts';
import { explore } from './exhaustive/exhaustive.ts';
import { MUTANTS } from './mutants/index.ts';
import { applyMutant } from './mutants/mutant.ts';
import { mergeResults, RESULTS } from './mutants/results.ts';
import { ROOT } from './mutants/run-mutants.ts';
import { findNonLinearizable, type Operation } from './run/histories.ts';
import { runChild, runJobs } from './run/jobs.ts';
import { runRange, STUCK, workloadOf } from './run/run.ts';

/** `npm run test:slow` runs more. */
const SCHEDULES = 100;
test(`the simulated deployment keeps its promises in ${SCHEDULES} schedules`, { timeout: HANG_MS }, async () => {
  const { schedules, failures } = await runJobs({ first: 1, count: SCHEDULES }, 2);
  assert.equal(schedules, SCHEDULES);
  assert.deepEqual(failures, []);
});

describe('the mutants', () => {
  it('replace texts that the present source has once', async () => {
    const stale: string[] = [];
    for (const [name, mutant] of Object.entries(MUTANTS)) {
      try {
        await applyMutant(mutant, (file) => readFile(join(ROOT, file), 'utf8'));
      } catch (error) {
        stale.push(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    assert.deepEqual(stale, [], 'regenerate the results');
  });

  it('are all in the list of results', async () => {
    const text = await readFile(RESULTS, 'utf8');
    const lines = text.split('\n');
    const missing = mergeResults(text, MUTANTS)
      .split('\n')
      .filter((line) => !lines.includes(line));
    assert.deepEqual(missing, [], 'npm run -s sim -- --mutants --runs 0 --write');
  });

  it('keep the results of mutants that were not run', () => {
    const mutant = (breaks: string) => ({ breaks, file: '', find: '', replace: '' });
    const result = { promises: 'model', workloads: 'chain', schedules: '7', runs: '2', version: 'a1' };
    const first = mergeResults('', { gone: mutant('x'), kept: mutant('A rule.') }, 'a1', {
      gone: result,
      kept: result,
    });
    const second = mergeResults(
      first,
      { kept: mutant('The rule.'), run: mutant('Another.'), left: mutant('A third.') },
      'b2',
      {
        run: { ...result, version: 'b2' },
      },
    );
    assert.deepEqual(
      second.split('\n').filter((line) => line.startsWith('| `')),
      [
        '| `kept` | The rule. | model | chain | 7 | 2 | a1 |',
        '| `left` | A third. | | | not measured | | |',
        '| `run` | Another. | model | chain | 7 | 2 | b2 |',
      ],
    );
    assert.match(second, /than the newest, `b2`/);
  });
});

describe('the simulator', () => {
  it('gives the same schedule for the same seed', async () => {
    const [a, b] = [await runRange({ first: 5_000, count: 20 }), await runRange({ first: 5_000, count: 20 })];
    assert.deepEqual(a, b);
    const other = await runRange({ first: 5_001, count: 20 });
    assert.notEqual(other.traceHash, a.traceHash);
  });

  it('reports an endless schedule as a violation', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sim-'));
    try {
      const program = join(folder, 'endless.mjs');
      await writeFile(program, "process.stdout.write('\\n\\n');\nfor (;;);\n");
      const { schedules, failures } = await runChild(program, { first: 5, count: 10 }, 2_000);
      assert.deepEqual(
        { schedules, failures },
        { schedules: 3, failures: [{ seed: 7, workload: workloadOf(7).name, violations: [STUCK] }] },
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the exhaustive search', () => {
  it('completes without violations', { timeout: HANG_MS }, async () => {
    const { complete, violations } = await explore({ workers: 2, signals: 2, faults: 0, reorders: 0 }, 100_000);
    assert.deepEqual({ complete, violations }, { complete: true, violations: [] });
  });
});

describe('linearizability', () => {
  const answer = (requestId: string, kind: string, from: number, to: number): Operation => ({
    what: 'resume',
    key: 'i',
    value: JSON.stringify([requestId, 1]),
    from,
    to,
    kind,
  });

  it('accepts one winner, for any order of the answers', () => {
    assert.deepEqual(findNonLinearizable([answer('a', 'conflict', 1, 6), answer('b', 'accepted', 2, 5)]), []);
    assert.deepEqual(findNonLinearizable([answer('a', 'accepted', 1, 2), answer('a', 'duplicate', 3, 4)]), []);
  });

  it('is decided quickly with many unanswered calls', () => {
    const unanswered = Array.from({ length: 40 }, (_, from): Operation => {
      return { what: 'resume', key: 'i', value: JSON.stringify(['a', 1]), from };
    });
    const late = answer('a', 'duplicate', 50, 60);
    assert.deepEqual(findNonLinearizable([...unanswered, late]), []);
    assert.equal(findNonLinearizable([...unanswered, answer('b', 'accepted', 41, 42), late]).length, 1);
  });

  it('finds two winners, a loser before the winner, and an answer after the end', () => {
    assert.equal(findNonLinearizable([answer('a', 'accepted', 1, 2), answer('b', 'accepted', 3, 4)]).length, 1);
    assert.equal(findNonLinearizable([answer('a', 'conflict', 1, 2), answer('b', 'accepted', 3, 4)]).length, 1);
    assert.equal(findNonLinearizable([answer('a', 'gone', 1, 2), answer('b', 'accepted', 3, 4)]).length, 1);
  });

  it('finds a lifecycle that moves back and a second start', () => {
    const get = (kind: string, from: number): Operation => ({
      what: 'get',
      key: 'x',
      value: '',
      from,
      to: from + 1,
      kind,
    });
    const start = (input: string, kind: string, from: number): Operation => ({
      ...{ what: 'start', key: 'x', value: input, from, to: from + 1, kind },
    });
    assert.deepEqual(findNonLinearizable([start('1', 'started', 1), get('open', 3), get('closed', 5)]), []);
    assert.equal(findNonLinearizable([start('1', 'started', 1), get('closed', 3), get('open', 5)]).length, 1);
    assert.equal(findNonLinearizable([start('1', 'started', 1), start('1', 'started', 3)]).length, 1);
    assert.equal(findNonLinearizable([start('1', 'started', 1), start('2', 'existing', 3)]).length, 1);
  });
});
