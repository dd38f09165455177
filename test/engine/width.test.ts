/** The cost of one event in a wide execution, counted as lookups of rows and frames, never as time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
    it(`reads each of its ${name} a constant number of times`, () => {
      const [few, many] = [wide(body, 50), wide(body, 400)];
      assert.ok(few > 0);
      assert.ok(many <= 8.5 * few, `${many} looks for 400 items, ${few} for 50`);
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
      assert.equal(run.head.activations.length, count);
      return looks(flow, run.head, run.now);
    };
    const [few, many] = [inner(50), inner(400)];
    assert.ok(many <= 8.5 * few, `${many} looks for 400 lists, ${few} for 50`);
  });
});
