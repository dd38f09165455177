import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Head } from '../../../lib/engine/head.ts';
import { attributesEver, firstAttributes, listAgain, setAttributes } from '../../../lib/engine/values/attributes.ts';

type Part = Pick<Head, 'attributes' | 'outbox'>;

function set(head: Part, id: string, name: string, value: string | number): void {
  setAttributes(head, [{ name, value }], () => id);
}

describe('attributes of a head', () => {
  it('make one row of the outbox each, at the start and at a change', () => {
    const head: Part = firstAttributes({ customer: 'c-1', cents: 5 });
    assert.deepEqual(head.attributes, { customer: 'c-1', cents: 5 });
    assert.deepEqual(
      head.outbox.map((row) => row.kind === 'attribute' && [row.name, row.value, row.was]),
      [
        ['customer', 'c-1', []],
        ['cents', 5, []],
      ],
    );
    head.outbox = [];
    set(head, 'a', 'customer', 'c-1');
    assert.deepEqual(head.outbox, []);
    set(head, 'b', 'customer', 'c-2');
    assert.deepEqual(head.outbox, [{ id: 'b', kind: 'attribute', name: 'customer', value: 'c-2', was: ['c-1'] }]);
  });

  it('keep what an unfinished row has to remove, under a new id', () => {
    const head: Part = firstAttributes({ customer: 'one' });
    set(head, 'b', 'customer', 'two');
    set(head, 'c', 'customer', 'three');
    assert.deepEqual(head.outbox, [
      { id: 'c', kind: 'attribute', name: 'customer', value: 'three', was: ['one', 'two'] },
    ]);
    assert.deepEqual(attributesEver(head), [
      { name: 'customer', value: 'three' },
      { name: 'customer', value: 'one' },
      { name: 'customer', value: 'two' },
    ]);
    set(head, 'd', 'customer', 'one');
    assert.deepEqual(
      head.outbox.map((row) => row.kind === 'attribute' && row.was),
      [['two', 'three']],
    );
  });

  it('are listed again for a copy, and without attributes there is no row', () => {
    const drop = { id: 'o', kind: 'drop' as const, refs: [] };
    assert.deepEqual(listAgain({ outbox: [drop] }), [drop]);
    assert.deepEqual(
      listAgain({ attributes: { a: 1 }, outbox: [drop] }).map(({ kind }) => kind),
      ['drop', 'attribute'],
    );
    assert.deepEqual(firstAttributes(undefined), { outbox: [] });
  });
});
