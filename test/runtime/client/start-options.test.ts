import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLocalHost, type HandleOptions } from '../../../lib/host.ts';
import { defineApp, defineFlow, type ExecutionDefaults } from '../../../lib/index.ts';
import type { StartOptions } from '../../../lib/runtime/client/types.ts';
import { createKit } from '../kit.ts';

const ONCE = { maxAttempts: 1 };

function failing() {
  const seen: unknown[] = [];
  const flow = defineFlow({ name: 'failing' });
  flow.to('a', () => Promise.reject(new Error('of a')));
  flow.chunk('mend', (ctx) => {
    seen.push(ctx.input);
    throw new Error('of mend');
  });
  flow.when('never').to('mend');
  return { flow, seen };
}

describe('start options', () => {
  it('that are invalid are refused, and nothing is stored', async () => {
    const kit = createKit(defineApp({ flows: [failing().flow], resources: {} }));
    const bad: readonly unknown[] = [
      { concurrency: 0 },
      { concurrency: 1.5 },
      { autoCloseTimeout: -1 },
      { autoClose: 'no' },
      { nowait: 'later' },
      { defaults: { retry: { maxAttempts: 0 } } },
      { defaults: { timeout: 0 } },
      { defaults: { onError: 'ignore' } },
      { defaults: { onError: { handler: 'nobody' } } },
      { interventionMode: 'always' },
    ];
    for (const options of bad) {
      const start = kit.client.start('failing', null, { id: 'x', ...(options as StartOptions) });
      await assert.rejects(start, { code: 'invalid_request' }, JSON.stringify(options));
    }
    assert.equal(await kit.ports.executions.load('x'), undefined);
  });

  it('that are unknown are refused, by the client, a host and the flow, with the nearest one', async () => {
    const app = defineApp({ flows: [failing().flow], resources: {} });
    const kit = createKit(app);
    const host = createLocalHost(app);
    const given = { concurency: 1 } as StartOptions;
    const says = { code: 'invalid_request', message: /no option "concurency"\. Did you mean "concurrency"\?/ };
    await assert.rejects(kit.client.start('failing', null, given), says);
    await assert.rejects(kit.client.create('failing', given), says);
    await assert.rejects(host.flow('failing').createExecution(given), says);
    await assert.rejects(host.flow('failing').start(null, given), says);
    const handle = { resource: {} } as HandleOptions;
    await assert.rejects(host.execution('x', handle), { code: 'invalid_request', message: /mean "resources"/ });
    await assert.rejects(host.load({}, handle), { code: 'invalid_request', message: /mean "resources"/ });
    const execution = { durabilty: 'exit' } as ExecutionDefaults;
    assert.throws(() => defineFlow({ name: 'f', execution }), { code: 'definition_invalid', message: /"durability"/ });
    assert.deepEqual((await kit.client.list({ limit: 1 })).items, []);
    await host.stop();
  });

  it('can name an error handler, which does not handle its own failure', async () => {
    const { flow, seen } = failing();
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const handler = Object.keys(flow.graph.nodes).find((node) => node.endsWith('mend')) ?? '';
    await kit.client.start('failing', null, { id: 'x', defaults: { retry: ONCE, onError: { handler } } });
    await kit.drain();
    const { status, error } = await kit.view('x');
    assert.deepEqual({ status, chunk: error?.chunk }, { status: 'failed', chunk: 'mend' });
    assert.deepEqual(seen, [{ error: { name: 'Error', message: 'of a' }, input: null }]);
  });

  it('do not apply to a sub-flow without that handler', async () => {
    const child = defineFlow({ name: 'child' });
    child.to('inside', () => Promise.reject(new Error('of child')));
    const flow = defineFlow({ name: 'parent' });
    flow.subFlow(child).to('after', () => null);
    flow.when('never').to('mend', () => null);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const handler = Object.keys(flow.graph.nodes).find((node) => node.endsWith('mend')) ?? '';
    await kit.client.start('parent', null, { id: 'x', defaults: { retry: ONCE, onError: { handler } } });
    await kit.drain();
    const { status, error } = await kit.view('x');
    assert.deepEqual({ status, chunk: error?.chunk }, { status: 'failed', chunk: 'inside' });
  });
});
