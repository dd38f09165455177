/** Attempts that end in other ways than most, as spans. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLocalHost } from '../../lib/host.ts';
import { type AnyFlow, type App, defineApp, defineFlow } from '../../lib/index.ts';
import { createTestkit, type FaultPlan, type Testkit } from '../../lib/testing.ts';
import { attemptsIn, attemptsOf, byStart } from './compare.ts';
import { registerSdk, type Sdk } from './support.ts';

describe('spans of attempts', () => {
  let sdk: Sdk;
  let kit: Testkit | undefined;
  let known = 0;
  before(() => {
    sdk = registerSdk(() => kit?.clock.now() ?? Date.now());
  });
  beforeEach(() => {
    known = sdk.spans().length;
  });
  after(() => sdk.stop());

  const told = () =>
    attemptsOf(sdk.spans().slice(known)).map(({ chunk, attempt, outcome }) => `${chunk} ${attempt} ${outcome}`);
  const kitOf = (flow: AnyFlow, faults?: FaultPlan) => {
    const app: App = { flows: [flow], resources: {} };
    kit = createTestkit(app, { telemetry: sdk.telemetry, ...(faults && { faults }) });
    return kit;
  };

  it('of a flow without history tell the same', async () => {
    const flow = defineFlow({ name: 'quiet', execution: { history: 'off' }, defaults: { retry: { maxAttempts: 1 } } });
    flow.to('first', () => 1).to('fail', () => Promise.reject(new TypeError('canary')));
    const { client, drain } = kitOf(flow as AnyFlow);
    await client.start('quiet', null, { id: 'e1' });
    await drain();
    assert.deepEqual(told(), ['first 1 succeeded', 'fail 1 failed']);
  });

  it('say that an attempt failed that the commit refused', async () => {
    const flow = defineFlow({ name: 'refused', defaults: { retry: { maxAttempts: 1 } } });
    const ask = (name: string) => flow.chunk(name, (ctx) => ctx.pauseFor({ id: 'same', type: 'q' }));
    flow.batch([ask('one'), ask('two')]);
    const { client, drain } = kitOf(flow as AnyFlow);
    await client.start('refused', null, { id: 'e1' });
    await drain();
    assert.deepEqual(told().sort(), ['one 1 waiting', 'two 1 failed']);
    const errors = sdk
      .spans()
      .slice(known)
      .flatMap(({ attributes }) => attributes['error.type'] ?? []);
    assert.deepEqual(errors, ['FlowError']);
  });

  it('say that an attempt was aborted whose execution was cancelled meanwhile', async () => {
    const flow = defineFlow({ name: 'stopped' });
    let cancel: () => Promise<unknown> = () => assert.fail();
    flow.to('work', () => cancel());
    const { client, drain } = kitOf(flow as AnyFlow);
    cancel = async () => {
      await client.cancel('e1');
      return null;
    };
    await client.start('stopped', null, { id: 'e1' });
    await drain();
    assert.deepEqual(told(), ['work 1 aborted']);
  });

  it('count a settle whose write was stored although its call failed', async () => {
    const flow = defineFlow({ name: 'unsure' });
    flow.to('a', () => 1).to('b', () => 2);
    let commits = 0;
    const { client, drain } = kitOf(flow as AnyFlow, ({ name }) => {
      if (name !== 'executions.commit') return undefined;
      commits += 1;
      return commits === 2 ? 'after' : undefined;
    });
    await client.start('unsure', null, { id: 'e1' });
    await drain();
    assert.ok(commits > 2);
    assert.deepEqual(told(), ['a 1 succeeded', 'b 1 succeeded']);
  });

  it('of a list run at the same time, and equal its history', async () => {
    const flow = defineFlow({ name: 'list' });
    flow.to('items', () => [1, 2, 3]).forEach((item) => item.to('each', ({ input }) => input));
    const { client, drain } = kitOf(flow as AnyFlow);
    await client.start('list', null, { id: 'e1' });
    await drain();
    const items = [];
    for await (const item of client.history('e1')) items.push(item);
    assert.deepEqual(attemptsOf(sdk.spans().slice(known)).sort(byStart), attemptsIn(items).sort(byStart));
    assert.equal(told().length, 4);
  });

  it('are there in a host of the own process, too', async () => {
    kit = undefined;
    const flow = defineFlow({ name: 'own' });
    flow.to('work', () => 'done');
    const host = createLocalHost(defineApp({ flows: [flow] }), { telemetry: sdk.telemetry });
    await host.flow(flow).start(null);
    await host.stop();
    assert.deepEqual(told(), ['work 1 succeeded']);
    const names = new Set(
      sdk
        .spans()
        .slice(known)
        .map(({ name }) => name),
    );
    assert.ok(names.has('session own') && names.has('wake-ups process'), [...names].join());
  });
});
