import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Frame, Head, Interrupt } from '../../../lib/engine/head.ts';
import { pack } from '../../../lib/engine/values/pack.ts';
import {
  type Folded,
  fold,
  PAGED_BYTES,
  type PagedHead,
  pagesOf,
  unfold,
} from '../../../lib/engine/values/wait-pages.ts';
import { FlowError } from '../../../lib/errors/errors.ts';
import type { Json } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

const flow = defineFlow({ name: 'waits' });
flow.to('a', pass);
const empty: Head = new Run(flow).head;

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function waitOf(n: number, more: Partial<Interrupt> = {}): Interrupt {
  const at = { activation: `a${n}`, node: 'n', scope: `s${n}`, type: 'q', payload: { v: n }, createdAt: n };
  return { id: `w${n}`, ...at, ...more };
}

function headOf(waits: readonly Interrupt[]): Head {
  const list: Frame = {
    kind: 'list',
    node: 'n',
    parent: { scope: '' },
    items: { v: null },
    count: waits.length,
    next: waits.length,
    slots: {},
  };
  const items = waits.map(({ scope }, index): [string, Frame] => [
    scope,
    { kind: 'item', node: 'n', parent: { scope: 'list' }, index },
  ]);
  return { ...empty, interrupts: [...waits], frames: { list, ...Object.fromEntries(items) } };
}

/** Folds heads one after the other, as commits do. */
class Store {
  readonly values = new Map<string, Json>();
  last: Folded | undefined;

  put(head: Head, kept = 4): Folded {
    const put = (rows: Json) => {
      const ref = `p${this.values.size}`;
      this.values.set(ref, JSON.parse(JSON.stringify(rows)) as Json);
      return ref;
    };
    this.last = fold(JSON.parse(JSON.stringify(head)) as Head, this.last?.paged, { kept, put });
    return this.last;
  }

  /** The head as another process loads it. */
  load(): Head {
    const stored = JSON.parse(JSON.stringify(this.last?.paged?.stored ?? this.last?.head)) as Head;
    return unfold(stored, this.values as unknown as PagedHead['pages']);
  }
}

const idsOf = (head: Head) => head.interrupts.map(({ id }) => id);

