import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Value } from '../../../lib/engine/head.ts';
import type { Json } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { jsonOf, pass, Run } from '../support.ts';

const ITEM = '>forEach/item';
const INNER = `${ITEM}>forEach/item`;

/** A list with a cap of 1. Each item pauses, then works. */
function asks(options: { readonly onItemError?: 'collect' } = {}) {
  const flow = defineFlow({ name: 'asks' });
  flow.forEach((item) => item.to('ask', pass).to('work', pass), { concurrency: 1, ...options }).to('end', pass);
  return flow;
}

/** Claimable activations, by input. */
function claims(run: Run): readonly Json[] {
  run.claim();
  return run.held().map(({ input }) => jsonOf(input));
}

/** The results of a list. */
function results(run: Run): Json {
  const plain = (value: Value): Json => ('list' in value ? value.list.map(plain) : jsonOf(value));
  return plain(run.at('end').input);
}

/** Settles the activation with the oldest claim. */
function doneHeld(run: Run, output: Json = null): void {
  const [held] = run.held();
  assert.ok(held);
  const { id, fence = -1, attempt } = held;
  run.apply({
    type: 'settle',
    activation: id,
    fence,
    attempt,
    outcome: { kind: 'done', output, effects: { state: [], signals: [] } },
  });
}

/** Every item pauses. @returns the ids of the waits in order */
function allAsk(run: Run, node: string): readonly string[] {
  const waits: string[] = [];
  for (run.claim(); run.held().some((each) => each.node === node); run.claim()) waits.push(run.pauses(node));
  return waits;
}

