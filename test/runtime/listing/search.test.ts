import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { ExecutionFilter, PagePosition } from '../../../lib/runtime/client/types.ts';
import { MOST_READS } from '../../../lib/runtime/view/search.ts';
import { createKit } from '../kit.ts';

const open = { execution: { autoClose: false } };
const ask = defineFlow({ name: 'ask', ...open });
ask.to('question', (ctx) => ctx.pauseFor({ type: 'approval', expiresIn: 60_000 }));
const hear = defineFlow({ name: 'hear', ...open });
hear.when('go').to('went', () => null);
hear.when(['a', 'b']).to('both', () => null);
const fail = defineFlow({ name: 'fail', ...open });
fail.to(
  fail.chunk('break', { retry: { maxAttempts: 1 } }, () => {
    throw new Error(`it\n broke ${'x'.repeat(200)}`);
  }),
);
const retry = defineFlow({ name: 'retry', ...open });
retry.to(
  retry.chunk('fetch', { retry: { maxAttempts: 9, initialDelay: 90_000, jitter: 0 } }, () => {
    throw new Error('not yet');
  }),
);
const sleep = defineFlow({ name: 'sleep', ...open });
sleep.to('nap', (ctx) => ctx.sleep(3_600_000));
const list = defineFlow({ name: 'list', ...open });
list
  .to('items', () => [1, 2, 3, 4])
  .forEach((item) => item.to('each', (ctx) => (ctx.input === 1 ? ctx.input : ctx.sleep(60_000))));
const end = defineFlow({ name: 'end' });
end.to('done', () => null);

const FLOWS = [ask, hear, fail, retry, sleep, list, end];

function kitOf() {
  const kit = createKit(defineApp({ flows: FLOWS }));
  const found = async (filter: ExecutionFilter, limit = 100) => {
    const { items } = await kit.client.list({ ...filter, limit });
    return items.map(({ executionId }) => executionId);
  };
  return { ...kit, found };
}

describe('listings', () => {
  it('filter by every status of the view, newest first, and say what each one is doing', async () => {
    const { client, clock, drain, found } = kitOf();
    for (const { name } of FLOWS) {
      await client.start(name, null, { id: name, ...(name === 'end' ? { attributes: { title: 'The end' } } : {}) });
      await clock.advance(1_000);
    }
    await client.create('hear', { id: 'created' });
    await client.start('hear', null, { id: 'blocked' });
    await client.signal('blocked', 'a', 1);
    await client.start('hear', null, { id: 'paused' });
    await client.pause('paused', { actor: 'ann' });
    await client.start('hear', null, { id: 'cancelled' });
    await client.cancel('cancelled', { reason: 'no longer needed' });
    await drain();
    const expected = {
      waiting: ['list', 'sleep', 'ask'],
      failed: ['fail'],
      completed: ['end'],
      cancelled: ['cancelled'],
      created: ['created'],
      paused: ['paused'],
      blocked: ['blocked'],
      idle: ['hear'],
      running: ['retry'],
      closed: ['cancelled', 'end'],
    } as const;
    for (const [status, ids] of Object.entries(expected))
      assert.deepEqual(await found({ status: status as keyof typeof expected }), ids, status);
    assert.deepEqual((await found({ status: 'open' })).length, 8);
    assert.deepEqual((await found({})).length, 11);
    const { items } = await client.list({ limit: 100 });
    const now = Object.fromEntries(items.map((item) => [item.executionId, item.now]));
    assert.deepEqual(now, {
      ask: 'waits for an answer (approval) until 2026-01-01T00:01:07Z',
      hear: 'waits for a signal',
      fail: `break: it broke ${'x'.repeat(63)}…`,
      retry: 'tries fetch again at 2026-01-01T00:01:37Z: not yet',
      sleep: 'sleeps until 2026-01-01T01:00:07Z',
      list: '1 of 4 done',
      end: 'completed',
      created: 'not started',
      blocked: 'when:a+b lacks a value',
      paused: 'paused by ann',
      cancelled: 'cancelled: no longer needed',
    });
    assert.ok(items.every((item) => item.now.length <= 80));
    assert.deepEqual(
      items.filter(({ executionId, title }) => title !== executionId).map(({ title }) => title),
      ['The end'],
    );
  });

  it('filter by flow, status, attribute and time together', async () => {
    const { client, clock, drain, found } = kitOf();
    const times: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      times.push(new Date(clock.now()).toISOString());
      for (const name of ['ask', 'fail'])
        await client.start(name, null, { id: `${name}-${i}`, attributes: { region: i % 2 === 0 ? 'eu' : 'us' } });
      await clock.advance(1_000);
    }
    await drain();
    const [, second = '', , fourth = ''] = times;
    const range = { createdAfter: second, createdBefore: fourth };
    assert.deepEqual(await found(range), ['fail-2', 'ask-2', 'fail-1', 'ask-1']);
    assert.deepEqual(await found({ ...range, flow: 'ask' }), ['ask-2', 'ask-1']);
    assert.deepEqual(await found({ ...range, status: 'waiting' }), ['ask-2', 'ask-1']);
    assert.deepEqual(await found({ ...range, attributes: { region: 'us' } }), ['fail-1', 'ask-1']);
    const all = { ...range, attributes: { region: 'us' }, status: 'failed', flow: 'fail' } as const;
    assert.deepEqual(await found(all), ['fail-1']);
    assert.deepEqual(await found({ ...all, flow: 'ask' }), []);
    assert.deepEqual(await found({ attributes: { region: 'eu' } }, 1), ['fail-2']);
  });

  it('read a limited number of heads for a page, and continue behind the last one read', async () => {
    const { client, clock, drain } = kitOf();
    const total = MOST_READS + 30;
    await client.start('ask', null, { id: 'oldest' });
    for (let i = 0; i < total; i += 1) {
      await clock.advance(1);
      await client.create('hear', { id: `c${i}` });
    }
    await drain();
    const pages: number[] = [];
    let after: PagePosition | undefined;
    do {
      const page = await client.list({ status: 'waiting', limit: 10, ...(after && { after }) });
      pages.push(page.items.length);
      after = page.next;
    } while (after);
    assert.deepEqual(pages, [0, 1]);
    const first = await client.list({ status: 'created', limit: 10 });
    assert.deepEqual([first.items.length, first.items[0]?.executionId, first.next?.id], [10, 'c129', 'c120']);
  });

  it('refuse times and statuses that are none', async () => {
    const { client } = kitOf();
    await assert.rejects(client.list({ limit: 1, createdAfter: 'soon' }), { code: 'invalid_request' });
    const status = 'tired' as 'idle';
    await assert.rejects(client.list({ limit: 1, status }), { code: 'invalid_request', message: /waiting/ });
  });

  it('refuses options that it does not have or take', async () => {
    const { client } = kitOf();
    const wrong = [
      { limit: 5, attr: { n: 1 } },
      { limit: 0 },
      { limit: 101 },
      { limit: 5, flow: 1 },
      { limit: 5, createdAfter: '2026' },
    ];
    for (const query of wrong)
      await assert.rejects(client.list(query as { limit: number }), { code: 'invalid_request' }, JSON.stringify(query));
    await assert.rejects(client.interrupts({ limit: 0 }), { code: 'invalid_request' });
  });
});
