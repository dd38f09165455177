import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, type Failed, FatalError } from '../../../lib/index.ts';
import { createKit, Tally } from '../kit.ts';

const ONCE = { retry: { maxAttempts: 1 } };

describe('the output of an error handler', () => {
  it('replaces a failed branch of a batch and a failed item, and their continuation runs', async () => {
    const flow = defineFlow({ name: 'places', state: { out: z.json(), seen: z.array(z.json()) }, defaults: ONCE });
    const mend = flow.chunk('mend', (ctx: { input: Failed }) => `mended ${ctx.input.error.message}`);
    const risky = flow.chunk('risky', { onError: mend }, (ctx: { input: number }) => {
      if (ctx.input > 1) throw new Error(`${ctx.input}`);
      return `fine ${ctx.input}`;
    });
    const sure = flow.chunk('sure', () => 'sure');
    flow
      .to('list', () => [1, 2, 3])
      .forEach((item) => item.batch([risky, sure]).to('join', (ctx) => Object.values(ctx.input).join()))
      .to('end', (ctx) => ctx.state.set('out', ctx.input));
    flow.when(mend).to('note', (ctx) => ctx.state.append('seen', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('places', null, { id: 'x' });
    await kit.pass(10_000);
    const { state, status } = await kit.view('x');
    assert.deepEqual(
      { status, out: state.out },
      { status: 'completed', out: ['fine 1,sure', 'mended 2,sure', 'mended 3,sure'] },
    );
    assert.deepEqual([...(state.seen as string[])].sort(), ['mended 2', 'mended 3']);
  });

  it('does so when the handler waits for a person', async () => {
    const flow = defineFlow({ name: 'asks', state: { out: z.json() }, defaults: ONCE });
    const ask = flow.chunk('ask', { resume: z.string() }, (ctx) => ctx.pauseFor({ type: 'mend' }));
    const risky = flow.chunk('risky', { onError: ask }, () => {
      throw new Error('broken');
    });
    flow.batch([risky, flow.chunk('sure', () => 1)]).to('end', (ctx) => ctx.state.set('out', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('asks', null, { id: 'x' });
    await kit.drain();
    const [wait] = (await kit.view('x')).interrupts;
    await kit.client.resume('x', wait?.interruptId ?? '', { value: 'mended' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.out, { risky: 'mended', sure: 1 });
  });

  it("follows only the handler's wiring outside of operators", async () => {
    const flow = defineFlow({ name: 'chain', state: { out: z.array(z.json()) }, defaults: ONCE });
    const mend = flow.chunk('mend', () => 'mended');
    const risky = flow.chunk('risky', { onError: mend }, () => {
      throw new Error('broken');
    });
    flow.to(risky).to('after', (ctx) => ctx.state.append('out', ['after', ctx.input]));
    flow.when(mend).to('behind', (ctx) => ctx.state.append('out', ['behind', ctx.input]));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('chain', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.out, [['behind', 'mended']]);
  });
});

describe('the continuation of an error handler', () => {
  const declined = (): never => {
    throw new FatalError('declined');
  };
  const rolledBack = (): never => {
    throw new FatalError('rolled back');
  };
  const bare = () =>
    defineFlow({ name: 'f', signals: { again: z.json(), never: z.json() }, execution: { hopBudget: 10 } });
  const byDefault = () =>
    defineFlow({
      name: 'f',
      signals: { again: z.json(), never: z.json() },
      execution: { hopBudget: 10 },
      defaults: { onError: { chunk: 'undo' } },
    });
  type Wire = (count: (chunk: string) => void) => ReturnType<typeof bare>;

  /** Asserts this failure of this chunk and the number of runs of each chunk. */
  async function ends(wire: Wire, chunk: string, code: string | undefined, runs: Readonly<Record<string, number>>) {
    const tally = new Tally();
    const flow = wire((name) => {
      if (tally.add(name) > 100) throw new FatalError('it turns without end');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.pass(60_000);
    const { status, error } = await kit.view('x');
    assert.deepEqual({ status, chunk: error?.chunk, code: error?.code }, { status: 'failed', chunk, code });
    assert.deepEqual(Object.fromEntries(tally.counts), runs);
  }

  it('is not handled by it as the default handler', () =>
    ends(
      (count) => {
        const flow = byDefault();
        flow.to('pay', declined);
        flow
          .when('never')
          .to('undo', () => count('undo'))
          .to('report', rolledBack);
        return flow;
      },
      'report',
      undefined,
      { undo: 1 },
    ));

  it('is not handled by it as an explicit handler, nor inside operators and after a sleep', () =>
    ends(
      (count) => {
        const flow = bare();
        const undo = flow.chunk('undo', () => count('undo'));
        const report = flow.chunk('report', { onError: undo }, rolledBack);
        flow.to(flow.chunk('pay', { onError: undo }, declined));
        flow
          .when(undo)
          .to('list', () => [1])
          .forEach((item) => item.to('nap', (ctx) => ctx.sleep(1_000)).batch([report]));
        return flow;
      },
      'report',
      undefined,
      { undo: 1 },
    ));

  it('is not handled by it when it contains the chunk that failed first', () =>
    ends(
      (count) => {
        const flow = bare();
        const undo = flow.chunk('undo', () => count('undo'));
        const pay = flow.chunk('pay', { onError: undo }, () => {
          count('pay');
          return declined();
        });
        flow.to(pay);
        flow.when(undo).to(pay);
        return flow;
      },
      'pay',
      undefined,
      { pay: 2, undo: 1 },
    ));

  it('is not handled by another handler that led to it', () =>
    ends(
      (count) => {
        const flow = bare();
        const first = flow.chunk('first', () => count('first'));
        const second = flow.chunk('second', () => count('second'));
        const behind = flow.chunk('behind', { onError: second }, rolledBack);
        flow.to(flow.chunk('pay', { onError: first }, declined));
        flow.when(first).to(behind);
        flow.when(second).to(flow.chunk('last', { onError: first }, rolledBack));
        return flow;
      },
      'last',
      undefined,
      { first: 1, second: 1 },
    ));

  for (const how of ['awaited', 'nowait', 'state'] as const) {
    it(`can restart by a signal (${how}), and such a loop spends the hop budget`, async () => {
      const tally = new Tally();
      const flow = defineFlow({
        name: 'f',
        state: { turn: z.number() },
        signals: { again: z.number() },
        execution: { hopBudget: 10 },
      });
      const undo = flow.chunk('undo', async (ctx) => {
        const turn = tally.add('undo');
        if (turn > 100) return;
        if (how === 'awaited') await ctx.emit('again', turn);
        else if (how === 'nowait') ctx.emitNowait('again', turn);
        else await ctx.state.set('turn', turn);
      });
      const pay = flow.chunk('pay', { onError: undo }, declined);
      flow.to(pay);
      flow.when('again').to(pay);
      flow.when({ state: 'turn' }).to(pay);
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('f', null, { id: 'x' });
      await kit.pass(60_000);
      const { status, error } = await kit.view('x');
      assert.deepEqual({ status, code: error?.code }, { status: 'failed', code: 'hop_budget' });
      assert.ok(tally.of('undo') > 2 && tally.of('undo') <= 11, `${tally.of('undo')} turns`);
    });
  }

  it('is handled where it continues for what failed, in every item', async () => {
    const flow = defineFlow({
      name: 'places',
      state: { out: z.json() },
      execution: { hopBudget: 10 },
      defaults: { onError: { chunk: 'mend' } },
    });
    flow.chunk('mend', (ctx) => `mended ${(ctx.input as Failed).error.message}`);
    flow
      .to('list', () => Array.from({ length: 40 }, (_, i) => i))
      .forEach((item) => item.to('pay', declined).to('ship', (): string => rolledBack()))
      .to('end', (ctx) => ctx.state.set('out', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('places', null, { id: 'x' });
    await kit.drain();
    const { status, state } = await kit.view('x');
    assert.deepEqual(
      { status, out: state.out },
      { status: 'completed', out: Array.from({ length: 40 }, () => 'mended rolled back') },
    );
  });

  it('ends a loop through a collection', async () => {
    const tally = new Tally();
    const flow = defineFlow({ name: 'gather', execution: { hopBudget: 10 } });
    const undo = flow.chunk('undo', () => void tally.add('undo'));
    const pay = flow.chunk('pay', { onError: undo }, () => {
      if (tally.of('undo') < 100) declined();
    });
    flow.to(pay);
    flow.to('other', () => 1).collect('both', { branch: 'other' });
    flow.when(undo).collect('both', { branch: 'undone' }).to(pay);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('gather', null, { id: 'x' });
    await kit.drain();
    const { status, error } = await kit.view('x');
    assert.deepEqual({ status, code: error?.code }, { status: 'failed', code: 'hop_budget' });
    assert.ok(tally.of('undo') <= 12, `${tally.of('undo')} turns`);
  });
});
