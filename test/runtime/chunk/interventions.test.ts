import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AnyFlow,
  type ChunkContext,
  defineApp,
  defineFlow,
  type Env,
  FlowError,
  type FlowErrorCode,
  type Intervention,
} from '../../../lib/index.ts';
import type { StartOptions } from '../../../lib/runtime/client/types.ts';
import { createKit } from '../kit.ts';

const asking = { type: 'approval', payload: { q: 1 } };
type Use = Pick<ChunkContext<Env, unknown>, 'interventions'>;

const kept: StartOptions = { id: 'x', autoClose: false };

function kitOf(flow: AnyFlow) {
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  return {
    ...kit,
    async begin(options: StartOptions = kept) {
      await kit.client.start(flow.name, 0, options);
      await kit.drain();
    },
    /** Answers the pending wait. */
    async go() {
      const [interrupt] = (await kit.view('x')).interrupts;
      await kit.client.resume('x', interrupt?.interruptId ?? '', { value: 'go' });
      await kit.drain();
    },
    async close() {
      await kit.client.close('x');
      return kit.view('x');
    },
  };
}

const code =
  (wanted: FlowErrorCode, message = /./) =>
  (error: unknown) =>
    FlowError.is(error) && error.code === wanted && message.test(error.message);

/** The interventions recorded in the golden cases. */
function brief(found: readonly Intervention[] | undefined) {
  return found?.map(({ version, status, payload, insertedBy = null }) => [version, status, payload, insertedBy]);
}