describe('the cap of an outer list', () => {
  const nested = (inner: { readonly concurrency?: number }) => {
    const flow = defineFlow({ name: 'nested' });
    flow.forEach((outer) => outer.forEach((item) => item.to('work', pass), inner), { concurrency: 1 }).to('end', pass);
    return flow;
  };
  const lists = [
    ['a1', 'a2', 'a3'],
    ['b1', 'b2'],
  ];

  for (const inner of [{ concurrency: 1 }, { concurrency: 2 }, {}]) {
    it(`counts the items that an inner list has not started (${JSON.stringify(inner)})`, () => {
      const run = new Run(nested(inner), lists);
      const seen: Json[] = [];
      while (seen.length < 5) {
        const held = claims(run);
        assert.equal(new Set(held.map((each) => String(each)[0])).size, 1, `${JSON.stringify(held)} are of one item`);
        seen.push(held[0] ?? null);
        doneHeld(run, held[0]);
      }
      assert.deepEqual({ seen, results: results(run) }, { seen: lists.flat(), results: lists });
    });
  }

  it('counts an inner list whose running item pauses, until its last item has started', () => {
    const run = new Run(nested({ concurrency: 1 }), lists);
    const waits = allAsk(run, `${INNER}/work`);
    assert.equal(waits.length, 5);
    assert.deepEqual(
      run.head.interrupts.map(({ items }) => items),
      ['0-0', '0-1', '0-2', '1-0', '1-1'],
    );
  });

  it('counts retries, sleeps and batch branches that have not started', () => {
    const flow = defineFlow({ name: 'batches' });
    const [a, b] = [flow.chunk('a', pass), flow.chunk('b', pass)];
    flow.forEach((item) => item.batch([a, b], { concurrency: 1 }), { concurrency: 1 }).to('end', pass);
    const run = new Run(flow, [1, 2]);
    const at = (name: string) => `${ITEM}>batch/${name}`;
    assert.deepEqual(claims(run), [1]);
    run.fails(at('a'));
    assert.deepEqual(claims(run), [], 'the retry is delayed');
    run.now += 2_000;
    assert.deepEqual(claims(run), [1]);
    run.settle(at('a'), { kind: 'slept', until: run.now + 1_000, effects: { state: [], signals: [] } });
    assert.deepEqual(claims(run), [], 'the chunk sleeps');
    run.now += 1_000;
    run.tick();
    assert.deepEqual(claims(run), [1], 'the other branch of the same item');
    run.pauses(at('b'));
    assert.deepEqual(claims(run), [2], 'the first item has only a wait');
  });

  it('counts signals that a sub-flow of an item has queued', () => {
    const child = defineFlow({ name: 'child' });
    child.to('emits', pass);
    child.when('more').to('hears', pass);
    const flow = defineFlow({ name: 'parent' });
    flow.forEach((item) => item.subFlow(child), { concurrency: 1 }).to('end', pass);
    const run = new Run(flow, [1, 2]);
    run.claim();
    run.done('emits', null, { emits: [['more', 1]] });
    assert.deepEqual(run.nodes(), [], 'the second item is not started');
    run.claim('w', { deliver: 1 });
    run.claim('v', { deliver: 1 });
    assert.deepEqual(run.nodes(), ['hears']);
    run.done('hears');
    assert.deepEqual(run.nodes(), ['emits']);
  });

  it('counts a fork of an item after its result has left, until the fork ends', () => {
    const flow = defineFlow({ name: 'forks' });
    flow
      .forEach(
        (item) => {
          item.to('fork', pass);
          return item.to('main', pass);
        },
        { concurrency: 1 },
      )
      .to('end', pass);
    const run = new Run(flow, [1, 2]);
    run.claim();
    run.done(`${ITEM}/main`);
    assert.deepEqual(run.nodes(), [`${ITEM}/fork`]);
    run.done(`${ITEM}/fork`);
    assert.deepEqual(run.nodes(), [`${ITEM}/fork`, `${ITEM}/main`]);
    run.claim();
    run.done(`${ITEM}/main`);
    assert.deepEqual(run.nodes(), [`${ITEM}/fork`, 'end'], 'a fork delays no result');
    run.done(`${ITEM}/fork`);
    assert.deepEqual(run.head.frames, {});
  });

  it('does not count an item without remaining work again', () => {
    const run = new Run(nested({ concurrency: 1 }), [[], ['a1'], [], [], ['b1']]);
    for (const value of ['a1', 'b1']) {
      assert.deepEqual(claims(run), [value]);
      doneHeld(run, value);
    }
    assert.deepEqual(results(run), [[], ['a1'], [], [], ['b1']]);
  });

  it('continues after the last item of an inner list that completes at once', () => {
    const flow = defineFlow({ name: 'deep' });
    flow
      .forEach((a) => a.forEach((b) => b.forEach((c) => c.to('work', pass)), { concurrency: 1 }), { concurrency: 1 })
      .to('end', pass);
    const run = new Run(flow, [[[1], []], [[2]]]);
    const work = `${INNER}>forEach/item/work`;
    for (const value of [1, 2]) {
      assert.deepEqual(claims(run), [value]);
      run.done(work, value);
    }
    assert.deepEqual(results(run), [[[1], []], [[2]]]);
  });

  it('lets a sub-flow that ends at once continue in the slot of its item', () => {
    const child = defineFlow({ name: 'child' });
    child.when('never').to('hears', pass);
    const flow = defineFlow({ name: 'parent' });
    flow.forEach((item) => item.subFlow(child).to('work', pass), { concurrency: 1 }).to('end', pass);
    const run = new Run(flow, [1, 2, 3]);
    for (let left = 3; left > 0; left -= 1) {
      assert.equal(claims(run).length, 1);
      run.done(`${ITEM}/work`);
    }
    assert.deepEqual(run.nodes(), ['end']);
  });

  it('is not applied to an awaited emit that waits for a list inside it', () => {
    const flow = defineFlow({ name: 'emits' });
    flow.forEach((item) => item.to('asks', pass), { concurrency: 1 }).to('end', pass);
    flow
      .when('list')
      .forEach((item) => item.to('work', pass), { concurrency: 1 })
      .to('seen', pass);
    const run = new Run(flow, [1, 2], { concurrency: 1 });
    const work = 'when:signal:list>forEach/item/work';
    for (const item of [1, 2]) {
      run.claim();
      const { id, fence = -1 } = run.at(`${ITEM}/asks`);
      run.awaitsEmit(`${ITEM}/asks`, 'list', [7, 8]);
      const names = new Set(run.nodes().filter((node) => node !== `${ITEM}/asks`));
      assert.equal(names.size, 1, `item ${item} has begun the list: ${[...names].join()}`);
      const [inside = work] = [...names];
      for (const value of [7, 8]) {
        run.claim();
        assert.equal(run.input(inside), value);
        run.done(inside, value);
      }
      run.claim();
      run.done('seen');
      const [cascade = ''] = run.at(`${ITEM}/asks`).awaiting ?? [];
      run.apply({ type: 'reenter', activation: id, fence, cascade });
      run.done(`${ITEM}/asks`, item);
    }
    assert.deepEqual(results(run), [1, 2]);
  });
});

