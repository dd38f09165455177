import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyFlow, defineFlow } from '../../../lib/index.ts';
import { callApi } from '../../lambda/support.ts';
import { createKit, type Kit } from '../kit.ts';

function one(name: string, then: 'ends' | 'fails' | 'asks' | 'sleeps'): AnyFlow {
  const flow = defineFlow({ name, defaults: { retry: { maxAttempts: 1 } } });
  flow.to('only', (ctx) => {
    if (then === 'fails') throw new Error('no luck');
    if (then === 'asks') return ctx.pauseFor({ type: 'approval' });
    return then === 'sleeps' ? ctx.sleep(3_600_000) : null;
  });
  return flow as AnyFlow;
}

/** Asks for the view while nothing works, and lets the worker begin after a while. */
async function viewed(kit: Kit, id: string) {
  const begun = kit.clock.now();
  const view = kit.client.get(id, { wait: 25_000 });
  await kit.clock.advance(3_000);
  await kit.drain();
  await kit.clock.advance(1_000);
  const { status } = (await view) ?? assert.fail(id);
  return { status, ms: kit.clock.now() - begun };
}

describe('a view with `wait`', () => {
  for (const [then, status] of [
    ['ends', 'completed'],
    ['fails', 'failed'],
    ['asks', 'waiting'],
    ['sleeps', 'waiting'],
  ] as const) {
    it(`comes when the execution ${then}`, async () => {
      const kit = createKit({ flows: [one(then, then)], resources: {} });
      await kit.client.start(then, null, { id: 'x' });
      assert.deepEqual(await viewed(kit, 'x'), { status, ms: 4_000 });
    });
  }

  it('comes at the latest when the time is up, with about one read a second', async () => {
    const kit = createKit({ flows: [one('ends', 'ends')], resources: {} });
    await kit.client.start('ends', null, { id: 'x' });
    const loads: string[] = [];
    const { client } = kit.process(({ name }) => {
      loads.push(name);
      return undefined;
    });
    const view = client.get('x', { wait: 25_000 });
    await kit.clock.advance(24_999);
    const before = loads.length;
    await kit.clock.advance(1);
    assert.equal((await view)?.status, 'running');
    assert.deepEqual([before, loads.length], [28, 29]);
  });

  it('comes at once without it, and when there is nothing to wait for', async () => {
    const kit = createKit({ flows: [one('asks', 'asks')], resources: {} });
    await kit.client.start('asks', null, { id: 'x' });
    assert.equal((await kit.client.get('x'))?.status, 'running');
    assert.equal(await kit.client.get('none', { wait: 25_000 }), undefined);
    await kit.drain();
    assert.equal((await kit.client.get('x', { wait: 25_000 }))?.status, 'waiting');
  });

  it('refuses what is no time', async () => {
    const kit = createKit({ flows: [one('ends', 'ends')], resources: {} });
    await assert.rejects(kit.client.get('x', { wait: -1 }), { code: 'invalid_request', message: /wait of get is -1/ });
  });
});

describe('GET /executions/{id}', () => {
  const ask = async (query: Readonly<Record<string, string>>) => {
    const asked: unknown[] = [];
    const get = async (_: string, options: unknown) => void asked.push(options);
    const answer = await callApi('GET /executions/{id}', { path: { id: 'x' }, query }, { get: get as never });
    return { ...answer, asked };
  };

  it('passes the seconds of `wait` on', async () => {
    assert.deepEqual((await ask({ wait: '25' })).asked, [{ most: 3_000_000, wait: 25_000 }]);
    assert.deepEqual((await ask({})).asked, [{ most: 3_000_000, wait: 0 }]);
  });

  it('refuses other times and parameters', async () => {
    for (const query of [{ wait: '26' }, { wait: '-1' }, { wait: 'x' }, { follow: '1' }]) {
      const answer = await ask(query);
      assert.deepEqual([answer.statusCode, answer.asked], [400, []]);
    }
  });
});
