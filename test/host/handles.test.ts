import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';
import { createLocalHost } from '../../lib/host.ts';
import { defineApp, defineFlow, FatalError, resource } from '../../lib/index.ts';
import { createTestkit } from '../../lib/testing.ts';
import { code, openHost } from './support.ts';

function counting() {
  const flow = defineFlow({ name: 'counting', input: z.number() });
  flow.to('a', (ctx) => ctx.state.set('a', ctx.input));
  return flow;
}

function asking() {
  const flow = defineFlow({ name: 'asking' });
  flow.to('ask', (ctx) => ctx.pauseFor({ type: 'q' }));
  return flow;
}

describe('a stopped host', () => {
  it('rejects pending waits for progress', async () => {
    const host = createLocalHost(defineApp({ flows: [counting(), asking()], resources: {} }));
    const execution = await host.flow('asking').startExecution(null, { autoCloseTimeout: null });
    await execution.quiet();
    const waiting = assert.rejects(execution.untilClosed({ waits: true }), code('invocation_ended'));
    await host.stop();
    await waiting;
    await assert.rejects(host.flow('counting').start(1), code('invocation_ended'));
  });
});

describe('a start that is refused', () => {
  it('for its input can be repeated with another input', async () => {
    const { host } = openHost(counting());
    const execution = await host.flow('counting').createExecution();
    await assert.rejects(execution.start('one'), code('invalid_input'));
    assert.deepEqual(await execution.start(1), { a: 1 });
  });

  it('for its input creates no execution', async () => {
    const { host } = openHost(counting());
    await assert.rejects(host.flow('counting').start('one'), code('invalid_input'));
    await assert.rejects(host.flow('counting').startExecution('one'), code('invalid_input'));
    assert.deepEqual((await host.client.list({ limit: 10 })).items, []);
  });

  it('by a seal is ignored and can be repeated', async () => {
    const { host } = openHost(counting());
    const execution = await host.flow('counting').createExecution({ id: 'x' });
    await execution.seal();
    assert.equal(await execution.start(1), undefined);
    assert.equal((await host.client.start('counting', 1, { id: 'x' })).kind, 'ignored');
    assert.equal((await execution.result.getMeta()).status, 'created');
    await execution.unseal();
    assert.deepEqual(await execution.start(2), { a: 2 });
  });

  it('because the flow does not close automatically is refused at once', async () => {
    const flow = defineFlow({ name: 'lasting', execution: { autoClose: false } });
    flow.to('a', () => null);
    const { host } = openHost(flow);
    await assert.rejects(host.flow('lasting').start(1), code('invalid_request'));
    await assert.rejects(
      host.flow('lasting').start(1, { autoClose: true, autoCloseTimeout: null }),
      code('invalid_request'),
    );
  });
});

describe('a call that is refused', () => {
  it('during a read of the handle is a rejection like any other', async () => {
    const { host, ports } = openHost(asking());
    const execution = await host.flow('asking').startExecution(1);
    await execution.quiet();
    const load = ports.executions.load.bind(ports.executions);
    let calls = 0;
    ports.executions.load = async (id) => {
      calls += 1;
      if (calls > 1) await new Promise((resolve) => setImmediate(resolve));
      return load(id);
    };
    await assert.rejects(execution.emit('s', Number.NaN), code('invalid_value'));
    await assert.rejects(execution.state.set('', 1), code('invalid_value'));
  });

  it('as the start of a stream, ends the reading', async () => {
    const { host } = openHost(counting());
    const execution = await host.flow('counting').createExecution();
    await assert.rejects(execution.stream({ start: 'one' }).next(), code('invalid_input'));
  });
});

describe('several handles on one execution', () => {
  it('keep their own lease and resources', async () => {
    const flow = defineFlow({ name: 'using', resources: { db: {} } });
    flow.to('a', (ctx) => ctx.state.set('db', ctx.resources.db as unknown as string));
    const { host } = openHost(flow, { resources: { db: () => 'app db' } });
    const first = await host.flow('using').createExecution({ ownerId: 'me', resources: { db: 'own db' } });
    await host.execution(first.id);
    assert.equal(await host.execution('none'), undefined);
    assert.deepEqual(await first.start(1), { db: 'own db' });
  });
});