describe('an item that was answered', () => {
  it('takes a slot again, in the order of the answers', () => {
    const run = new Run(asks(), [1, 2, 3, 4]);
    const waits = allAsk(run, `${ITEM}/ask`);
    for (const i of [2, 0, 3, 1]) run.resume(waits[i] ?? '', `answer ${i}`, `r${i}`);
    for (const i of [2, 0, 3, 1]) {
      assert.deepEqual(claims(run), [`answer ${i}`]);
      run.done(`${ITEM}/work`, i);
    }
    assert.deepEqual(results(run), [0, 1, 2, 3]);
  });

  it('precedes items that have not started', () => {
    const run = new Run(asks(), [1, 2, 3]);
    assert.deepEqual(claims(run), [1]);
    const wait = run.pauses(`${ITEM}/ask`);
    assert.deepEqual(claims(run), [2]);
    run.resume(wait, 'answer');
    assert.deepEqual(claims(run), [2], 'there is one slot');
    run.pauses(`${ITEM}/ask`);
    assert.deepEqual(claims(run), ['answer']);
    run.done(`${ITEM}/work`);
    assert.deepEqual(claims(run), [3]);
  });

  it('takes a slot when it runs again and when its wait expires with a value', () => {
    for (const how of ['self', 'expires'] as const) {
      const run = new Run(asks(), [1, 2]);
      for (let item = 0; item < 2; item += 1) {
        run.claim();
        const expires = { expiresIn: 1_000, onExpiry: { value: 'late' } };
        const resumeTo = how === 'self' ? ('self' as const) : ('next' as const);
        const pause = { type: 'ask', payload: null, resumeTo, maxResumes: 1, ...(how === 'expires' ? expires : {}) };
        run.settle(`${ITEM}/ask`, { kind: 'paused', pause, effects: { state: [], signals: [] } });
      }
      const waits = run.head.interrupts.map(({ id }) => id);
      if (how === 'self') for (const id of waits) run.resume(id, 'yes', `r-${id}`);
      else {
        run.now += 1_000;
        run.tick();
      }
      assert.equal(run.nodes().length, 2, how);
      assert.equal(claims(run).length, 1, how);
    }
  });

  it('takes a slot of each list around it and does not block others before that', () => {
    const flow = defineFlow({ name: 'nested' });
    flow
      .forEach((outer) => outer.forEach((item) => item.to('ask', pass).to('work', pass), { concurrency: 1 }), {
        concurrency: 1,
      })
      .to('end', pass);
    const run = new Run(flow, [['a', 'b'], ['c']]);
    const [a = '', b = '', c = ''] = allAsk(run, `${INNER}/ask`);
    run.resume(c, 'c', 'rc');
    run.resume(a, 'a', 'ra');
    run.resume(b, 'b', 'rb');
    for (const value of ['c', 'a', 'b']) {
      assert.deepEqual(claims(run), [value]);
      run.done(`${INNER}/work`, value);
    }
    assert.deepEqual(results(run), [['a', 'b'], ['c']]);
  });

  it('takes a slot as a branch of a batch, too', () => {
    const flow = defineFlow({ name: 'batch' });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => flow.chunk(name, pass));
    assert.ok(a && b && c);
    flow.batch([a, b, c], { concurrency: 1 }).to('end', pass);
    const run = new Run(flow);
    const pause = { type: 'ask', payload: null, resumeTo: 'self' as const, maxResumes: 1 };
    for (const name of ['a', 'b', 'c']) {
      assert.deepEqual(run.claim(), [`>batch/${name}`]);
      run.settle(`>batch/${name}`, { kind: 'paused', pause, effects: { state: [], signals: [] } });
    }
    const [first = '', second = '', third = ''] = run.head.interrupts.map(({ id }) => id);
    for (const id of [third, first, second]) run.resume(id, null, `r-${id}`);
    for (const name of ['c', 'a', 'b']) {
      assert.deepEqual(run.claim(), [`>batch/${name}`]);
      run.done(`>batch/${name}`, name);
    }
    assert.deepEqual(run.input('end'), { a: 'a', b: 'b', c: 'c' });
  });

  it('takes a slot after a redrive', () => {
    const run = new Run(asks(), [1, 2]);
    run.claim();
    run.fails(`${ITEM}/ask`, { fatal: true });
    assert.deepEqual(run.nodes(), [`${ITEM}/ask`, `${ITEM}/ask`], 'the next item has the slot');
    run.apply({ type: 'redrive', id: 'again' });
    assert.deepEqual(claims(run), [2]);
    doneHeld(run, 2);
    assert.deepEqual(claims(run), [2]);
    doneHeld(run, 2);
    assert.deepEqual(claims(run), [1]);
  });

  it('keeps the slot of a head in the old format', () => {
    const run = new Run(asks(), [1, 2]);
    const [first = ''] = allAsk(run, `${ITEM}/ask`);
    for (const frame of Object.values(run.head.frames)) if (frame.kind === 'item') delete frame.idle;
    run.resume(first, 'answer');
    assert.deepEqual(claims(run), ['answer']);
  });
});
