import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChunkError } from '../../lib/host/failure.ts';
import { createLocalHost } from '../../lib/host.ts';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { code, openHost } from './support.ts';

const once = { defaults: { retry: { maxAttempts: 1 } } } as const;

function adding() {
  const flow = defineFlow({ name: 'adding', ...once });
  flow
    .to('a', async (ctx) => {
      await ctx.state.set('a', ctx.input as number);
      await ctx.stream('working');
      return ctx.input;
    })
    .to('b', (ctx) => ctx.state.increment('a', 1));
  flow.when('more').to('c', (ctx) => ctx.state.increment('a', ctx.input as number));
  flow.when('bad').to('d', () => {
    throw new TypeError('no good');
  });
  return flow;
}

function asking() {
  const flow = defineFlow({ name: 'asking', ...once });
  flow
    .to('ask', (ctx) => ctx.pauseFor({ type: 'approval', payload: 1 }))
    .to('end', (ctx) => ctx.state.set('answer', ctx.input as string));
  return flow;
}

describe('a handle', () => {
  it('starts once and resolves with the close snapshot', async () => {
    const { host } = openHost(adding());
    const execution = await host.flow('adding').createExecution();
    assert.equal((await execution.result.getMeta()).status, 'created');
    assert.deepEqual(await execution.start(1), { a: 2 });
    assert.deepEqual(await execution.start(5), { a: 2 });
    assert.deepEqual(await execution.result.getFinalResult(), { a: 2 });
    assert.equal((await execution.result.getMeta()).closeReason, 'auto');
  });

  it('emits, writes state and closes; each call resolves when its cascade is complete', async () => {
    const { host } = openHost(adding());
    const execution = await host.flow('adding').createExecution({ autoClose: false });
    await execution.start(1);
    assert.equal(await execution.emit('more', 10), 'accepted');
    assert.equal(await execution.result.getState('a'), 12);
    assert.equal(await execution.state.set('a', 0), 'accepted');
    assert.deepEqual(await execution.close(), { a: 0 });
    assert.equal(await execution.emit('more', 1), 'ignored');
    assert.equal(await execution.state.set('a', 9), 'ignored');
    assert.deepEqual(await execution.result.getFinalResult(), { a: 0 });
  });

  it('waits for the cascade of an emit before the start', async () => {
    const { host } = openHost(adding());
    const execution = await host.flow('adding').createExecution({ autoClose: false });
    assert.equal(await execution.emit('more', 10), 'accepted');
    assert.equal(await execution.result.getState('a'), 10);
    assert.equal((await execution.result.getMeta()).status, 'created');
  });

  it('rejects with the error of the chunk that failed', async () => {
    const { host } = openHost(adding());
    const execution = await host.flow('adding').createExecution({ autoClose: false });
    await execution.start(1);
    await assert.rejects(
      execution.emit('bad', null),
      (error) =>
        error instanceof ChunkError && error.name === 'TypeError' && error.message === 'no good' && error.chunk === 'd',
    );
  });

  it('waits for answers when told to, and continues with them', async () => {
    const { host, drain } = openHost(asking());
    const execution = await host.flow('asking').startExecution(1);
    await execution.quiet();
    const [wait] = await execution.pendingInterrupts();
    await assert.rejects(execution.close(), code('pending_interrupts'));
    assert.equal((await execution.continueWith(wait?.interruptId ?? '', 'yes', { requestId: 'r' })).kind, 'accepted');
    assert.equal((await execution.resume(wait?.interruptId ?? '', { value: 'yes', requestId: 'r' })).kind, 'duplicate');
    assert.deepEqual(await execution.interrupts(), []);
    await drain();
    await execution.quiet();
    assert.deepEqual(await execution.result.getFinalResult(), { answer: 'yes' });
  });

  it('is cancelled with a reason', async () => {
    const { host } = openHost(asking());
    const execution = await host.flow('asking').startExecution(1);
    await execution.quiet();
    await assert.rejects(execution.cancel(''), code('invalid_request'));
    assert.equal(await execution.cancel('not needed any more'), 'applied');
    const { status, closeReason, cancelReason } = await execution.get();
    assert.deepEqual(
      { status, closeReason, cancelReason },
      { status: 'cancelled', closeReason: 'cancelled', cancelReason: 'not needed any more' },
    );
    assert.equal(await execution.cancel(), 'already');
  });

  it('reports half-filled joins', async () => {
    const flow = defineFlow({ name: 'half' });
    flow.to('a', (ctx) => ctx.emitNowait('x', 1));
    flow.when(['x', 'y']).to('both', () => undefined);
    const { host } = openHost(flow);
    const execution = await host.flow('half').createExecution({ autoClose: false });
    await execution.start(1);
    const open = await execution.result.getMeta();
    assert.deepEqual(
      { status: open.status, unfilledJoins: open.unfilledJoins.map(({ has, missing }) => [has, missing]) },
      { status: 'blocked', unfilledJoins: [[['x'], ['y']]] },
    );
    await execution.close();
    const closed = await execution.result.getMeta();
    assert.deepEqual(
      { status: closed.status, unfilledJoinCount: closed.unfilledJoins.length },
      { status: 'completed', unfilledJoinCount: 1 },
    );
  });

  it('throws close_timeout when the drain takes too long, and continues to drain', async () => {
    const flow = defineFlow({ name: 'slow', defaults: { retry: { maxAttempts: 2, initialDelay: 60_000 } } });
    flow.to('a', (ctx) => {
      if (ctx.attempt === 1) throw new Error('again');
      return ctx.state.set('done', true);
    });
    const { host } = openHost(flow);
    const execution = await host.flow('slow').startExecution(1, { autoClose: false });
    await assert.rejects(execution.close({ timeout: 1_000 }), code('close_timeout'));
    assert.equal((await execution.get()).lifecycle, 'sealed');
    assert.deepEqual(await execution.close(), { done: true });
  });

  it('reads the stream to its end, and may start with it', async () => {
    const { host } = openHost(adding());
    const execution = await host.flow('adding').createExecution();
    const items = [];
    for await (const { item } of execution.stream({ start: 1 })) items.push(item);
    assert.deepEqual(items, ['working']);
    const late = [];
    for await (const { item } of execution.stream({ after: 1 })) late.push(item);
    assert.deepEqual(late, []);
  });

  it('stops reading after an idle timeout', async () => {
    const { host } = openHost(asking());
    const execution = await host.flow('asking').startExecution(1);
    const seen = [];
    for await (const { item } of execution.stream({ timeout: 5_000 })) seen.push(item);
    assert.equal(seen.length, 1);
  });

  it('gives its own resources to its chunks before those of the app', async () => {
    const flow = defineFlow({ name: 'using', resources: { db: {}, other: {} } });
    flow.to('a', (ctx) =>
      ctx.state.set('seen', [ctx.resources.db as unknown as string, ctx.resources.other as unknown as string]),
    );
    const { host } = openHost(flow, { resources: { db: () => 'app db', other: () => 'app other' } });
    assert.deepEqual(await host.flow(flow).start(1, { resources: { db: 'own db' } }), {
      seen: ['own db', 'app other'],
    });
    assert.deepEqual(await host.flow(flow).start(1), { seen: ['app db', 'app other'] });
  });
});