describe('pages of waits', () => {
  it('hold all but the newest wait, with their frames', () => {
    const store = new Store();
    const { paged } = store.put(headOf(range(10).map((n) => waitOf(n))));
    assert.deepEqual(idsOf(paged?.stored ?? empty), ['w9']);
    assert.deepEqual(Object.keys(paged?.stored.frames ?? {}), ['list', 's9']);
    assert.deepEqual(
      paged?.stored.waitPages?.map(({ at }) => at),
      ['0-3', '0-3', '0'],
    );
    assert.equal(paged.stored.format, 3);
  });

  it('give the same head to who loads it and to who goes on', () => {
    const store = new Store();
    const head = headOf(range(10).map((n) => waitOf(n)));
    const { head: next } = store.put(head);
    assert.deepEqual(store.load(), next);
    assert.deepEqual(idsOf(next), idsOf(head));
    assert.deepEqual(new Map(Object.entries(next.frames)), new Map(Object.entries(head.frames)));
  });

  it('are found by the id of a wait, with hardly another one', () => {
    const store = new Store();
    const { head } = store.put(headOf(range(200).map((n) => waitOf(n))));
    store.put({ ...head, interrupts: head.interrupts.filter(({ id }) => id !== 'w1') });
    const stored = store.last?.paged?.stored ?? empty;
    const rows = (refs: readonly string[]) => JSON.stringify(refs.map((ref) => store.values.get(ref)));
    for (const n of range(199).slice(2)) {
      const refs = pagesOf(stored, `w${n}`);
      assert.ok(refs.length <= 2 && rows(refs).includes(`"w${n}"`), `${refs.length} pages for w${n}`);
    }
    assert.ok(pagesOf(stored, 'w1').length <= 1, 'the wait has ended');
    const old = stored.waitPages?.map(({ marks: _, ...page }) => page) ?? [];
    assert.equal(pagesOf({ ...stored, waitPages: old }, 'w7').length, old.length, 'pages without marks are all read');
  });

  it('are not written again when a wait ends', () => {
    const store = new Store();
    const { head } = store.put(headOf(range(10).map((n) => waitOf(n))));
    const written = store.values.size;
    const { s1: _, ...frames } = head.frames;
    store.put({ ...head, frames, interrupts: head.interrupts.filter(({ id }) => id !== 'w1') });
    assert.equal(store.values.size, written);
    assert.deepEqual(idsOf(store.load()), ['w0', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w8', 'w9']);
  });

  it('lose a row that has changed, or whose frame has', () => {
    const store = new Store();
    const { head } = store.put(headOf(range(6).map((n) => waitOf(n))));
    const [first, ...rest] = head.interrupts;
    assert.ok(first);
    const changed = { ...first, revoked: ['l'] };
    const idle: Frame = { kind: 'item', node: 'n', parent: { scope: 'list' }, index: 1, idle: true };
    store.put({ ...head, interrupts: [changed, ...rest], frames: { ...head.frames, s1: idle } });
    const loaded = store.load();
    assert.deepEqual(loaded.interrupts.find(({ id }) => id === 'w0')?.revoked, ['l']);
    assert.deepEqual(loaded.frames.s1, idle);
    assert.equal(loaded.interrupts.length, 6);
  });

  it('lose the row of a wait that was asked again under its id', () => {
    const store = new Store();
    const { head } = store.put(headOf(range(6).map((n) => waitOf(n))));
    const again = waitOf(2, { generation: 1 });
    store.put({ ...head, interrupts: [...head.interrupts.filter(({ id }) => id !== 'w2'), again] });
    assert.deepEqual(
      store.load().interrupts.filter(({ id }) => id === 'w2'),
      [again],
    );
  });

  it('are dissolved when few of their rows are left', () => {
    const store = new Store();
    let { head } = store.put(headOf(range(20).map((n) => waitOf(n))), 8);
    for (const n of range(7)) {
      const interrupts = head.interrupts.filter(({ id }) => id !== `w${n}`);
      const before = store.last;
      ({ head } = store.put({ ...head, interrupts }, 8));
      assert.deepEqual(store.last?.dropped, n === 6 ? [before?.paged?.stored.waitPages?.[0]?.ref] : []);
    }
    assert.deepEqual(idsOf(store.last?.paged?.stored ?? empty), ['w7', 'w19']);
  });

  it('leave one wait in the head, and nothing behind with the last one', () => {
    const store = new Store();
    let { head } = store.put(headOf(range(6).map((n) => waitOf(n))));
    const dropped: string[] = [];
    for (const id of idsOf(head).toReversed()) {
      const interrupts = head.interrupts.filter((wait) => wait.id !== id);
      const next = store.put({ ...head, interrupts });
      head = next.head;
      dropped.push(...next.dropped);
      if (next.paged) assert.ok(next.paged.stored.interrupts.length > 0, `after ${id}`);
    }
    assert.deepEqual([head.interrupts, store.last?.paged], [[], undefined]);
    assert.deepEqual(new Set(dropped), new Set(store.values.keys()));
  });

  it('are refused when they would hold too much', () => {
    const text = 'x'.repeat(PAGED_BYTES / 8);
    const waits = range(10).map((n) => waitOf(n, { payload: { v: text } }));
    assert.throws(
      () => new Store().put(headOf(waits)),
      (error) => FlowError.is(error) && error.code === 'head_too_large',
    );
  });

  it('are written only in format 3, and dropped with the rest', () => {
    const waits = range(10).map((n) => waitOf(n));
    let n = 0;
    const newId = () => {
      n += 1;
      return `id${n}`;
    };
    const options = { inlineBytes: 256, ledgerKept: 4, known: new Map<Json, string>(), newId, waitsKept: 4 };
    assert.equal(pack(undefined, headOf(waits), { ...options, format: 2 }).paged, undefined);
    const history = { n: 0, at: 0 };
    const { head, paged } = pack(undefined, { ...headOf(waits), history }, { ...options, format: 3 });
    const refs = paged?.stored.waitPages?.map(({ ref }) => ref);
    const after = { ...head, interrupts: [], options: { ...head.options, history: 'times' as const } };
    const { outbox } = pack(after, structuredClone({ ...after, outbox: [] }), { ...options, format: 3, paged }).head;
    assert.deepEqual(
      outbox.map((row) => row.kind === 'drop' && row.refs),
      [refs],
    );
  });
});
