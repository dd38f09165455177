import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { Client, HistoryItem } from '../../../lib/runtime/client/types.ts';
import { createKit, type Fault, type FaultPlan, type Kit } from '../kit.ts';

const flow = defineFlow({
  name: 'calls',
  input: z.string(),
  state: { note: z.string() },
  signals: { hit: z.number() },
  execution: { autoCloseTimeout: null },
});
flow.to(
  flow.chunk('work', { retry: { maxAttempts: 1 } }, ({ input, pauseFor, sleep, attempt, execution }) => {
    if (input === 'fails' && execution.id !== 'mended') throw new Error('the card was declined');
    if (input === 'sleeps') return sleep(3_600_000);
    return input === 'asks' && attempt === 1 ? pauseFor({ type: 'ask', id: 'q' }) : input;
  }),
);
flow.when('hit').to('hear', () => null);

const app = defineApp({ flows: [flow] });
const ANN = { actor: 'ann', verified: true } as const;

async function begun(input: string): Promise<Kit> {
  const kit = createKit(app);
  await kit.client.start('calls', input, { id: 'e1' });
  await kit.drain();
  return kit;
}

async function read({ client }: Kit): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  for await (const item of client.history('e1')) items.push(item);
  return items;
}

const ofHosts = (items: readonly HistoryItem[]) => items.filter(({ type }) => type === 'host' || type === 'redriven');
const said = (items: readonly HistoryItem[]) => ofHosts(items).map(({ action = 'redrive', actor }) => [action, actor]);

/** A client whose calls of ports are counted and may fail. */
function clientOf(kit: Kit, fault?: { readonly at: string; readonly how: Fault }) {
  const calls: string[] = [];
  const plan: FaultPlan = ({ name }) => {
    calls.push(name);
    return name === fault?.at ? fault.how : undefined;
  };
  return { client: kit.process(plan).client, writes: () => calls.filter((name) => /commit|put|append/.test(name)) };
}

describe('the history of a call that no worker follows', () => {
  it('says who made it, for one more write', async () => {
    const kit = await begun('sleeps');
    const [{ id = '' } = {}] = (await kit.load('e1')).head.activations;
    const calls: readonly ((client: Client) => Promise<unknown>)[] = [
      (client) => client.pause('e1', ANN),
      (client) => client.due('e1', id, ANN),
      (client) => client.unpause('e1', ANN),
      (client) => client.cancel('e1', { ...ANN, reason: 'a wish of the customer' }),
    ];
    for (const call of calls) {
      const { client, writes } = clientOf(kit);
      await call(client);
      assert.deepEqual(writes(), ['executions.commit', 'history.put']);
    }
    const items = await read(kit);
    assert.deepEqual(said(items), [
      ['pause', 'ann'],
      ['due', 'ann'],
      ['unpause', 'ann'],
      ['cancel', 'ann'],
    ]);
    const [, due, , cancel] = ofHosts(items);
    assert.deepEqual([due?.activationId, due?.chunk, cancel?.reason], [id, 'work', 'a wish of the customer']);
    assert.ok(ofHosts(items).every(({ verified }) => verified));
  });

  it('says why what is redriven had failed', async () => {
    const kit = await begun('fails');
    await kit.client.redrive('e1', ANN);
    const [redriven] = ofHosts(await read(kit));
    assert.deepEqual([redriven?.actor, redriven?.error?.message], ['ann', 'the card was declined']);
  });

  it('says who closed it', async () => {
    const kit = await begun('asks');
    await kit.client.close('e1', { ...ANN, pendingInterrupts: 'cancel' });
    assert.deepEqual(said(await read(kit)), [['close', 'ann']]);
  });

  it('ends at once with a cancel', async () => {
    const kit = await begun('sleeps');
    await kit.client.cancel('e1', { reason: 'enough' });
    const page = await kit.client.readHistory('e1', {});
    assert.deepEqual(
      [page?.items.at(-1)?.type, page?.items.at(-1)?.status, page?.ended],
      ['closed', 'cancelled', true],
    );
  });

  it('says who sent a signal, without a further write', async () => {
    const kit = await begun('sleeps');
    const { client, writes } = clientOf(kit);
    await client.signal('e1', 'hit', 1, { ...ANN, requestId: 's1' });
    assert.deepEqual(writes(), ['executions.commit']);
    const signalled = (await read(kit)).find(({ type }) => type === 'signal_accepted');
    assert.deepEqual([signalled?.signalId, signalled?.actor, signalled?.verified], ['s1', 'ann', true]);
  });

  it('says what a host wrote and that it claimed, without a further write', async () => {
    const kit = await begun('sleeps');
    const { client, writes } = clientOf(kit);
    await client.state('e1').set('note', 'x');
    await client.claim('e1', 'desk', 60_000);
    assert.deepEqual(writes(), ['executions.commit', 'executions.commit']);
    const [write, claim] = ofHosts(await read(kit));
    assert.deepEqual([write?.action, write?.key, claim?.action, claim?.actor], ['write', 'note', 'claim', 'desk']);
  });
});

