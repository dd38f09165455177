/** Answers stay within Lambda's limits for executions of any size. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCallbackHandler } from '../../../lib/adapters/lambda/callback/callback.ts';
import { MAX_ANSWER_BYTES, problem } from '../../../lib/adapters/lambda/http/respond.ts';
import { createApiHandler } from '../../../lib/adapters/lambda/routes/api.ts';
import { defineApp, defineFlow, defineTaskFlow, type Json } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { link, makeLink, recorder, request, tokens } from '../support.ts';

const KB = 1_024;
const text = (bytes: number) => 'x'.repeat(bytes);

const big = defineFlow({ name: 'big' });
big.to('keep', async (ctx) => {
  await ctx.state.set('text', text(250 * KB));
});
const many = defineFlow({ name: 'many', execution: { autoClose: false } });
many.to('keep', async (ctx) => {
  for (let i = 0; i < 30; i += 1) await ctx.state.set(`k${i}`, text(250 * KB));
});
const waits = defineFlow({ name: 'waits' });
waits
  .to('list', () => Array.from({ length: 40 }, (_, i) => i))
  .forEach((item) =>
    item.to('ask', (ctx) => ctx.pauseFor({ type: 'q', payload: { i: ctx.input, t: text(200 * KB) } })),
  );
const deep = defineFlow({ name: 'deep' });
deep.to('ask', (ctx) => {
  let value: Json = ['"'.repeat(4_000)];
  for (let i = 0; i < 28; i += 1) value = [value];
  return ctx.pauseFor({
    type: 'q',
    payload: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`m${i}`, value])),
  });
});
const lists = defineTaskFlow({ name: 'lists', kinds: { wait: (ctx) => ctx.pauseFor({ type: 'q' }) } });

function doors() {
  const app = defineApp({ flows: [big, many, waits, deep], taskFlows: [lists], resources: {} });
  const kit = createTestkit(app);
  const { log } = recorder();
  const { clock, entropy } = kit.ports;
  const handler = createApiHandler({ app, client: kit.client, makeLink, clock, entropy, log });
  const callback = createCallbackHandler({ client: kit.client, tokens, clock, log });
  const get = async (routeKey: string, parts: Parameters<typeof request>[1] = {}) => {
    const answer = await handler(request(routeKey, parts));
    assert.ok(Buffer.byteLength(answer.body) <= MAX_ANSWER_BYTES, `${routeKey}: ${answer.body.length} bytes`);
    return { status: answer.statusCode, json: JSON.parse(answer.body) };
  };
  /** All pages of a list. */
  const pages = async (routeKey: string) => {
    const items: { executionId: string; interruptId?: string; state?: unknown; result?: unknown }[] = [];
    let count = 0;
    for (let cursor: string | undefined; ; ) {
      const { status, json } = await get(routeKey, { query: { limit: '100', ...(cursor ? { cursor } : {}) } });
      assert.equal(status, 200);
      items.push(...json.items);
      count += 1;
      if (json.cursor === undefined) return { items, count };
      cursor = json.cursor;
    }
  };
  return { kit, get, pages, callback };
}

