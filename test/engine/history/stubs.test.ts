import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HistoryRecord } from '../../../lib/engine/history/records.ts';
import { readStubs, seqsOf, withStubs } from '../../../lib/engine/history/stubs.ts';
import { defineFlow } from '../../../lib/index.ts';

const child = defineFlow({ name: 'child' });
child.to('inner', () => null);
const flow = defineFlow({ name: 'outer' });
flow
  .to('a', () => null)
  .subFlow(child)
  .to('b', () => null);
const { graph } = flow;
const [sub = ''] = Object.keys(graph.nodes).filter((id) => graph.nodes[id]?.kind === 'subFlow');

function record(
  seq: number,
  at: number,
  type: HistoryRecord['type'],
  rest: Partial<HistoryRecord> = {},
): HistoryRecord {
  return { seq, at, type, ...rest };
}

const begun = { node: 'a', activationId: 'abcdefghijklmnopqrstuv', attempt: 1 };
const RECORDS = [
  record(1, 1_000, 'started'),
  record(2, 1_000, 'attempt_started', begun),
  record(3, 1_007, 'attempt_started', { node: 'inner', path: [sub], activationId: 'zyxwvu', attempt: 12 }),
  record(4, 1_500, 'attempt_failed', begun),
  record(5, 9_000, 'attempt_vanished', { node: 'inner', path: [sub], activationId: 'zyxwvu', attempt: 12 }),
  record(6, 9_000, 'answered', begun),
  record(7, 9_001, 'signal_accepted', { signal: 'a name "with" spaces' }),
  record(8, 9_001, 'attempt_succeeded', { node: 'b', activationId: '12345', attempt: 1 }),
];

describe('stubs', () => {
  it('tell type, time, node, attempt and activation', () => {
    const stubs = withStubs(graph, undefined, RECORDS, new Set());
    const read = readStubs(graph, { n: 8, at: 9_001, stubs });
    assert.deepEqual(
      read.map(({ seq, at, type }) => [seq, at, type]),
      RECORDS.map(({ seq, at, type }) => [seq, at, type]),
    );
    assert.deepEqual(
      read.map(({ nodes, who, attempt, since }) => ({ nodes, who, attempt, since })),
      [
        { nodes: [], who: undefined, attempt: undefined, since: undefined },
        { nodes: ['a'], who: 'abc', attempt: 1, since: undefined },
        { nodes: [sub, 'inner'], who: 'zyx', attempt: 12, since: undefined },
        { nodes: ['a'], who: 'abc', attempt: 1, since: 1_000 },
        { nodes: [sub, 'inner'], who: 'zyx', attempt: 12, since: 1_007 },
        { nodes: ['a'], who: 'abcdefghijklmnopqrstuv', attempt: undefined, since: undefined },
        { nodes: [], who: 'a_name__with__spaces', attempt: undefined, since: undefined },
        { nodes: ['b'], who: '123', attempt: 1, since: undefined },
      ],
    );
  });

  it('have at most 40 bytes each', () => {
    const longest = record(9, 9e12, 'answered', { node: 'inner', path: [sub], activationId: 'x'.repeat(500) });
    const texts = withStubs(graph, { n: 0, at: 0 }, [...RECORDS, longest], new Set()).split(' ');
    for (const text of texts) assert.ok(Buffer.byteLength(text) <= 40, text);
  });

  it('leave the head once they are stored, and the others keep their times', () => {
    const row = { n: 8, at: 9_001, stubs: withStubs(graph, undefined, RECORDS, new Set()) };
    const stubs = withStubs(graph, row, [], new Set([1, 2, 4, 6]));
    assert.deepEqual(seqsOf({ ...row, stubs }), [3, 5, 7, 8]);
    assert.deepEqual(
      readStubs(graph, { ...row, stubs }).map(({ seq, at }) => [seq, at]),
      [3, 5, 7, 8].map((seq) => [seq, RECORDS[seq - 1]?.at]),
    );
    assert.equal(withStubs(graph, row, [], new Set([1, 2, 3, 4, 5, 6, 7, 8])), '');
  });

  it('name the attempt themselves when the stub of its beginning is stored', () => {
    const first = { n: 2, at: 1_000, stubs: withStubs(graph, undefined, RECORDS.slice(0, 2), new Set()) };
    const stubs = withStubs(graph, first, [record(3, 1_010, 'attempt_succeeded', begun)], new Set([1, 2]));
    const [end] = readStubs(graph, { n: 3, at: 1_010, stubs });
    assert.deepEqual(end, { seq: 3, at: 1_010, type: 'attempt_succeeded', nodes: ['a'], attempt: 1, who: 'abc' });
  });

  it('are at most 400: the oldest go first', () => {
    const many = Array.from({ length: 500 }, (_, i) => record(i + 1, i, 'host', { action: 'seal' }));
    const stubs = withStubs(graph, undefined, many, new Set());
    assert.deepEqual(seqsOf({ n: 500, at: 499, stubs }).slice(0, 1), [101]);
  });

  it('are read without the definition', () => {
    const stubs = withStubs(graph, undefined, RECORDS, new Set());
    const [, second] = readStubs(undefined, { n: 8, at: 9_001, stubs });
    assert.deepEqual(second, { seq: 2, at: 1_000, type: 'attempt_started', nodes: [], attempt: 1, who: 'abc' });
  });
});
