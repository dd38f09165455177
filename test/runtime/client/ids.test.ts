import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { SignalOptions } from '../../../lib/runtime/client/types.ts';
import { createKit } from '../kit.ts';

const ID = 'tenant@eu:order=7.2_a-b';
const LARGE = 'x'.repeat(17_000_000);

describe('ids with : . @ and =', () => {
  it('name executions, signals, waits and requests', async () => {
    const heard: unknown[] = [];
    const flow = defineFlow({ name: 'f', execution: { autoClose: false } });
    flow
      .to('ask', (ctx) => ctx.pauseFor({ type: 'q', id: 'q:1.a@b=c' }))
      .to('end', (ctx) => void heard.push(ctx.input));
    flow.when('s').to('hear', (ctx) => void heard.push(ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: ID });
    await kit.drain();
    assert.equal((await kit.client.start('f', null, { id: ID })).kind, 'existing');
    for (const answer of ['accepted', 'duplicate'])
      assert.equal(await kit.client.signal(ID, 's', 1, { requestId: 'event:1@x=y.z' }), answer);
    const answer = { value: 'yes', requestId: 'request:1=a@b.c' };
    assert.equal((await kit.client.resume(ID, 'q:1.a@b=c', answer)).kind, 'accepted');
    assert.equal((await kit.client.resume(ID, 'q:1.a@b=c', answer)).kind, 'duplicate');
    await kit.drain();
    assert.deepEqual(heard.sort(), [1, 'yes']);
    const page = await kit.client.list({ limit: 1 });
    assert.deepEqual(
      page.items.map(({ executionId }) => executionId),
      [ID],
    );
  });

  it('of a signal never collide with those of host or shared writes', async () => {
    const flow = defineFlow({ name: 'f', execution: { autoClose: false } });
    flow.when('s').to('hear', (ctx) => ctx.state.append('heard', ctx.input as number));
    flow.when({ flowData: 'k' }).to('shared', (ctx) => ctx.state.append('heard', ctx.input as number));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    assert.equal(await kit.client.state('x').set('k', 1, { requestId: 'a' }), 'accepted');
    await kit.client.flowData('f').set('k', 2, { requestId: 'a', noWarning: true });
    for (const id of ['write:a', 'flowData:host:a', 'signal:a', 'a']) {
      assert.equal(await kit.client.signal('x', 's', 3, { requestId: id }), 'accepted', id);
      assert.equal(await kit.client.signal('x', 's', 3, { requestId: id }), 'duplicate', id);
    }
    await kit.drain();
    assert.deepEqual([...((await kit.view('x')).state.heard as number[])].sort(), [2, 3, 3, 3, 3]);
  });

  it('of a request never collide with those of a signal that ended the wait', async () => {
    const flow = defineFlow({ name: 'f', execution: { autoClose: false } });
    flow.to('ask', (ctx) => ctx.pauseFor({ type: 'q', id: 'q', resumeTo: { event: 'go' } }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    await kit.client.signal('x', 'go', 1);
    assert.equal((await kit.client.resume('x', 'q', { value: 1, requestId: 'signal:go' })).kind, 'conflict');
    const [entry] = (await kit.load('x')).head.ledger.filter(({ kind }) => kind === 'resume');
    assert.equal(entry && 'requestId' in entry && entry.requestId, 'signal#go');
    const stolen = kit.client.resume('x', 'q', { value: 1, requestId: 'signal#go' });
    await assert.rejects(stolen, {
      code: 'invalid_request',
      message: /^requestId of resume is "signal#go": use an id/,
    });
  });

  it('of a request are refused under another name, which would lose them', async () => {
    const flow = defineFlow({ name: 'f', execution: { autoClose: false } });
    const { client } = createKit(defineApp({ flows: [flow], resources: {} }));
    await client.start('f', null, { id: 'x' });
    const old = { id: 'r' } as SignalOptions;
    const calls = {
      signal: client.signal('x', 's', 1, old),
      state: client.state('x').set('k', 1, old),
      flowData: client.flowData('f').set('k', 1, { ...old, noWarning: true }),
      intervene: client.intervene('x', 1, old),
      redrive: client.redrive('x', old),
    };
    for (const [name, call] of Object.entries(calls)) {
      const message = `${name} has no option "id". Did you mean "requestId"?`;
      await assert.rejects(call, { code: 'invalid_request', message }, name);
    }
    const answer = { value: 1, resumeRequestId: 'r' };
    await assert.rejects(client.resume('x', 'q', answer), { code: 'invalid_request', message: /resumeRequestId/ });
    await assert.rejects(client.cancel('x', { why: 'no' } as object), {
      message: /Use actor, verified, claimed, bulk, reason/,
    });
    assert.equal((await client.get('x'))?.lifecycle, 'open');
  });

  for (const id of ['a#b', 'a/b', 'a b', '.', '..', '...', 'a%3Ab', '', 'é', 'x'.repeat(129)]) {
    it(`are refused as ${JSON.stringify(id.slice(0, 9))}`, async () => {
      const flow = defineFlow({ name: 'f' });
      flow.to('a', () => 1);
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await assert.rejects(kit.client.start('f', null, { id }), { code: 'invalid_request' });
    });
  }
});

describe('a value that is too large', () => {
  const flow = defineFlow({ name: 'f' });
  flow.match((m) =>
    m
      .case('output', (p) => p.to('big', () => LARGE))
      .case('state', (p) => p.to('writer', (ctx) => ctx.state.set('report', LARGE)))
      .case('append', (p) =>
        p.to('adder', async (ctx) => {
          for (let i = 0; i < 2; i += 1) await ctx.state.append('rows', LARGE.slice(0, 10_000_000));
        }),
      )
      .case('signal', (p) => p.to('emitter', (ctx) => ctx.emit('news', LARGE)))
      .case('stream', (p) => p.to('streamer', (ctx) => ctx.stream(LARGE)))
      .case('pause', (p) => p.to('asker', (ctx) => ctx.pauseFor({ type: 'q', payload: LARGE }))),
  );
  const named = {
    output: /^output of big: \d+ bytes/,
    state: /^state\.report: \d+ bytes/,
    append: /^state\.rows: \d+ bytes/,
    signal: /^signal news: \d+ bytes/,
    stream: /^stream item of streamer: \d+ bytes/,
    pause: /^the payload of a pause of asker: \d+ bytes/,
  };
  for (const [what, message] of Object.entries(named)) {
    it(`is named in the error: ${what}`, async () => {
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('f', what, { id: 'x' });
      await kit.drain();
      const { error } = await kit.view('x');
      assert.equal(error?.code, 'value_too_large');
      assert.match(error?.message ?? '', message);
    });
  }

  it('is named when two chunks together exceed a key', async () => {
    const flow = defineFlow({ name: 'f' });
    flow.batch([
      flow.chunk('a', (ctx) => ctx.state.append('rows', LARGE.slice(0, 10_000_000))),
      flow.chunk('b', (ctx) => ctx.state.append('rows', LARGE.slice(0, 10_000_000))),
    ]);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    const { error } = await kit.view('x');
    assert.match(`${error?.code} ${error?.message}`, /value_too_large state\.rows: \d+ bytes/);
  });
});
