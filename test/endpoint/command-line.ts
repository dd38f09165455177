/** The command line on a deployed stage: `npm run -s cli -- … --stage trial`. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HANG_MS } from '../limits.ts';
import type { Target } from './target/target.ts';

export function commandLineCases(open: () => Target): void {
  const cli = async (...args: readonly string[]) => {
    const run = open().cli ?? assert.fail('there is no stage');
    const printed = await run([...args, '--json']);
    return printed
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  };

  it('starts, finds, answers and shows an execution', { timeout: HANG_MS }, async () => {
    const input = JSON.stringify({ ticket: 'T-1', amountCents: 50_000, reason: 'arrived broken' });
    const [asked] = await cli('start', 'refund-approval', '--id', 'by-cli', '--input', input, '--wait', '60');
    assert.equal(asked.status, 'waiting', JSON.stringify(asked));
    const listed = await cli('list', '--flow', 'refund-approval', '--status', 'waiting');
    assert.ok(listed.some(({ executionId }) => executionId === 'by-cli'));
    const [answered] = await cli('answer', 'by-cli', '--value', '{"approved":true}');
    assert.equal(answered.outcome, 'accepted');
    const [ended] = await cli('show', 'by-cli', '--wait', '60');
    assert.equal(ended.status, 'completed');
    const records = await cli('history', 'by-cli', '--follow');
    assert.equal(records.at(-1).type, 'closed');
  });

  it('says in one line what it has refused', { timeout: HANG_MS }, async () => {
    await assert.rejects(cli('show', 'never-started'), /failed \(3\):\n\{"error":\{"kind":"notFound",[^\n]*\}\n$/);
  });
}
