import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Head, LedgerEntry } from '../../../lib/engine/head.ts';
import { bytesOf, type PackOptions, pack } from '../../../lib/engine/values/pack.ts';
import type { Json } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

const BIG = 'x'.repeat(300);

function options(part: Partial<PackOptions> = {}): PackOptions {
  let n = 0;
  const newId = () => {
    n += 1;
    return `id${n}`;
  };
  return { inlineBytes: 256, ledgerKept: 4, known: new Map<Json, string>(), newId, ...part };
}

function forked(value: Json): Run {
  const flow = defineFlow({ name: 'fork' });
  const a = flow.to('a', pass);
  a.to('b', pass).to('end', pass);
  a.to('c', pass);
  const run = new Run(flow);
  run.claim();
  run.done('a', value);
  return run;
}

function signalEntry(n: number): LedgerEntry {
  return { kind: 'signal', id: `s${n}`, valueHash: 'h', at: n };
}

describe('packing values', () => {
  it('keeps small values in place and stores large ones by reference', () => {
    const small = pack(undefined, forked('y'.repeat(254)).head, options());
    assert.equal(small.values.size, 0);
    const { head, values } = pack(undefined, structuredClone(forked(BIG).head), options());
    assert.deepEqual([...values.values()], [BIG], 'stored once, although two chunks get it');
    const inputs = head.activations.map(({ input }) => input);
    assert.deepEqual(inputs, [{ ref: 'id1' }, { ref: 'id1' }]);
  });

  it('counts bytes, not characters', () => {
    assert.equal(bytesOf('ä'.repeat(10)), 22);
    assert.equal(pack(undefined, forked('ä'.repeat(128)).head, options()).values.size, 1);
  });

  it('covers every place of a head that holds values', () => {
    const run = forked(null);
    const value = (name: string) => ({ v: `${name} ${BIG}` });
    const head: Head = {
      ...run.head,
      state: { k: value('state') },
      frames: {
        s: {
          kind: 'branches',
          node: 'n',
          parent: { scope: '' },
          names: [],
          next: 0,
          input: { v: null },
          slots: { a: value('frame') },
        },
      },
      joins: [{ kind: 'and', node: 'j', scope: '', slots: { a: value('join') }, ids: {} }],
      signals: [{ id: 'q', name: 'q', scope: '', value: value('signal') }],
      interrupts: [
        {
          id: 'i',
          activation: 'a',
          node: 'n',
          scope: '',
          type: 't',
          payload: value('payload'),
          createdAt: 0,
          onExpiry: { value: value('expiry') },
        },
      ],
    };
    const before = bytesOf(head);
    const packed = pack(undefined, head, options());
    assert.equal(packed.values.size, 6);
    assert.ok(bytesOf(packed.head) < before - 6 * 280);
    assert.ok(!JSON.stringify(packed.head).includes(BIG));
  });

  it('gives a value the same reference in every try of a commit', () => {
    const known = new Map<Json, string>();
    const value = { text: BIG };
    const [one, two] = [1, 2].map(() => {
      const run = forked(null);
      run.claim();
      const { id, fence = 0, attempt } = run.at('b');
      const outcome = { kind: 'done', output: value, effects: { state: [], signals: [] } } as const;
      const { head } = run.reduce([{ type: 'settle', activation: id, fence, attempt, outcome }]);
      return [...pack(run.head, head, options({ known })).values.keys()];
    });
    assert.deepEqual(one, ['id1']);
    assert.deepEqual(two, one);
  });

  it('drops the references that left the head, once none is held', () => {
    const run = forked(BIG);
    run.head.options.history = 'times';
    const first = pack(undefined, structuredClone(run.head), options());
    const [ref = ''] = first.values.keys();
    run.head = first.head;
    run.claim();
    run.done('b');
    const second = pack(first.head, structuredClone(run.head), options());
    assert.deepEqual(second.head.outbox, [], 'c still refers to it');
    run.done('c');
    const third = pack(second.head, structuredClone(run.head), options());
    assert.deepEqual(
      third.head.outbox.map((row) => row.kind === 'drop' && row.refs),
      [[ref]],
    );
    assert.deepEqual([...third.values], []);
  });

  it('drops none that the records of a full history may name', () => {
    const run = forked(BIG);
    const first = pack(undefined, structuredClone(run.head), options());
    run.head = first.head;
    run.claim();
    run.done('b');
    run.done('c');
    assert.deepEqual(pack(first.head, structuredClone(run.head), options()).head.outbox, []);
  });

  it('follows references inside combined values', () => {
    const run = forked(null);
    run.head.options.history = 'times';
    const of = { a: { v: BIG }, b: { v: 1 } };
    const head = structuredClone({ ...run.head, state: { k: { of } } });
    const packed = pack(undefined, head, options());
    assert.deepEqual(packed.head.state, { k: { of: { a: { ref: 'id1' }, b: { v: 1 } } } });
    const gone = pack(packed.head, structuredClone({ ...packed.head, state: {} }), options());
    assert.deepEqual(
      gone.head.outbox.map((row) => row.kind === 'drop' && row.refs),
      [['id1']],
    );
  });
});

describe('packing the ledger', () => {
  it('keeps all entries up to the limit', () => {
    const head = { ...forked(null).head, ledger: [1, 2, 3, 4].map(signalEntry) };
    const packed = pack(undefined, head, options());
    assert.deepEqual(
      { packedSpilled: packed.spilled, headSpilled: packed.head.spilled, ledgerLength: packed.head.ledger.length },
      { packedSpilled: [], headSpilled: 0, ledgerLength: 4 },
    );
  });

  it('moves the oldest entries out and counts them, so the head stays bounded', () => {
    let head: Head = forked(null).head;
    const spilled: LedgerEntry[] = [];
    const sizes: number[] = [];
    for (let n = 1; n <= 40; n += 1) {
      const packed = pack(head, { ...head, ledger: [...head.ledger, signalEntry(n)] }, options());
      spilled.push(...packed.spilled);
      head = packed.head;
      sizes.push(bytesOf(head));
    }
    assert.deepEqual(
      [...spilled, ...head.ledger].map(({ at }) => at),
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    assert.equal(head.spilled, spilled.length);
    assert.ok(head.ledger.length >= 2 && head.ledger.length <= 4);
    assert.ok(Math.max(...sizes.slice(20)) <= Math.max(...sizes.slice(0, 20)) + 10, 'constant, apart from a counter');
  });
});
