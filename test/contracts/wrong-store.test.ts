/** The contract suites find what is wrong with a store. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HANG_MS } from '../limits.ts';

const run = (wrong: string): { readonly status: number | null; readonly failed: readonly string[] } => {
  const file = fileURLToPath(new URL('wrong-store.ts', import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--import', 'tsx', '--test', '--test-reporter=tap', file];
  const { status, stdout } = spawnSync(process.execPath, args, {
    env: { ...env, WRONG_STORE: wrong },
    encoding: 'utf8',
    timeout: HANG_MS,
  });
  return { status, failed: Array.from(stdout.matchAll(/^ *not ok \d+ - (\w+) \/ wrong: /gm), ([, port = '']) => port) };
};

describe('the contract suites', () => {
  it('pass with stores that keep their promises', () => {
    const { status, failed } = run('none');
    assert.deepEqual({ status, failed }, { status: 0, failed: [] });
  });

  it('fail for commits without a condition on the revision', () => {
    const { status, failed } = run('blind commits');
    assert.deepEqual({ status, ports: [...new Set(failed)] }, { status: 1, ports: ['ExecutionStore'] });
  });

  it('fail for a ledger that keeps nothing', () => {
    const { status, failed } = run('forgetful ledger');
    assert.deepEqual({ status, ports: [...new Set(failed)] }, { status: 1, ports: ['LedgerStore'] });
  });
});
