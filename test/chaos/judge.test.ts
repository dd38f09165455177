import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Head } from '../../lib/engine/head.ts';
import { judge, type Remains } from './judge.ts';

const wanted = [
  { chunk: 'send', value: 1 },
  { chunk: 'send', value: 2 },
];
const answered = { ledger: [{ kind: 'resume', outcome: 'accepted' }] } as unknown as Head;
const effect = (value: number, key: string) => ({ executionId: 'e', chunk: 'send', idempotencyKey: key, value });
const right: Remains = {
  executionId: 'e',
  head: answered,
  status: 'completed',
  log: ['send', 'send'],
  effects: [effect(1, 'a'), effect(1, 'a'), effect(2, 'b')],
};
const counts = (remains: Partial<Remains>) => {
  const { lost, doubled } = judge({ ...right, ...remains }, wanted);
  return [lost.length, doubled.length];
};

test('any number of runs under one key is right', () => {
  assert.deepEqual(counts({}), [0, 0]);
});

test('a missing effect is lost', () => {
  assert.deepEqual(counts({ status: 'running' }), [1, 0]);
  assert.deepEqual(counts({ log: ['send'] }), [1, 0]);
  assert.deepEqual(counts({ effects: [effect(1, 'a')] }), [1, 0]);
  assert.deepEqual(counts({ head: undefined }), [1, 0]);
});

test('two commits, or two keys, are doubled', () => {
  assert.deepEqual(counts({ log: ['send', 'send', 'send'] }), [0, 1]);
  assert.deepEqual(counts({ log: ['send', 'send', 'other'] }), [0, 1]);
  assert.deepEqual(counts({ effects: [...right.effects, effect(2, 'c')] }), [0, 1]);
  assert.deepEqual(counts({ effects: [...right.effects, effect(3, 'c')] }), [0, 1]);
  const twice = { ledger: [...answered.ledger, ...answered.ledger] } as unknown as Head;
  assert.deepEqual(counts({ head: twice }), [0, 1]);
});