describe('answers over HTTP', () => {
  it('list 50 executions of 250 KB without their state', async () => {
    const { kit, pages } = doors();
    for (let i = 0; i < 50; i += 1) await kit.client.start('big', null, { id: `b-${i}` });
    await kit.drain();
    const { items, count } = await pages('GET /executions');
    assert.deepEqual({ itemCount: items.length, count }, { itemCount: 50, count: 1 });
    assert.ok(items.every((item) => !('state' in item) && !('result' in item)));
  });

  it('list executions of task lists without the lists', async () => {
    const { kit, pages } = doors();
    const tasks = Array.from({ length: 100 }, (_, i) => ({ id: `t${i}`, kind: 'wait', inputs: text(500) }));
    for (let i = 0; i < 10; i += 1) await kit.client.start('lists', { tasks }, { id: `l-${i}` });
    await kit.drain();
    assert.equal((await pages('GET /executions')).items.length, 10);
  });

  it('page waits with large payloads, each once', async () => {
    const { kit, pages } = doors();
    for (const id of ['w-1', 'w-2']) await kit.client.start('waits', null, { id });
    await kit.drain();
    const { items, count } = await pages('GET /interrupts');
    const ids = new Set(items.map(({ executionId, interruptId }) => `${executionId}/${interruptId}`));
    assert.deepEqual({ itemCount: items.length, idCount: ids.size }, { itemCount: 80, idCount: 80 });
    assert.ok(count >= 5 && count <= 10, `${count} pages`);
  });

  it('omit oversized parts of an execution and name them', async () => {
    const { kit, get } = doors();
    await kit.client.start('many', null, { id: 'm' });
    await kit.client.start('waits', null, { id: 'w' });
    await kit.client.start('big', null, { id: 'b' });
    await kit.drain();
    const state = await get('GET /executions/{id}', { path: { id: 'm' } });
    assert.deepEqual(
      { omitted: state.json.omitted, fitting: Object.keys(state.json.state).length, input: state.json.input },
      { omitted: ['state'], fitting: 11, input: null },
    );
    const [left] = state.json.omittedValues;
    assert.equal(state.json.omittedValues.length, 19);
    const { status, json } = await get('GET /executions/{id}/value', { path: { id: 'm' }, query: { path: left.path } });
    assert.deepEqual(
      { status, length: json.length, next: json.next },
      { status: 200, length: left.bytes, next: undefined },
    );
    const waiting = await get('GET /executions/{id}', { path: { id: 'w' } });
    assert.deepEqual(waiting.json.omitted, ['interrupts']);
    const closed = await get('GET /executions/{id}', { path: { id: 'b' } });
    assert.equal(closed.json.result.text.length, 250 * KB);
    assert.ok(!('state' in closed.json) && !('omitted' in closed.json));
    const whole = await kit.client.get('m');
    assert.equal(Object.keys(whole?.state ?? {}).length, 30, 'in the same process the view is complete');
  });

  it('show a callback page of a deep payload', async () => {
    const { kit, callback } = doors();
    await kit.client.start('deep', null, { id: 'd' });
    await kit.drain();
    const [wait] = (await kit.client.interrupts({ limit: 1 })).items;
    assert.ok(wait);
    const token = (await link(wait)).split('/').at(-1) ?? '';
    const { statusCode, body } = await callback(request('GET /callbacks/{token}', { path: { token } }));
    assert.equal(statusCode, 200);
    assert.ok(Buffer.byteLength(body) <= MAX_ANSWER_BYTES, `${body.length} bytes`);
  });
});

describe('problems', () => {
  it('name the first of many problems, each truncated', async () => {
    const { get } = doors();
    const dependsOn = Array.from({ length: 6_000 }, (_, i) => `no-${i}`);
    const body = JSON.stringify({ input: { tasks: [{ id: 'a', kind: 'wait', dependsOn }] } });
    const { status, json } = await get('POST /flows/{flow}/executions', { path: { flow: 'lists' }, body });
    assert.equal(status, 400);
    assert.ok(json.problems.length <= 51 && JSON.stringify(json).length < 64 * KB);
  });

  it('truncate any message', () => {
    const { body } = problem('invalid_request', text(1_000_000));
    assert.ok(body.length < 8 * KB);
    assert.match(body, /…/);
  });

  it('replace an answer that is too large', async () => {
    const app = defineApp({ flows: [], resources: {} });
    const { log } = recorder();
    const list = async () => ({ items: Array.from({ length: 100 }, () => ({ huge: text(50_000) })) });
    const { clock, entropy } = createTestkit(app).ports;
    const handler = createApiHandler({ app, client: { list } as never, makeLink, clock, entropy, log });
    const { statusCode, body } = await handler(request('GET /executions'));
    assert.deepEqual({ statusCode, code: JSON.parse(body).code }, { statusCode: 413, code: 'value_too_large' });
  });
});
