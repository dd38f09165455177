/** Records of stubs that no worker has stored. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { headOf } from '../../../lib/contracts/samples.ts';
import type { ResumeEntry } from '../../../lib/engine/head.ts';
import type { HistoryRecord } from '../../../lib/engine/history/records.ts';
import { readStubs, withStubs } from '../../../lib/engine/history/stubs.ts';
import { defineFlow } from '../../../lib/index.ts';
import { revive } from '../../../lib/runtime/history/revive.ts';

const { graph } = defineFlow({ name: 'asks' });

function revived(ledger: readonly ResumeEntry[], records: readonly HistoryRecord[]): readonly (string | undefined)[] {
  const at = records.at(-1)?.at ?? 0;
  const stubs = withStubs(graph, undefined, records, new Set());
  const head = headOf({ ledger: [...ledger], history: { n: records.length, at, stubs } });
  return readStubs(graph, head.history).map((stub) => revive(stub, head, graph).requestId);
}

const entry = (id: string, requestId: string, at: number): ResumeEntry => ({
  kind: 'resume',
  id,
  at,
  outcome: 'accepted',
  requestId,
  valueHash: 'h',
});
const answered = (interruptId: string, seq: number, at: number): HistoryRecord => ({
  seq,
  at,
  type: 'answered',
  activationId: `a${seq}`,
  interruptId,
});

it('answers to waits with one id belong to their waits, although the clock of a worker was ahead', () => {
  const ledger = [entry('ask', 'one', 10), entry('other', 'two', 15), entry('ask', 'three', 20)];
  assert.deepEqual(revived(ledger, [answered('ask', 1, 30), answered('other', 2, 30), answered('ask', 3, 30)]), [
    'one',
    'two',
    'three',
  ]);
});

it('an answer is found in a ledger that has lost the older ones', () => {
  assert.deepEqual(revived([entry('ask', 'two', 20)], [answered('ask', 1, 10), answered('ask', 2, 30)]), [
    undefined,
    'two',
  ]);
});