describe('interventions', () => {
  it('reach the chunks after their point, and no earlier one', async () => {
    const seen: Record<string, unknown> = {};
    const flow = defineFlow({ name: 'planned' });
    flow
      .to('ask', (ctx) => ctx.pauseFor(asking))
      .to('pre', async (ctx) => {
        seen.pre = await ctx.interventions.get();
      })
      .interventionPoint('before_work')
      .to('work', async (ctx) => {
        seen.work = await ctx.interventions.get();
      });
    const kit = kitOf(flow);
    await kit.begin();
    const payload = { hint: 'be brief' };
    const answer = await kit.client.intervene('x', payload, { author: 'ann', note: 'n1' });
    assert.deepEqual(answer, { kind: 'accepted', version: 1, status: 'pending' });
    const createdAt = new Date(kit.clock.now()).toISOString();
    const row = { version: 1, payload, author: 'ann', note: 'n1', createdAt, consumers: {} };
    assert.deepEqual((await kit.view('x')).interventions, [{ ...row, status: 'pending' }]);
    await kit.go();
    const inserted = { ...row, status: 'inserted', insertedBy: 'before_work' };
    assert.deepEqual(seen, { pre: [], work: [inserted] });
    const closed = await kit.close();
    assert.deepEqual(closed.interventions, [inserted]);
    assert.deepEqual(
      { state: closed.state, result: closed.result },
      { state: {}, result: { $interventions: [inserted] } },
    );
  });

  it('for another target stay pending and expire at close', async () => {
    const seen: unknown[] = [];
    const flow = defineFlow({ name: 'targets' });
    flow
      .to('ask', (ctx) => ctx.pauseFor(asking))
      .interventionPoint('p1', { target: 'legal' })
      .to('work', async (ctx) => {
        seen.push(brief(await ctx.interventions.get()));
      })
      .interventionPoint('p2')
      .to('last', async (ctx) => {
        const { interventions } = ctx;
        seen.push(brief(await interventions.get()), brief(await interventions.get({ target: 'legal' })));
        seen.push(brief(await interventions.get({ sinceVersion: 1 })), await interventions.get({ status: 'pending' }));
      });
    const kit = kitOf(flow);
    await kit.begin();
    await kit.client.intervene('x', 'for-legal', { target: 'legal' });
    await kit.client.intervene('x', 'untargeted');
    await kit.client.intervene('x', 'other', { target: 'finance' });
    await kit.go();
    const first = [1, 'inserted', 'for-legal', 'p1'];
    const second = [2, 'inserted', 'untargeted', 'p2'];
    assert.deepEqual(seen, [[first], [first, second], [first], [second], []]);
    assert.deepEqual(brief((await kit.view('x')).interventions)?.[2], [3, 'pending', 'other', null]);
    assert.deepEqual(brief((await kit.close()).interventions), [first, second, [3, 'expired', 'other', null]]);
  });

  it('are taken by the next chunk in auto mode', async () => {
    let seen: unknown;
    const flow = defineFlow({ name: 'auto' });
    flow
      .to('ask', (ctx) => ctx.pauseFor(asking))
      .to('work', async (ctx) => {
        seen = brief(await ctx.interventions.get());
      });
    const kit = kitOf(flow);
    await kit.begin({ ...kept, interventionMode: 'auto' });
    await kit.client.intervene('x', 'auto!');
    await kit.go();
    assert.deepEqual(seen, [[1, 'inserted', 'auto!', 'work']]);
  });

  it('record their consumer with the settle of a successful attempt', async () => {
    const counts: unknown[] = [];
    const flow = defineFlow({ name: 'audit' });
    flow
      .to('ask', (ctx) => ctx.pauseFor(asking))
      .interventionPoint('p')
      .to('work', async (ctx) => {
        await ctx.interventions.consume(1, { note: 'used' });
        await ctx.interventions.consume(1, { consumer: 'other', status: 'ignored' });
        const [own] = await ctx.interventions.get();
        counts.push(Object.keys(own?.consumers ?? {}));
        if (ctx.attempt === 1) throw new Error('again');
      });
    const kit = kitOf(flow);
    await kit.begin();
    await kit.client.intervene('x', 'x');
    await kit.go();
    assert.deepEqual((await kit.view('x')).interventions?.[0]?.consumers, {}, 'a failed attempt leaves no note');
    await kit.pass(60_000);
    const [row] = (await kit.view('x')).interventions ?? [];
    assert.ok(row);
    const { work, other } = row.consumers;
    assert.deepEqual(
      { workStatus: work?.status, note: work?.note, otherStatus: other?.status, rowStatus: row.status },
      { workStatus: 'applied', note: 'used', otherStatus: 'ignored', rowStatus: 'inserted' },
    );
    assert.deepEqual(
      counts,
      [
        ['work', 'other'],
        ['work', 'other'],
      ],
      'the chunk sees its own notes',
    );
  });

  it('fail the chunk when missing or when their note is invalid', async () => {
    const uses = [
      (ctx: Use) => ctx.interventions.consume(7),
      (ctx: Use) => ctx.interventions.consume(1, { status: 'done' as 'applied' }),
      (ctx: Use) => ctx.interventions.consume(1, { note: 'x'.repeat(1_001) }),
    ];
    for (const use of uses) {
      const flow = defineFlow({ name: 'refused' });
      flow.to('work', async (ctx) => {
        void use(ctx);
      });
      const kit = kitOf(flow);
      await kit.begin({ ...kept, interventionMode: 'auto' });
      const { status, error } = await kit.view('x');
      assert.deepEqual(
        { status, code: error?.code, attempt: error?.attempt },
        { status: 'failed', code: 'invalid_value', attempt: 1 },
      );
    }
  });

  it('are refused while disabled, sealed or closed, and outside a chunk', async () => {
    const flow = defineFlow({ name: 'off' });
    flow.to('a', () => 1);
    const off = kitOf(flow);
    await off.begin();
    await assert.rejects(off.client.intervene('x', 'x'), code('interventions_off', /x takes no/));
    assert.deepEqual(await off.client.intervene('none', 'x'), { kind: 'unknown' });

    const planned = defineFlow({ name: 'closed' });
    planned.to('a', () => 1).interventionPoint('p');
    const kit = kitOf(planned);
    await kit.begin();
    await kit.client.intervene('x', 'x', { requestId: 'one' });
    await kit.client.seal('x');
    await assert.rejects(kit.client.intervene('x', 'y'), code('interventions_closed', /sealed/));
    await kit.close();
    await assert.rejects(kit.client.intervene('x', 'y'), code('interventions_closed', /closed/));
    assert.deepEqual(await kit.client.intervene('x', 'x', { requestId: 'one' }), {
      kind: 'accepted',
      version: 1,
      status: 'expired',
    });
    await assert.rejects(kit.client.intervene('x', 'y', { requestId: 'one' }), code('mismatch'));
    await assert.rejects(kit.client.intervene('x', 'y', { requestId: 'a b' }), code('invalid_request'));
    await assert.rejects(kit.client.intervene('x', 'y', { note: '' }), code('invalid_request', /note/));
    await assert.rejects(kit.client.intervene('x', Number.NaN), code('invalid_value', /payload/));
    assert.equal((await kit.view('x')).interventions?.length, 1);
  });

  it('are configured at start: null disables them, auto requires a flow without points', async () => {
    const flow = defineFlow({ name: 'modes' });
    flow.to('a', () => 1).interventionPoint('p');
    const kit = kitOf(flow);
    await assert.rejects(
      kit.begin({ interventionMode: 'auto' }),
      code('invalid_request', /"modes" has intervention points/),
    );
    await assert.rejects(kit.begin({ interventionMode: 'magic' as 'auto' }), code('invalid_request', /'planned'/));
    await kit.begin({ ...kept, interventionMode: null });
    await assert.rejects(kit.client.intervene('x', 'x'), code('interventions_off'));
  });

  it('added concurrently get a number each; a repeated one gets one', async () => {
    const flow = defineFlow({ name: 'crowd' });
    flow.to('ask', (ctx) => ctx.pauseFor(asking)).interventionPoint('p');
    const kit = kitOf(flow);
    await kit.begin();
    const all = (id: (n: number) => string) =>
      kit.finish(
        Promise.all(Array.from({ length: 20 }, (_, n) => kit.client.intervene('x', 'same', { requestId: id(n) }))),
      );
    const versions = async (id: (n: number) => string) =>
      (await all(id)).map((answer) => (answer.kind === 'accepted' ? answer.version : 0));
    const each = await versions((n) => `i${n}`);
    assert.deepEqual(
      each.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
    assert.deepEqual(new Set(await versions(() => 'one')), new Set([21]));
    assert.deepEqual(await versions((n) => `i${n}`), each, 'a repeat gets the answer of the first');
    assert.equal((await kit.view('x')).interventions?.length, 21);
  });

  it('may be large', async () => {
    const payload = { text: 'x'.repeat(5_000) };
    let seen: unknown;
    const flow = defineFlow({ name: 'large' });
    flow
      .to('ask', (ctx) => ctx.pauseFor(asking))
      .interventionPoint('p')
      .to('work', async (ctx) => {
        seen = (await ctx.interventions.get())[0]?.payload;
      });
    const kit = kitOf(flow);
    await kit.begin();
    await kit.client.intervene('x', payload);
    const [row] = (await kit.load('x')).head.interventions ?? [];
    assert.ok(row && 'ref' in row.payload);
    await kit.go();
    assert.deepEqual(seen, payload);
    assert.deepEqual((await kit.close()).interventions?.[0]?.payload, payload);
  });
});