describe('the lease of a host', () => {
  it('taken by a load lets the own worker start at once', async () => {
    const kit = createTestkit(defineApp({ flows: [asking()], resources: {} }));
    await kit.client.start('asking', 1, { id: 'x' });
    const document = await kit.client.save('x');
    const host = createLocalHost(defineApp({ flows: [asking()], resources: {} }));
    const execution = await host.load(document, { ownerId: 'me' });
    await execution.quiet();
    await host.stop();
    assert.equal((await execution.get()).status, 'waiting');
  });

  it('that is released lets other workers start ready and queued work at once', async () => {
    const flow = defineFlow({ name: 'shared' });
    flow.to('a', (ctx) => ctx.emitNowait('n', 1));
    flow.when('n').to('b', (ctx) => ctx.state.set('b', 1));
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.create('shared', { id: 'x' });
    const runOnce = async (): Promise<void> => {
      const [received] = kit.queue.receive(1);
      assert.ok(received);
      await kit.worker.handle([received.message], kit.clock.now() + 300_000);
      kit.queue.ack(received.receipt);
    };
    for (const step of ['ready', 'queued']) {
      const claimed = await kit.client.claim('x', 'me', 60_000);
      assert.ok(claimed.kind === 'claimed', step);
      if (step === 'ready') await kit.client.start('shared', 1, { id: 'x' });
      await kit.drain();
      assert.equal((await kit.client.get('x'))?.status, 'running', step);
      await kit.client.release('x', claimed.fence);
      if (step === 'ready') await runOnce();
    }
    await kit.drain();
    const view = await kit.client.get('x');
    assert.deepEqual({ lifecycle: view?.lifecycle, state: view?.state }, { lifecycle: 'closed', state: { b: 1 } });
  });
});

describe('the handles of a host', () => {
  interface Tool {
    name: string;
    broken?: boolean;
  }

  /** Asks, then uses its tool, which may fail. */
  function using() {
    const flow = defineFlow({ name: 'using', input: z.boolean(), resources: { tool: resource<Tool>() } });
    flow
      .to('ask', (ctx) => (ctx.input ? ctx.pauseFor({ type: 'q' }) : null))
      .to('use', async (ctx) => {
        const { name, broken } = ctx.requireResource('tool') as Tool;
        if (broken) throw new FatalError('broken');
        await ctx.state.set('used', name);
      });
    return openHost(flow);
  }

  const collectGarbage = async (): Promise<void> => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  };

  it('are released after the close', async () => {
    const { host } = using();
    const tools: WeakRef<Tool>[] = [];
    for (let n = 0; n < 50; n += 1) {
      const tool = { name: `${n}` };
      tools.push(new WeakRef(tool));
      const execution = await host.flow('using').startExecution(false, { resources: { tool } });
      await execution.untilClosed();
    }
    await collectGarbage();
    const left = tools.filter((each) => each.deref()).length;
    assert.ok(left <= 5, `${left} of 50 are left`);
  });

  it('are kept while the execution is open', async () => {
    const { host } = using();
    await host.flow('using').startExecution(true, { id: 'x', resources: { tool: { name: 'mine' } } });
    for (let n = 0; n < 10; n += 1) await host.flow('using').start(false, { resources: { tool: { name: 'other' } } });
    await collectGarbage();
    const execution = await host.execution('x');
    assert.ok(execution);
    const [wait] = await execution.pendingInterrupts();
    await execution.continueWith(wait?.interruptId ?? '', null);
    assert.deepEqual(await execution.untilClosed(), { used: 'mine' });
  });

  it('that the caller still holds serve a redriven execution', async () => {
    const { host } = using();
    const tool: Tool = { name: 'mine', broken: true };
    const execution = await host.flow('using').startExecution(false, { resources: { tool } });
    await assert.rejects(execution.untilClosed(), /broken/);
    await execution.close();
    for (let n = 0; n < 10; n += 1) await host.flow('using').start(false, { resources: { tool: { name: 'other' } } });
    await collectGarbage();
    tool.broken = false;
    assert.equal(await host.client.redrive(execution.id), 'redriven');
    assert.deepEqual(await execution.untilClosed(), { used: 'mine' });
  });
});
