/** The cost of one event in a wide execution, counted as lookups of rows and frames, never as time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startable } from '../../lib/engine/frames/slots.ts';
import type { Head } from '../../lib/engine/head.ts';
import { advanceAll } from '../../lib/engine/running/advance.ts';

import { NO_LOOKUPS, newTransition } from '../../lib/engine/transition.ts';
import { MOVES } from '../../lib/engine/wiring.ts';
import { defineFlow } from '../../lib/index.ts';
import { pass, Run } from './support.ts';

type Flow = ReturnType<typeof defineFlow>;

/** Counts lookups of frames and reads of row paths during one event. */
function looks({ graph }: Pick<Flow, 'graph'>, head: Head, now: number): number {
  let count = 0;
  const counting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(from, key, receiver) {
        count += 1;
        return Reflect.get(from, key, receiver) as unknown;
      },
    });
  const activations = head.activations.map((row) => counting(row));
  advanceAll(newTransition(graph, { ...head, activations, frames: counting(head.frames) }, now, NO_LOOKUPS, MOVES));
  return count;
}

function wide(body: (flow: Flow) => Flow, count: number): number {
  const flow = body(defineFlow({ name: 'wide' }));
  const run = new Run(
    flow,
    Array.from({ length: count }, (_, i) => i),
  );
  return looks(flow, run.head, run.now);
}

function child(): Flow {
  const flow = defineFlow({ name: 'child' });
  flow.to('a', pass).to('b', pass);
  return flow;
}

const bodies: Readonly<Record<string, (flow: Flow) => Flow>> = {
  'sub-flows': (flow) => {
    flow.forEach((item) => item.subFlow(child()));
    return flow;
  },
  'sub-flows in sub-flows': (flow) => {
    const middle = defineFlow({ name: 'middle' });
    middle.subFlow(child());
    flow.forEach((item) => item.subFlow(middle));
    return flow;
  },
  batches: (flow) => {
    const [a, b] = [flow.chunk('a', pass), flow.chunk('b', pass)];
    flow.forEach((item) => item.batch([a, b], { concurrency: 1 }));
    return flow;
  },
  'sub-flows with batches': (flow) => {
    const inner = defineFlow({ name: 'inner' });
    inner.batch([inner.chunk('a', pass), inner.chunk('b', pass)], { concurrency: 1 });
    flow.forEach((item) => item.subFlow(inner));
    return flow;
  },
};

describe('an event in a list of many', () => {
  for (const [name, body] of Object.entries(bodies)) {
    it(`costs the same with any number of ${name} to start`, () => {
      const [few, many] = [wide(body, 100), wide(body, 800)];
      assert.ok(few > 0);
      assert.ok(many <= 1.1 * few, `${many} looks for 800 items, ${few} for 100`);
    });
  }

  it('counts the live work of all lists with items to start in one pass', () => {
    const inner = (count: number): number => {
      const flow = defineFlow({ name: 'nested' });
      flow.forEach((item) => item.forEach((each) => each.to('work', pass), { concurrency: 1 }));
      const run = new Run(
        flow,
        Array.from({ length: count }, () => [1, 2, 3]),
      );
      assert.equal(run.head.activations.length, 64);
      return looks(flow, run.head, run.now);
    };
    const [few, many] = [inner(100), inner(800)];
    assert.ok(many <= 1.1 * few, `${many} looks for 800 lists, ${few} for 100`);
  });
});

describe('items of a long list', () => {
  const list = (count: number) => Array.from({ length: count }, (_, i) => i);
  const started = ({ head }: Run) => head.activations.length;

  it('become rows when a session has room for them', () => {
    const flow = defineFlow({ name: 'long' });
    flow.forEach((item) => item.to('work', pass));
    const run = new Run(flow, list(500));
    assert.equal(started(run), 64);
    run.claim('one', { limit: 64 });
    assert.equal(started(run), 64);
    run.claim('two', { limit: 64 });
    assert.equal(started(run), 128);
    assert.equal(startable({ graph: flow.graph, head: run.head }), 500 - 128);
  });

  it('are not started to the end of the list while a stored value is missing', () => {
    const flow = defineFlow({ name: 'stored' });
    flow.forEach((item) => item.subFlow(child(), { capture: { input: 'value.n' } }));
    const items = Array.from({ length: 500 }, (_, n) => ({ n }));
    const { head, now } = new Run(flow, items);
    const [list] = Object.values(head.frames).filter((frame) => frame.kind === 'list');
    assert.ok(list);
    list.items = { ref: 'stored' };
    const transition = newTransition(flow.graph, head, now, { ...NO_LOOKUPS, startAhead: 80 }, MOVES);
    advanceAll(transition);
    assert.deepEqual([...transition.missing.values], ['stored']);
    assert.equal(list.next, 80);
  });

  it('are not started beyond the limit of the list or of the execution', () => {
    const flow = defineFlow({ name: 'capped' });
    flow.forEach((item) => item.to('work', pass), { concurrency: 70 });
    const run = new Run(flow, list(500));
    for (const session of ['one', 'two', 'three']) run.claim(session, { limit: 64 });
    assert.equal(started(run), 70);
    assert.equal(startable({ graph: flow.graph, head: run.head }), 0);
    const free = defineFlow({ name: 'free' });
    free.forEach((item) => item.to('work', pass));
    const narrow = new Run(free, list(500), { concurrency: 70 });
    for (const session of ['one', 'two', 'three']) narrow.claim(session, { limit: 64 });
    assert.equal(started(narrow), 70);
  });
});
