import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

const WORK = '>forEach/item/work';

function listOf(items: Json): Run {
  const flow = defineFlow({ name: 'batches' });
  flow.forEach((item) => item.to('work', pass), { batchSize: 2, onItemError: 'collect' }).to('end', pass);
  const run = new Run(flow, items);
  run.claim();
  return run;
}

describe('a list with batchSize', () => {
  it('hands lists of up to so many items to the body; results and failures are theirs', () => {
    const run = listOf([1, 2, 3]);
    assert.deepEqual(run.input(WORK), [1, 2]);
    run.done(WORK, 'first');
    assert.deepEqual(run.input(WORK), [3]);
    run.fails(WORK, { fatal: true });
    assert.deepEqual(run.input('end'), ['first', { error: { name: 'Error', message: 'broken' } }]);
  });

  it('takes a value that is no list as one item, and an empty list as none', () => {
    assert.deepEqual(listOf('one').input(WORK), ['one']);
    assert.deepEqual(listOf([]).input('end'), []);
  });
});
