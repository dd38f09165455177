/** Every value that reaches a listener satisfies the contract of its signal: answers and expiries as well as emits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { type AnyFlow, defineApp, defineFlow, type PauseOptions } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const signals = {
  go: z.object({ x: z.number() }),
  late: z.string().nullable(),
  converts: z
    .string()
    .nullable()
    .transform((value) => value ?? 'nothing'),
};
type Signal = keyof typeof signals;
type Options = Pick<PauseOptions<'next' | { event: Signal }, Signal>, 'resumeTo' | 'expiresIn' | 'onExpiry'>;

/** A flow with this pause, and the values of its listeners. */
function pausing(options: Options, resume?: z.ZodType) {
  const flow = defineFlow({ name: 'pausing', signals, execution: { autoCloseTimeout: null } });
  const heard: unknown[] = [];
  const ask = flow.chunk('ask', resume ? { resume } : {}, (ctx) => ctx.pauseFor({ type: 'q', id: 'q', ...options }));
  flow.to(ask);
  for (const name of ['go', 'late', 'converts'] as const)
    flow.when(name).to(`hear-${name}`, (ctx) => void heard.push(ctx.input));
  return { flow, heard };
}

async function begin(flow: AnyFlow) {
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start(flow.name, null, { id: 'x' });
  await kit.drain();
  return kit;
}

const refused = { code: 'invalid_value' } as const;

describe('an answer that becomes a signal', () => {
  it('is refused when it violates the contract of the signal, and nothing is stored', async () => {
    const { flow, heard } = pausing({ resumeTo: { event: 'go' } });
    const kit = await begin(flow);
    const { rev } = await kit.load('x');
    for (const value of [{ ok: true }, null, 'text', { x: '1' }])
      await assert.rejects(kit.client.resume('x', 'q', { value }), refused);
    assert.equal((await kit.load('x')).rev, rev);
    assert.equal((await kit.client.resume('x', 'q', { value: { x: 1 } })).kind, 'accepted');
    await kit.drain();
    assert.deepEqual(heard, [{ x: 1 }]);
  });

  it('is first parsed by the resume schema of its chunk', async () => {
    const resume = z.object({ text: z.string() }).transform(({ text }) => ({ x: text.length }));
    const { flow, heard } = pausing({ resumeTo: { event: 'go' } }, resume);
    const kit = await begin(flow);
    await assert.rejects(kit.client.resume('x', 'q', { value: { x: 1 } }), refused);
    await kit.client.resume('x', 'q', { value: { text: 'four' } });
    await kit.drain();
    assert.deepEqual(heard, [{ x: 4 }]);
  });

  it('is refused when only the resume schema accepts it', async () => {
    const { flow, heard } = pausing({ resumeTo: { event: 'go' } }, z.unknown());
    const kit = await begin(flow);
    await assert.rejects(kit.client.resume('x', 'q', { value: 1 }), refused);
    assert.deepEqual(
      { heard, interruptCount: (await kit.view('x')).interrupts.length },
      { heard: [], interruptCount: 1 },
    );
  });

  it('is checked by the contract of the waiting sub-flow', async () => {
    const { flow: child, heard } = pausing({ resumeTo: { event: 'go' } });
    const flow = defineFlow({ name: 'parent', signals: { go: z.string() }, execution: { autoCloseTimeout: null } });
    flow.subFlow(child);
    const kit = await begin(flow);
    const [wait] = (await kit.view('x')).interrupts;
    const id = wait?.interruptId ?? '';
    await assert.rejects(kit.client.resume('x', id, { value: 'fits the parent' }), refused);
    await kit.client.resume('x', id, { value: { x: 2 } });
    await kit.drain();
    assert.deepEqual(heard, [{ x: 2 }]);
  });

  it('is described by the schema of the signal in the view of the wait', async () => {
    const { flow } = pausing({ resumeTo: { event: 'go' } });
    const kit = await begin(flow);
    const found = await kit.client.lookup('x', 'q');
    assert.equal(found?.kind === 'pending' && found.schema?.safeParse({ x: 1 }).success, true);
    assert.equal(found?.kind === 'pending' && found.schema?.safeParse(null).success, false);
  });
});

describe('a pause whose expiry or answer becomes a signal', () => {
  const expiresIn = 1_000;
  for (const [what, options, key] of [
    ['an expiry event that refuses null', { expiresIn, onExpiry: { event: 'go' } }, /onExpiry emits null.*signal go/],
    [
      'an expiry value that its event refuses',
      { resumeTo: { event: 'go' }, expiresIn, onExpiry: { value: { x: '1' } } },
      /onExpiry\.value\.x/,
    ],
    ['an event without a contract', { resumeTo: { event: 'unknown' as 'go' } }, /no signal "unknown"/],
    [
      'an expiry event without a contract',
      { expiresIn, onExpiry: { event: 'unknown' as 'go' } },
      /no signal "unknown"/,
    ],
  ] as const) {
    it(`fails with a named error for ${what}`, async () => {
      const { flow, heard } = pausing(options);
      const kit = await begin(flow);
      const { status, error, interrupts } = await kit.view('x');
      assert.deepEqual(
        { status, code: error?.code, chunk: error?.chunk, attempt: error?.attempt },
        { status: 'failed', code: 'invalid_value', chunk: 'ask', attempt: 1 },
      );
      assert.match(error?.message ?? '', key);
      assert.deepEqual({ interrupts, heard }, { interrupts: [], heard: [] });
    });
  }

  it('emits null at expiry when the contract accepts null', async () => {
    const { flow, heard } = pausing({ resumeTo: { event: 'go' }, expiresIn, onExpiry: { event: 'late' } });
    const kit = await begin(flow);
    await kit.pass(5_000);
    assert.deepEqual(heard, [null]);
  });

  it("emits the contract's parse of null at expiry, also after save and load", async () => {
    const { flow, heard } = pausing({ expiresIn, onExpiry: { event: 'converts' } });
    const kit = await begin(flow);
    await kit.client.load(JSON.parse(JSON.stringify(await kit.client.save('x'))), { id: 'y' });
    await kit.pass(5_000);
    assert.deepEqual(heard, ['nothing', 'nothing']);
  });

  it("emits the contracts' parse of its value at expiry", async () => {
    const { flow, heard } = pausing(
      { resumeTo: { event: 'converts' }, expiresIn, onExpiry: { value: 7 } },
      z.number().transform((n) => `number ${n}`),
    );
    const kit = await begin(flow);
    await kit.pass(5_000);
    assert.deepEqual(heard, ['number 7']);
  });
});

describe('an emit', () => {
  it('is checked by the contract of its flow, from any source', async () => {
    const child = defineFlow({ name: 'child', signals: { go: z.string() }, defaults: { onError: 'skip' } });
    child.to('emits', (ctx) => ctx.emit('go', 1 as unknown as string));
    child.to('queues', (ctx) => void ctx.emitNowait('go', 1 as unknown as string));
    const { flow, heard } = pausing({ resumeTo: { event: 'go' } });
    flow.subFlow(child);
    const kit = await begin(flow);
    const { tolerated } = await kit.view('x');
    assert.deepEqual(
      tolerated?.map(({ code }) => code),
      ['invalid_value', 'invalid_value'],
    );
    await assert.rejects(kit.client.signal('x', 'go', 1), refused);
    assert.deepEqual(
      { heard, interruptCount: (await kit.view('x')).interrupts.length },
      { heard: [], interruptCount: 1 },
    );
  });
});
