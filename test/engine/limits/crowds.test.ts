import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Activation } from '../../../lib/engine/head.ts';
import { tokenOf } from '../../../lib/engine/work/claims/attempt-token.ts';
import { defineFlow } from '../../../lib/index.ts';
import { claimable } from '../../../lib/runtime/commit/wake-ups.ts';
import { effects, pass, Run } from '../support.ts';

const DELAY = 60_000;
const JITTER = 12_000;

function listOf(items: readonly string[]): Run {
  const flow = defineFlow({ name: 'many', defaults: { retry: { initialDelay: DELAY, maxAttempts: 3 } } });
  flow.forEach((item) => item.to('work', pass)).to('end', pass);
  return new Run(flow, [...items]);
}

/** Ends the claimed attempts in one commit. */
function settleAll(run: Run, fails: boolean): void {
  const held = run.held();
  const error = { name: 'Error', message: 'down' };
  const events = held.map((row, i) => ({
    type: 'settle' as const,
    ...tokenOf(row),
    outcome: fails
      ? ({ kind: 'failed', error, fatal: false, entropy: (i % 10) / 10 } as const)
      : ({ kind: 'done', output: null, effects: effects() } as const),
  }));
  run.head = run.reduce(events).head;
}

const waiting = ({ head }: Run): readonly Activation[] => head.activations.filter(({ dueAt }) => dueAt !== undefined);

const startedIn = ({ head }: Run): number => {
  const list = Object.values(head.frames).find((frame) => frame.kind === 'list');
  return list?.kind === 'list' ? list.next : 0;
};

describe('a list whose items all fail', () => {
  it('starts no further items while the rows that wait for a retry fill the head', () => {
    const count = 250;
    const run = listOf(Array.from({ length: count }, () => 'x'.repeat(1_000)));
    while (run.claim().length > 0) settleAll(run, true);
    const started = startedIn(run);
    assert.ok(started > 64 && started < 200, `${started} items have started`);
    assert.equal(claimable(run.head, run.now, run), 0, 'no worker is called for the others');
    const late = Math.max(...waiting(run).map(({ dueAt = 0 }) => dueAt));
    run.now = late;
    while (run.claim().length > 0 && !run.nodes().includes('end')) settleAll(run, false);
    assert.deepEqual([run.nodes(), run.at('end').input], [['end'], { list: Array(count).fill({ v: null }) }]);
  });

  it('retries those that fail together at one time, never early and at most an eighth later', () => {
    const run = listOf(Array.from({ length: 192 }, (_, i) => `${i}`));
    while (run.claim().length > 0) settleAll(run, true);
    const rows = waiting(run);
    assert.equal(rows.length, 192);
    const alone = rows.slice(0, 64).map(({ dueAt = 0 }, i) => dueAt - run.now - DELAY - ((i % 10) / 10) * JITTER);
    assert.ok(
      alone.every((more) => Math.abs(more) <= 1),
      `a few keep their own times: ${alone.join()}`,
    );
    const times = new Set(rows.slice(65).map(({ dueAt = 0 }) => dueAt - run.now));
    assert.equal(times.size, 1);
    const [time = 0] = times;
    const longest = DELAY + JITTER;
    assert.ok(time >= longest && time <= longest * (1 + 1 / 8), `${time}`);
  });

  it('keeps fifty errors in the head, also when all fail again', () => {
    const run = listOf(Array.from({ length: 128 }, (_, i) => `${i}`));
    const kept = () => run.head.activations.filter(({ error }) => error).length;
    while (run.claim().length > 0) settleAll(run, true);
    assert.equal(kept(), 50);
    run.now = Math.max(...waiting(run).map(({ dueAt = 0 }) => dueAt));
    while (run.claim().length > 0) settleAll(run, true);
    assert.deepEqual([waiting(run).length, kept()], [128, 50]);
  });
});
