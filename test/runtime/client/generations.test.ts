import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createCallbackHandler } from '../../../lib/adapters/lambda/callback/callback.ts';
import { createInterruptLink } from '../../../lib/adapters/lambda/routes/links.ts';
import { type ContextOf, defineApp, defineFlow } from '../../../lib/index.ts';
import { request, tokens } from '../../lambda/support.ts';
import { createKit } from '../kit.ts';

const flow = defineFlow({
  name: 'again',
  state: { got: z.array(z.string()) },
  signals: { more: z.null() },
  execution: { autoClose: false },
});
const ask = flow.chunk('ask', { resume: z.string() }, (ctx) => ctx.pauseFor({ type: 'ask', id: 'gate' }));
const keep = flow.chunk('keep', async (ctx: ContextOf<typeof flow, string>) => {
  await ctx.state.append('got', ctx.input);
  ctx.emitNowait('more', null);
});
flow.to(ask).to(keep);
flow
  .when('more')
  .to('begin', () => null)
  .to(ask);

describe('a reused interrupt id', () => {
  it('accepts the same answer again, and a plain retry is a duplicate', async () => {
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('again', null, { id: 'x' });
    const ids: string[] = [];
    for (let turn = 1; turn <= 3; turn += 1) {
      await kit.drain();
      const answer = await kit.client.resume('x', 'gate', { value: 'yes' });
      assert.equal(answer.kind, 'accepted', `turn ${turn}`);
      if ('requestId' in answer) ids.push(answer.requestId);
      const again = await kit.client.resume('x', 'gate', { value: 'yes' });
      assert.deepEqual({ ...again, kind: 'accepted' }, answer);
      assert.equal(again.kind, 'duplicate');
    }
    await kit.drain();
    assert.deepEqual(
      { got: (await kit.view('x')).state.got, distinctIds: new Set(ids).size },
      { got: ['yes', 'yes', 'yes'], distinctIds: 3 },
    );
  });

  it('returns the end of the wait that a late answer was for, not of the newest', async () => {
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('again', null, { id: 'x' });
    for (const requestId of ['first', 'second', 'third']) {
      await kit.drain();
      assert.equal((await kit.client.resume('x', 'gate', { value: requestId, requestId })).kind, 'accepted');
    }
    for (const [generation, requestId] of ['first', 'second', 'third'].entries()) {
      const answer = await kit.client.resume('x', 'gate', { value: 'late', generation });
      assert.deepEqual(
        { requestId: 'entry' in answer && answer.entry.requestId, kind: answer.kind },
        { requestId, kind: 'conflict' },
      );
    }
  });

  it('is not answered by the link of an earlier wait, which returns its decision', async () => {
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('again', null, { id: 'x' });
    await kit.drain();
    const link = createInterruptLink({ tokens, baseUrl: '', tokenLife: 86_400_000 });
    const handler = createCallbackHandler({ client: kit.client, tokens, clock: kit.clock, log: kit.ports.log });
    const tokenNow = async () => {
      const [wait] = (await kit.view('x')).interrupts;
      assert.ok(wait);
      return (await link(wait)).replace('/callbacks/', '');
    };
    const post = async (token: string, value: string) => {
      const parts = { path: { token }, body: JSON.stringify({ value }) };
      const { statusCode } = await handler(request('POST /callbacks/{token}', parts));
      await kit.drain();
      return [statusCode, (await kit.view('x')).state.got] as const;
    };
    const show = async (token: string) => {
      const { body } = await handler(request('GET /callbacks/{token}', { path: { token } }));
      return body.includes('<form');
    };
    const first = await tokenNow();
    assert.deepEqual(await post(first, 'one'), [200, ['one']]);
    const second = await tokenNow();
    assert.deepEqual(
      { firstIsOpen: await show(first), secondIsOpen: await show(second) },
      { firstIsOpen: false, secondIsOpen: true },
    );
    assert.deepEqual(await post(first, 'one'), [200, ['one']], 'a retry is not a second answer');
    assert.deepEqual(await post(first, 'other'), [409, ['one']]);
    assert.deepEqual(await post(second, 'two'), [200, ['one', 'two']]);
    assert.deepEqual(await post(second, 'other'), [409, ['one', 'two']]);
    assert.deepEqual(await post(first, 'one'), [200, ['one', 'two']]);
  });

  it('behaves the same for a wait redriven after its expiry', async () => {
    const waiting = defineFlow({ name: 'waiting', defaults: { retry: { maxAttempts: 1 } } });
    waiting.to('ask', (ctx) => ctx.pauseFor({ type: 'ask', expiresIn: 1_000 }));
    const kit = createKit(defineApp({ flows: [waiting], resources: {} }));
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain();
    const id = (await kit.view('x')).interrupts[0]?.interruptId ?? '';
    await kit.pass(5_000);
    assert.equal((await kit.client.resume('x', id, { value: 1 })).kind, 'gone');
    assert.equal(await kit.client.redrive('x'), 'redriven');
    assert.equal((await kit.client.resume('x', id, { value: 1 })).kind, 'accepted');
    assert.equal((await kit.client.resume('x', id, { value: 1 })).kind, 'duplicate');
    await kit.drain();
    assert.equal((await kit.client.resume('x', id, { value: 1 })).kind, 'duplicate');
    assert.equal((await kit.client.resume('x', id, { value: 2 })).kind, 'conflict');
    assert.equal((await kit.view('x')).status, 'completed');
  });
});