describe('a call that ends before its record is stored', () => {
  for (const how of ['before', 'dieBefore'] as const) {
    it(`leaves the fact, and when it was (${how})`, async () => {
      const kit = await begun('sleeps');
      const { client } = clientOf(kit, { at: 'history.put', how });
      const call = client.pause('e1', ANN);
      if (how === 'before') assert.equal(await call, 'applied', 'the call itself succeeds');
      else call.catch(() => undefined);
      await kit.clock.advance(5_000);
      const [pause] = ofHosts(await read(kit));
      assert.equal(pause?.action, 'pause');
      await kit.client.unpause('e1');
      await kit.clock.advance(5_000);
      assert.deepEqual(said(await read(kit)), [
        ['pause', undefined],
        ['unpause', undefined],
      ]);
    });
  }

  it('is not shown before it is clear that nobody stores it', async () => {
    const kit = await begun('sleeps');
    const { client } = clientOf(kit, { at: 'history.put', how: 'dieBefore' });
    client.pause('e1', ANN).catch(() => undefined);
    await kit.clock.advance(100);
    assert.deepEqual(said(await read(kit)), []);
  });
});

describe('the record of a call', () => {
  it('takes no room of the work', async () => {
    const { head } = await (await begun('asks')).load('e1');
    const most = Buffer.byteLength(JSON.stringify(head)) + 500;
    const kit = createKit(app, { parameters: { headBytes: most, headBytesAtMost: most } });
    await kit.client.start('calls', 'asks', { id: 'e1' });
    await kit.drain();
    for (let i = 0; i < 60; i += 1) {
      await kit.clock.advance(1_000);
      await kit.client.pause('e1');
      await kit.client.unpause('e1');
    }
    assert.ok(((await kit.load('e1')).head.history?.stubs?.length ?? 0) > 800);
    assert.equal((await kit.client.resume('e1', 'q', { value: 'yes' })).kind, 'accepted');
    await kit.pass(60_000);
  });

  it('is there once, whatever workers find in the head', async () => {
    const slow = defineFlow({ name: 'slow', input: z.number() });
    let end: () => void = () => undefined;
    slow
      .to('slow', () => new Promise<null>((resolve) => (end = () => resolve(null))))
      .to('next', () => null)
      .to('asks', ({ pauseFor }) => pauseFor({ type: 'ask', id: 'q' }));
    const kit = createKit(defineApp({ flows: [slow] }));
    await kit.client.start('slow', 1, { id: 'e1' });
    await kit.client.setConcurrency('e1', 4);
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    const work = kit.worker().handle([received.message], kit.clock.now() + 300_000);
    for (const _ of [1, 2]) {
      await kit.clock.advance(1_000);
      await kit.client.pause('e1', ANN);
      await kit.client.unpause('e1', ANN);
    }
    await kit.clock.advance(20_000);
    end();
    await kit.finish(work);
    kit.queue.ack(received.receipt);
    await kit.pass(120_000);
    const items = await read(kit);
    assert.deepEqual(
      said(items),
      ['concurrency', 'pause', 'unpause', 'pause', 'unpause'].map((action, i) => [action, i === 0 ? undefined : 'ann']),
    );
    assert.equal(ofHosts(items)[0]?.limit, 4);
    assert.equal((await kit.client.historySummary('e1'))?.records, items.length);
    await kit.client.resume('e1', 'q', { value: 1 });
    await kit.pass(60_000);
    const all = await read(kit);
    assert.equal((await kit.client.historySummary('e1'))?.records, all.length);
  });
});
