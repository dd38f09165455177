/** Lists in lists: each item gets its own value, wherever the outer list is stored. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../lib/engine/head.ts';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';
import { createKit } from '../runtime/kit.ts';

/** More items than start at once: the others are read from the stored list. */
const ROWS = Array.from({ length: 5 }, (_, row) => Array.from({ length: 40 }, (_, n) => row * 100 + n));

const newFlow = () => defineFlow({ name: 'nested', input: z.json(), state: { out: z.json() } });
type Flow = ReturnType<typeof newFlow>;

const asIs = ({ input }: { input: unknown }) => z.json().parse(input);
const keep = async ({ input, state }: ContextOf<Flow, unknown>) => state.set('out', z.json().parse(input));

function rowsFlow() {
  const rows = defineFlow({ name: 'rows', input: z.json(), result: z.json() });
  rows
    .forEach((item) => item.to('work', asIs))
    .to('last', ({ input }) => input)
    .end();
  return rows;
}

interface Case {
  readonly wire: (flow: Flow) => unknown;
  readonly out?: unknown;
  readonly input?: unknown;
}

const CASES: Readonly<Record<string, Case>> = {
  'lists in a list': {
    wire: (flow) => flow.forEach((row) => row.forEach((item) => item.to('work', asIs))).to('end', keep),
  },
  'batches in a list': {
    wire: (flow) =>
      flow.forEach((row) => row.forEach((some) => some.to('work', asIs), { batchSize: 5 })).to('end', keep),
    out: ROWS.map((row) => [0, 5, 10, 15, 20, 25, 30, 35].map((from) => row.slice(from, from + 5))),
  },
  'lists in batches': {
    wire: (flow) =>
      flow.forEach((some) => some.forEach((row) => row.to('work', asIs)), { batchSize: 2 }).to('end', keep),
    out: [ROWS.slice(0, 2), ROWS.slice(2, 4), ROWS.slice(4)],
  },
  'three levels': {
    wire: (flow) =>
      flow.forEach((rows) => rows.forEach((row) => row.forEach((item) => item.to('work', asIs)))).to('end', keep),
    input: [ROWS, ROWS.slice(1)],
    out: [ROWS, ROWS.slice(1)],
  },
  'a list in a sub-flow': {
    wire: (flow) => flow.forEach((row) => row.subFlow(rowsFlow())).to('end', keep),
  },
  'a list after a chunk': {
    wire: (flow) =>
      flow.forEach((row) => row.to('pass', asIs).forEach((item) => item.to('work', asIs))).to('end', keep),
  },
  'lists in pages': {
    wire: (flow) =>
      flow
        .to('pages', (ctx) => {
          const n = Number(ctx.page.from ?? 0);
          const rows = ROWS.slice(n, n + 2);
          return n + 2 < ROWS.length ? ctx.page(rows, { next: n + 2 }) : ctx.page(rows);
        })
        .forEach((row) => row.forEach((item) => item.to('work', asIs)))
        .to('end', keep),
  },
};

/** 160 KB: the list is stored in parts. */
const LONG = Array.from({ length: 40 }, (_, row) => [`${row}a${'x'.repeat(2_000)}`, `${row}b${'x'.repeat(2_000)}`]);

async function run({ wire, input = ROWS }: Case, inlineBytes: number) {
  const flow = newFlow();
  wire(flow);
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { inlineBytes } });
  await kit.client.start('nested', input, { id: 'x' });
  await kit.drain();
  return kit;
}

/** Older versions kept the reference to the outer item instead of a list of its own. */
function asBefore({ frames, input }: Head): Head['frames'] {
  const lists = Object.values(frames).filter((frame) => frame.kind === 'list');
  assert.ok(input && 'ref' in input);
  for (const frame of lists)
    if (frame.parent.items !== undefined) frame.items = { ref: input.ref, at: Number(frame.parent.items) };
  assert.equal(lists.length, ROWS.length + 1);
  return frames;
}

describe('items of lists in a list get their own values', () => {
  for (const [place, inlineBytes] of Object.entries({ 'in the head': 10_000, stored: 20 }))
    for (const [name, each] of Object.entries(CASES))
      it(`${name}, ${place}`, async () => {
        const kit = await run(each, inlineBytes);
        assert.deepEqual((await kit.view('x')).state.out, each.out ?? ROWS);
      });

  it('lists in a list in parts', async () => {
    const short = ({ input }: { input: unknown }) => z.string().parse(input).slice(0, 4);
    const wire: Case['wire'] = (flow) =>
      flow.forEach((row) => row.forEach((item) => item.to('work', short))).to('end', keep);
    const kit = await run({ wire, input: LONG }, 256);
    const want = LONG.map((row) => row.map((text) => text.slice(0, 4)));
    assert.deepEqual((await kit.view('x')).state.out, want);
  });

  it('of a copy whose inner results are in parts, with indexes of their own', async () => {
    const flow = newFlow();
    flow
      .forEach((row) => row.forEach((item) => item.to('work', asIs)))
      .to('ask', (ctx) => (ctx.isResume ? asIs(ctx) : ctx.pauseFor({ type: 'ask', id: 'ask', resumeTo: 'self' })))
      .to('end', keep);
    const app = defineApp({ flows: [flow], resources: {} });
    const parameters = { inlineBytes: 20, resultBytes: 100, partsKept: 2, claimLimit: 3, startAhead: 3 };
    const kit = createKit(app, { parameters });
    await kit.client.start('nested', ROWS, { id: 'x' });
    await kit.drain();
    await kit.client.load(await kit.client.save('x'), { id: 'y' });
    await kit.client.resume('y', 'ask', { value: null });
    await kit.drain();
    assert.deepEqual((await kit.view('y')).state.out, ROWS);
  });

  it('of a list whose index is deleted while its items wait', async () => {
    const flow = defineFlow({ name: 'waiting', state: { out: z.json() }, execution: { history: 'times' } });
    const texts = Array.from({ length: 8 }, (_, n) => `${n}${'x'.repeat(200)}`);
    flow
      .to('texts', () => texts)
      .forEach((item) => item.to('work', asIs), { concurrency: 1 })
      .forEach((item) =>
        item.to('ask', (ctx) => (ctx.isResume ? asIs(ctx) : ctx.pauseFor({ type: 'ask', resumeTo: 'self' }))),
      )
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const parameters = { inlineBytes: 20, resultBytes: 100, partsKept: 2, dropAfter: 0 };
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters });
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.pass(60_000);
    for (const { interruptId } of (await kit.view('x')).interrupts)
      await kit.client.resume('x', interruptId, { value: null });
    await kit.pass(60_000);
    assert.deepEqual((await kit.view('x')).state.out, texts);
  });

  it('of a list that an older version has opened', async () => {
    const failFirst = ({ input, attempt }: { input: unknown; attempt: number }) => {
      if (Number(input) % 100 === 0 && attempt === 1) throw new Error('The other items wait until the next attempt.');
      return input;
    };
    const wire: Case['wire'] = (flow) =>
      flow.forEach((row) => row.forEach((item) => item.to('work', failFirst), { concurrency: 1 })).to('end', keep);
    const kit = await run({ wire }, 20);
    const { head, rev } = await kit.load('x');
    const older = { ...head, frames: asBefore(head) };
    await kit.ports.executions.commit({ head: older, rev, folded: 0, exclusive: false, wakeAt: 1 });
    await kit.pass(60_000);
    assert.deepEqual((await kit.view('x')).state.out, ROWS);
  });
});
