/** The recorded cases over memory, in recorded and shuffled order; the script covers other stores. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Case } from './format.ts';
import { runCase } from './play/run.ts';
import { inOrder } from './play/schedule.ts';
import { memory } from './stores/memory.ts';

const CASES = join(import.meta.dirname, 'cases');

function golden(...options: readonly string[]): { readonly status: number | null; readonly last: string } {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'main.ts'), CASES, ...options];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, last: stdout.trim().split('\n').at(-1) ?? '' };
}

/** Features of the format that no recording uses. */
const UNRECORDED: Case = {
  format: 'tf-golden/1',
  name: 'unrecorded',
  conformance: { level: 'must' },
  chunks: {
    put: [
      { op: 'set_resource', key: 'tool', value: 'hammer' },
      { op: 'set_flow_data', key: 'way', value: 'left' },
      { op: 'set_state', key: 'own', value: { $: 'resource', key: 'tool' } },
    ],
    left: [
      { op: 'require_resource', key: 'tool', as: 't' },
      { op: 'set_state', key: 'later', value: { $: 'var', name: 't' } },
    ],
  },
  flow: {
    chains: [
      {
        steps: [
          { op: 'to', chunk: 'put' },
          {
            op: 'if',
            branches: [
              { cond: { $eq: [{ $: 'flow_data', key: 'way' }, 'left'] }, body: [{ op: 'to', chunk: 'left' }] },
            ],
          },
        ],
      },
    ],
  },
  script: [{ do: 'create_execution' }, { do: 'start', value: 1 }, { do: 'close' }],
  expected: {
    steps: [],
    close_snapshot: null,
    runs: { sequence: [], ordering: 'total' },
    stream: { ordering: 'total', items: [] },
  },
};

describe('the runner', () => {
  it('supports the features that no recording uses', async () => {
    const { observation } = await runCase(UNRECORDED, { schedule: inOrder, store: memory });
    assert.deepEqual(observation.close_snapshot, { own: 'hammer', later: 'hammer' });
  });
});

describe('golden cases', () => {
  it('pass over memory', () => {
    assert.deepEqual(golden(), { status: 0, last: '239 passed, 0 failed' });
  });

  it('pass in other orders, with duplicate messages and fresh workers', () => {
    assert.deepEqual(golden('--shuffle', '2'), { status: 0, last: '239 passed, 0 failed' });
  });
});
