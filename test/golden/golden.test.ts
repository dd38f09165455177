/** The recorded cases over memory, as they are and in other orders; the other stores have the script. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const CASES = join(import.meta.dirname, 'cases');

function golden(...options: readonly string[]): { readonly status: number | null; readonly last: string } {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'main.ts'), CASES, ...options];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, last: stdout.trim().split('\n').at(-1) ?? '' };
}

describe('golden cases', () => {
  it('pass over memory', () => {
    assert.deepEqual(golden(), { status: 0, last: '235 passed, 0 failed' });
  });

  it('pass in other orders, with duplicate messages and fresh workers', () => {
    assert.deepEqual(golden('--shuffle', '2'), { status: 0, last: '235 passed, 0 failed' });
  });
});