describe('start as a sugar', () => {
  it('runs to the close', async () => {
    const { host } = openHost(adding());
    assert.deepEqual(await host.flow('adding').start(3), { a: 4 });
  });

  it('throws for autoClose false, a wait, or the error of a chunk; no execution keeps running', async () => {
    const { host, ports } = openHost(asking());
    await assert.rejects(host.flow('asking').start(1, { autoClose: false }), code('invalid_request'));
    await assert.rejects(host.flow('asking').start(1, { id: 'waits' }), code('pending_interrupts'));
    assert.equal((await ports.executions.load('waits'))?.head.lifecycle, 'closed');
    const failing = defineFlow({ name: 'failing', ...once });
    failing.to('x', () => {
      throw new RangeError('bad');
    });
    const other = openHost(failing);
    await assert.rejects(other.host.flow('failing').start(1, { id: 'fails' }), { name: 'RangeError', message: 'bad' });
    assert.equal((await other.ports.executions.load('fails'))?.head.lifecycle, 'closed');
  });
});

describe('a local host', () => {
  it('runs in this process only', async () => {
    const host = createLocalHost(defineApp({ flows: [adding(), asking()], resources: {} }));
    assert.deepEqual(await host.flow('adding').start(1), { a: 2 });
    const execution = await host.flow('asking').startExecution(1);
    await execution.quiet();
    const [wait] = await execution.pendingInterrupts();
    await execution.continueWith(wait?.interruptId ?? '', 'yes');
    assert.deepEqual(await execution.untilClosed(), { answer: 'yes' });
    await host.stop();
  });
});
