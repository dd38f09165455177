/** Events that callers post beside the head: each is taken once, and nobody is told of it before a commit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, FlowError } from '../../../lib/index.ts';
import { BUDGET, createKit, type Fault, gate, type Kit, type PortCall, wake } from '../kit.ts';

async function open(): Promise<Kit> {
  const flow = defineFlow({ name: 'door', signals: { poke: z.number() }, execution: { autoClose: false } });
  const ask = flow.chunk('ask', { resume: z.number() }, (ctx) => ctx.pauseFor({ type: 'q', id: 'q' }));
  flow.to(ask).to('got', (ctx) => ctx.state.append('got', ctx.input));
  flow.when('poke').to('count', (ctx) => ctx.state.append('seen', ctx.input));
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start('door', null, { id: 'x' });
  await kit.drain();
  return kit;
}

/** The first `lost` commits lose their race; `then` replaces later calls. */
function losing(lost: number, then: (call: PortCall) => Fault | undefined | Promise<undefined> = () => undefined) {
  let commits = 0;
  return (call: PortCall): Fault | undefined | Promise<undefined> => {
    if (call.name === 'executions.commit') commits += 1;
    return call.name === 'executions.commit' && commits <= lost ? { answer: 'conflict' } : then(call);
  };
}

/** Acts once, before the first call of this name. */
function once(name: string, act: () => Promise<unknown>) {
  let done = false;
  return (call: PortCall): Promise<undefined> | undefined => {
    if (call.name !== name || done) return undefined;
    done = true;
    return act().then(() => undefined);
  };
}

describe('a posted event', () => {
  it('is taken once although its deletion failed after the commit', async () => {
    const kit = await open();
    const fails = ({ name }: PortCall): Fault | undefined => (name === 'executions.removePosts' ? 'before' : undefined);
    const answer = await kit.finish(kit.process(losing(1, fails)).client.resume('x', 'q', { value: 1 }));
    const signal = await kit.finish(kit.process(losing(2, fails)).client.signal('x', 'poke', 7, { requestId: 's' }));
    assert.deepEqual([answer.kind, signal], ['accepted', 'accepted']);
    assert.equal((await kit.load('x')).posted?.length, 2);
    await kit.pass(60_000);
    const { inbox, posted } = await kit.load('x');
    assert.deepEqual({ inbox, posted }, { inbox: [], posted: undefined });
    assert.deepEqual((await kit.view('x')).state, { got: [1], seen: [7] });
  });

  it('is taken by a close that sees it, before the execution closes', async () => {
    const kit = await open();
    const close = once('executions.loadOldestPost', () =>
      kit.client.close('x', { pendingInterrupts: 'cancel' }).then(({ kind }) => assert.equal(kind, 'closing')),
    );
    const { client } = kit.process(losing(1, close));
    assert.equal((await kit.finish(client.resume('x', 'q', { value: 1 }))).kind, 'accepted');
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.got, [1]);
  });

  it('that comes after the close is refused: the signal is ignored, the answer finds its wait gone', async () => {
    for (const kind of ['signal', 'answer'] as const) {
      const kit = await open();
      const close = once('executions.post', () => kit.client.close('x', { pendingInterrupts: 'cancel' }));
      const { client } = kit.process(losing(kind === 'signal' ? 2 : 1, close));
      const told =
        kind === 'signal'
          ? await kit.finish(client.signal('x', 'poke', 1))
          : (await kit.finish(client.resume('x', 'q', { value: 1 }))).kind;
      assert.equal(told, kind === 'signal' ? 'ignored' : 'gone');
      await kit.pass(60_000);
      const { inbox } = await kit.load('x');
      assert.deepEqual({ inbox, state: (await kit.view('x')).state }, { inbox: [], state: {} });
    }
  });

  it('is deleted with its execution', async () => {
    const kit = await open();
    const dies = losing(2, ({ name }) => (name === 'executions.post' ? 'dieAfter' : undefined));
    void kit.process(dies).client.signal('x', 'poke', 1);
    await kit.clock.advance(500);
    const { head, posted = [] } = await kit.load('x');
    assert.equal(posted.length, 1);
    await kit.client.erase('x');
    await kit.pass(60_000);
    assert.equal(await kit.ports.executions.loadOldestPost({ executionId: 'x', inc: head.inc }), undefined);
  });

  it('is taken before the execution is saved', async () => {
    const kit = await open();
    const dies = losing(2, ({ name }) => (name === 'executions.post' ? 'dieAfter' : undefined));
    void kit.process(dies).client.signal('x', 'poke', 1, { requestId: 's' });
    await kit.clock.advance(500);
    const copy = await kit.client.save('x');
    assert.equal((await kit.load('x')).posted, undefined, 'a save takes it first');
    assert.ok(copy);
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.seen, [1]);
    assert.equal(await kit.client.signal('x', 'poke', 1, { requestId: 's' }), 'duplicate');
  });
});

describe('a posted signal for which the head has no room', () => {
  it('is not refused while a commit that has loaded it may still win', async () => {
    const flow = defineFlow({ name: 'door', signals: { told: z.number() }, execution: { autoClose: false } });
    flow.when('told').to('hear', (ctx) => ctx.state.append('heard', ctx.input));
    const parameters = { headBytes: 21_000, headBytesAtMost: 36_000 };
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters });
    await kit.client.start('door', null, { id: 'x' });
    await kit.drain();
    const tell = (client: Kit['client'], input: number): Promise<string> =>
      client.signal('x', 'told', input).catch((error: unknown) => (FlowError.is(error) ? error.code : String(error)));
    // From 16 KB on, a caller posts its signal at once.
    for (let n = 0; n < 80; n += 1) assert.equal(await tell(kit.client, n), 'accepted');

    const [reached, posting, posted, looking, loaded, writing] = [gate(), gate(), gate(), gate(), gate(), gate()];
    const caller = kit.process(({ name }) => {
      if (name === 'executions.post') reached.open();
      if (name === 'executions.loadOldestPost') posted.open();
      return { 'executions.post': posting.opened, 'executions.loadOldestPost': looking.opened }[name];
    });
    const told = tell(caller.client, -1);
    await kit.finish(reached.opened);
    let filled = 80;
    while ((await kit.finish(tell(kit.client, filled))) === 'accepted') filled += 1;
    posting.open();
    await posted.opened;
    const worker = kit.worker(({ name }) => {
      if (name !== 'executions.commit') return undefined;
      loaded.open();
      return writing.opened;
    });
    const work = worker.handle([wake('x')], kit.clock.now() + BUDGET);
    await loaded.opened;
    looking.open();
    const answer = await kit.finish(told);
    writing.open();
    await kit.finish(work);
    await kit.drain();
    const heard = (await kit.view('x')).state.heard;
    assert.ok(Array.isArray(heard));
    assert.equal(answer, 'head_too_large');
    assert.equal(heard.includes(-1), false, 'a refused signal has no effect');
    assert.equal(heard.length, filled);
  });
});
