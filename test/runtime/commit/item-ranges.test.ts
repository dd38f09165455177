/** Heads of real runs are read from the store as they were written, and are small while many items run. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../../lib/engine/head.ts';
import { ItemHashes } from '../../../lib/engine/values/ranges/item-hashes.ts';
import {
  type Folded,
  type Folding,
  foldItems,
  storedText,
  unfoldItems,
} from '../../../lib/engine/values/ranges/item-ranges.ts';
import { type App, defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import { createKit } from '../kit.ts';

const PARAMETERS = { ...DEFAULTS, resultBytes: 200, inlineBytes: 100 };

/** All heads that a worker wrote for an execution of `app`. */
async function headsOf(app: App, input: unknown): Promise<readonly Head[]> {
  const kit = createKit(app, { parameters: PARAMETERS });
  const heads: Head[] = [];
  const { executions } = kit.ports;
  const commit: typeof executions.commit = (request) => {
    heads.push(JSON.parse(JSON.stringify(request.head)) as Head);
    return executions.commit(request);
  };
  const worker = createWorker(app, { ...kit.ports, executions: { ...executions, commit } }, PARAMETERS);
  await kit.client.start('listed', input, { id: 'x' });
  await kit.pass(10_000, worker);
  assert.equal((await kit.view('x')).status, 'completed', JSON.stringify((await kit.view('x')).error));
  return heads;
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

function appOf(wire: (flow: ReturnType<typeof newFlow>) => unknown): App {
  const flow = newFlow();
  wire(flow);
  return defineApp({ flows: [flow], resources: {} });
}

/** A flow of two chunks, of which the first one fails once in some items. */
function child(limits: { readonly concurrency?: number } = {}) {
  const flow = defineFlow({
    name: 'child',
    state: { key: z.number() },
    defaults: { retry: { initialDelay: 200 } },
    ...limits,
  });
  flow
    .to('first', async ({ input, attempt, state }) => {
      if (Number(input) % 10 === 0 && attempt === 1) throw new Error('once');
      if (Number(input) % 3 === 0) await state.set('key', Number(input));
      return input;
    })
    .to('second', ({ input }) => input)
    .end();
  return flow;
}

const newFlow = () => defineFlow({ name: 'listed', defaults: { retry: { initialDelay: 200 } } });

const BODIES: Readonly<Record<string, { readonly app: App; readonly input: unknown }>> = {
  'one chunk, some items of which fail once': {
    app: appOf((flow) => {
      const work = flow.chunk('work', ({ input, attempt }) => {
        if (Number(input) % 10 === 0 && attempt === 1) throw new Error('once');
        return input;
      });
      return flow.forEach((item) => item.to(work)).to('end', ({ input }) => input.length);
    }),
    input: numbers(300),
  },
  'two chunks': {
    app: appOf((flow) =>
      flow
        .forEach((item) => item.to('first', ({ input }) => input).to('second', ({ input }) => input))
        .to('end', ({ input }) => input.length),
    ),
    input: numbers(200),
  },
  'a list in each item': {
    app: appOf((flow) =>
      flow
        .forEach((outer) => outer.forEach((inner) => inner.to('work', ({ input }) => input)))
        .to('end', ({ input }) => input.length),
    ),
    input: numbers(12).map((row) => numbers(40).map((n) => row * 100 + n)),
  },
  'a sub-flow': {
    app: appOf((flow) => flow.forEach((item) => item.subFlow(child())).to('end', ({ input }) => input.length)),
    input: numbers(200),
  },
  'a sub-flow with a state, between two chunks, in a list of an item': {
    app: appOf((flow) =>
      flow
        .forEach((outer) =>
          outer.forEach((inner) =>
            inner
              .to('before', ({ input }) => input)
              .subFlow(child({ concurrency: 1 }), {
                capture: { input: 'value', state: { key: 'value' } },
                writeBack: { value: 'state.key' },
              })
              .to('after', ({ input }) => input),
          ),
        )
        .to('end', ({ input }) => input.length),
    ),
    input: numbers(6).map((row) => numbers(40).map((n) => row * 100 + n)),
  },
  'a list in a sub-flow': {
    app: appOf((flow) => {
      const lists = defineFlow({ name: 'lists' });
      lists
        .to('make', ({ input }) => numbers(8).map((n) => Number(input) * 10 + n))
        .forEach((item) => item.subFlow(child()))
        .to('last', ({ input }) => input)
        .end();
      return flow.forEach((item) => item.subFlow(lists)).to('end', ({ input }) => input.length);
    }),
    input: numbers(40),
  },
  'batches and waits': {
    app: appOf((flow) =>
      flow
        .forEach((item) => item.to('nap', (ctx) => ctx.sleep(1_000)).to('work', () => 'a result of some length'), {
          batchSize: 3,
        })
        .to('end', ({ input }) => input.length),
    ),
    input: numbers(150),
  },
};

describe('rows of list items as ranges', () => {
  for (const [name, { app, input }] of Object.entries(BODIES)) {
    it(`are read as they were written: ${name}`, async () => {
      const heads = await headsOf(app, input);
      assert.ok(heads.some(({ format }) => format === 2));
      for (const head of heads) {
        for (const how of [{ format: 3 }, { format: 4 }, { format: 4, graph: app.flows[0]?.graph }] as const) {
          const read = unfoldItems(JSON.parse(JSON.stringify(foldItems(head, how))) as Folded);
          assert.deepEqual(read, head);
          assert.deepEqual(Object.keys(read.frames), Object.keys(head.frames));
        }
      }
    });
  }

  it('are the same with ids that are kept from other heads', async () => {
    const hashes = new ItemHashes();
    for (const { app, input } of Object.values(BODIES))
      for (const head of await headsOf(app, input)) {
        const how = { format: 4, graph: app.flows[0]?.graph } as const;
        const folded = foldItems(head, { hashes, ...how });
        assert.deepEqual(folded, foldItems(head, how));
        assert.deepEqual(unfoldItems(JSON.parse(JSON.stringify(folded)) as Folded, hashes), head);
        // Other executions have other ids: a copy keeps those of its origin.
        const copy = { ...head, id: `${head.id}-2` };
        const ofCopy = JSON.stringify(foldItems(copy, { hashes, ...how }));
        assert.deepEqual(unfoldItems(JSON.parse(ofCopy) as Folded), copy);
      }
  });

  it('give a head format 4 only while rows of later chunks are stored together, and only if that is allowed', async () => {
    const { app, input } = BODIES['two chunks'] ?? assert.fail();
    const heads = (await headsOf(app, input)).filter(({ format }) => format === 2);
    const formats = (newest: 3 | 4) => new Set(heads.map((head) => foldItems(head, { format: newest }).format));
    assert.deepEqual([formats(3), formats(4)], [new Set([2]), new Set([2, 4])]);
    const wide = heads.filter((head) => foldItems(head, { format: 4 }).format === 4);
    const bytes = (format: 3 | 4) => wide.reduce((sum, head) => sum + storedText(head, { format }).length, 0);
    assert.ok(bytes(4) < bytes(3) / 2, `${bytes(4)} of ${bytes(3)} bytes`);
  });

  it('take a small part of the bytes of the rows', async () => {
    const { app, input } = BODIES['one chunk, some items of which fail once'] ?? assert.fail();
    const wide = (await headsOf(app, input)).filter(
      ({ format, activations }) => format === 2 && activations.length > 50,
    );
    assert.ok(wide.length > 0);
    const bytes = (value: unknown) => JSON.stringify(value).length;
    const shares = wide.map((head) => bytes(foldItems(head)) / bytes(head));
    assert.ok(Math.min(...shares) < 0.3, `${shares}`);
  });

  it('take a small part of the bytes of the rows of sub-flows', async () => {
    const most = { 'a sub-flow': 0.3, 'a sub-flow with a state, between two chunks, in a list of an item': 0.7 };
    for (const [name, limit] of Object.entries(most)) {
      const { app, input } = BODIES[name] ?? assert.fail();
      const wide = (await headsOf(app, input)).filter((head) => Object.keys(head.frames).length > 100);
      const bytes = (how: Folding) => wide.reduce((sum, head) => sum + storedText(head, how).length, 0);
      const share = bytes({ format: 4, graph: app.flows[0]?.graph }) / bytes({});
      assert.ok(share < limit, `${name}: ${share}`);
    }
  });

  it('are not made in heads of format 1, which older versions read', async () => {
    const { app, input } = BODIES['two chunks'] ?? assert.fail();
    const [head] = (await headsOf(app, input)).filter(({ activations }) => activations.length > 50);
    assert.ok(head);
    const older: Head = { ...head, format: 1 };
    assert.equal(foldItems(older), older);
  });
});
