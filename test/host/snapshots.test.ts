import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow } from '../../lib/index.ts';
import type { Snapshot } from '../../lib/runtime/snapshot/document.ts';
import { code, openHost } from './support.ts';

const asking = { type: 'approval', payload: { q: 1 } };

function flowOf(extra?: (flow: ReturnType<typeof defineFlow>) => void) {
  const flow = defineFlow({ name: 'saved', resources: { db: {} } });
  flow
    .to('a', async (ctx) => {
      await ctx.state.set('big', 'x'.repeat(20_000));
      await ctx.flowData.set('shared', 'F', { noWarning: true });
      return [1, 2];
    })
    .forEach((item) => item.to('ask', (ctx) => ctx.pauseFor(asking)))
    .to('end', async (ctx) => {
      await ctx.state.set('answers', ctx.input as string[]);
      await ctx.state.set('shared', (await ctx.flowData.get('shared', { noWarning: true })) ?? null);
      await ctx.state.set('db', ctx.requireResource('db') as unknown as string);
    });
  extra?.(flow as never);
  return flow;
}

/** Saves an execution with two waits, one of them answered. */
async function saved(flow = flowOf(), resources: Record<string, () => unknown> = { db: () => 'db 1' }) {
  const { host } = openHost(flow, { resources });
  const execution = await host.flow('saved').startExecution(0, { id: 'x' });
  await execution.quiet();
  const [first] = await execution.pendingInterrupts();
  await execution.continueWith(first?.interruptId ?? '', 'one', { requestId: 'r1' });
  await execution.quiet();
  return JSON.parse(JSON.stringify(await execution.save())) as Snapshot;
}

describe('save and load', () => {
  it('continues in another process with another store, without loss', async () => {
    const document = await saved();
    const { host } = openHost(flowOf(), { resources: { db: () => 'db 2' } });
    assert.equal(host.inspectLoad(document).status, 'ready');
    const execution = await host.load(document);
    assert.equal(execution.id, 'x');
    const waits = await execution.pendingInterrupts();
    assert.deepEqual(
      waits.map(({ payload }) => payload),
      [{ q: 1 }],
    );
    await execution.continueWith(waits[0]?.interruptId ?? '', 'two');
    const { answers, shared, db, big } = (await execution.untilClosed()) as Record<string, unknown>;
    assert.deepEqual(
      { answers, shared, db, bigLength: String(big).length },
      { answers: ['one', 'two'], shared: 'F', db: 'db 2', bigLength: 20_000 },
    );
  });

  it('does not repeat a write of shared data that was made at the save', async () => {
    const flow = defineFlow({ name: 'writing' });
    flow.to('a', (ctx) => ctx.flowData.increment('n', 1, { noWarning: true }));
    flow.to('b', (ctx) => ctx.pauseFor({ type: 'q' }));
    const first = openHost(flow);
    const execution = await first.host.flow('writing').startExecution(0, { id: 'x' });
    const clear = first.ports.executions.commit.bind(first.ports.executions);
    let documents = 0;
    const second = openHost(flow);
    // The snapshot is taken between the write and the commit that clears it.
    first.ports.executions.commit = async (request) => {
      const { data } = await first.ports.flowData.load('writing');
      if (data.n === 1 && documents === 0) {
        documents += 1;
        await second.host.load(JSON.parse(JSON.stringify(await execution.save())));
        assert.deepEqual((await second.ports.flowData.load('writing')).data, { n: 1 });
      }
      return clear(request);
    };
    await execution.quiet();
    assert.equal(documents, 1);
    while (await second.drain());
    assert.deepEqual((await second.ports.flowData.load('writing')).data, { n: 1 });
    assert.deepEqual((await second.ports.flowData.load('writing')).operations, []);
  });

  it('refuses a document with an invalid value anywhere', async () => {
    const document = await saved();
    const { host } = openHost(flowOf(), { resources: { db: () => 'db 2' } });
    const [list] = Object.entries(document.head.frames).filter(([, frame]) => frame.kind === 'list');
    const places = [
      ['state', 'big'],
      ['frames', list?.[0] ?? '', 'items'],
      ['frames', list?.[0] ?? '', 'slots', '0'],
      ['interrupts', '0', 'payload'],
    ];
    for (const place of places) {
      for (const wrong of [null, 7, {}, [], { ref: 1 }, { of: null }, { list: [{}] }]) {
        const copy = structuredClone(document) as unknown as { head: Record<string, unknown> };
        const parent = place.slice(0, -1).reduce((at, step) => at[step] as Record<string, unknown>, copy.head);
        parent[place.at(-1) ?? ''] = wrong;
        const what = `${place.join('.')}: ${JSON.stringify(wrong)}`;
        assert.equal(host.inspectLoad(copy).status, 'invalid_snapshot', what);
        await assert.rejects(host.load(copy), code('snapshot_invalid'), what);
      }
    }
    assert.equal(await host.client.get('x'), undefined);
  });

  it('keeps earlier answers', async () => {
    const document = await saved();
    const { host } = openHost(flowOf(), { resources: { db: () => 'db 2' } });
    const execution = await host.load(document, { id: 'y' });
    const [entry] = document.head.ledger.filter(({ kind }) => kind === 'resume');
    assert.equal((await execution.continueWith(entry?.id ?? '', 'one', { requestId: 'r1' })).kind, 'duplicate');
    assert.equal((await execution.continueWith(entry?.id ?? '', 'one', { requestId: 'r2' })).kind, 'conflict');
  });

  it('restores running activations as ready for their next attempt', async () => {
    const flow = defineFlow({ name: 'running' });
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let runs = 0;
    flow.to('a', async (ctx) => {
      runs += 1;
      if (runs === 1) await gate;
      await ctx.state.set('attempt', ctx.attempt);
    });
    const first = openHost(flow);
    const execution = await first.host.flow('running').startExecution(0);
    const work = first.drain();
    while (runs === 0) await new Promise((resolve) => setImmediate(resolve));
    const document = await execution.save();
    release();
    await work;
    const second = openHost(flow);
    assert.deepEqual(await (await second.host.load(document)).untilClosed(), { attempt: 2 });
  });

  it('keeps existing shared data', async () => {
    const document = await saved();
    const { host } = openHost(flowOf(), { resources: { db: () => 'db' } });
    await host.client.flowData('saved').set('shared', 'newer', { noWarning: true });
    const execution = await host.load(document);
    assert.equal(await host.client.flowData('saved').get('shared'), 'newer');
    await execution.cancel();
  });

  it('refuses an existing id', async () => {
    const document = await saved();
    const { host } = openHost(flowOf(), { resources: { db: () => 'db' } });
    await host.load(document);
    await assert.rejects(host.load(document), code('execution_conflict'));
  });

  const nested = (levels: number) => Array.from({ length: levels }).reduce<unknown>((inside) => [inside], 1);
  const damages: readonly [string, string, (document: Record<string, unknown>) => unknown][] = [
    ['another schema version', 'snapshot_invalid', (d) => Object.assign(d, { schemaVersion: 99 })],
    [
      'a schema version nested too deep',
      'snapshot_invalid',
      (d) => Object.assign(d, { schemaVersion: nested(20_000) }),
    ],
    [
      'a schema version that throws when it is read',
      'snapshot_invalid',
      (d) => Object.defineProperty(d, 'schemaVersion', { enumerable: true, get: () => assert.fail('read') }),
    ],
    ['no fingerprint', 'snapshot_invalid', (d) => Reflect.deleteProperty(d, 'fingerprint')],
    ['another fingerprint', 'definition_mismatch', (d) => Object.assign(d, { fingerprint: 'other' })],
    ['no head', 'snapshot_invalid', (d) => Reflect.deleteProperty(d, 'head')],
    ['activations that are none', 'snapshot_invalid', (d) => Object.assign(d.head as object, { activations: [1] })],
    ['a value that is missing', 'snapshot_invalid', (d) => Object.assign(d, { values: {} })],
    ['no requirements', 'snapshot_invalid', (d) => Reflect.deleteProperty(d, 'requirements')],
    [
      'a lease of somebody else',
      'snapshot_invalid',
      (d) =>
        Object.assign(d.head as object, {
          hostLease: {
            owner: 'w9',
            mark: 'm',
            fence: 9,
            until: Date.UTC(2030, 0),
          },
        }),
    ],
  ];
  for (const [what, wanted, damage] of damages) {
    it(`refuses ${what}, and stores nothing`, async () => {
      const document = (await saved()) as unknown as Record<string, unknown>;
      damage(document);
      const { host, ports } = openHost(flowOf(), { resources: { db: () => 'db' } });
      const report = host.inspectLoad(document);
      assert.deepEqual(
        { status: report.status, ready: report.ready, diagnosticCount: report.diagnostics.length },
        { status: 'invalid_snapshot', ready: false, diagnosticCount: 1 },
      );
      await assert.rejects(host.load(document), code(wanted as 'snapshot_invalid'));
      assert.equal(await ports.executions.load('x'), undefined);
    });
  }

  for (const nothing of [null, undefined, 'text', 7, [], {}]) {
    it(`refuses ${JSON.stringify(nothing)}`, () => {
      const { host } = openHost(flowOf());
      assert.equal(host.inspectLoad(nothing).status, 'invalid_snapshot');
    });
  }
});

describe('the resources that a loaded execution requires', () => {
  const resolver = { resolvers: { make: () => 'made' } };

  it('are those it had, unless provided', async () => {
    const document = await saved();
    const report = openHost(flowOf()).host.inspectLoad(document);
    assert.deepEqual(
      { status: report.status, missing: report.missing },
      { status: 'missing_resources', missing: ['db'] },
    );
    const given = openHost(flowOf()).host.inspectLoad(document, { resources: ['db'] });
    assert.deepEqual({ status: given.status, resolved: given.resolved }, { status: 'ready', resolved: ['db'] });
  });

  it('can be declared optional, open, forbidden or stateful', async () => {
    const declared = (options: object) => flowOf((flow) => flow.declareResourceRequirement('cache', options));
    const report = async (options: object, here: string[] = [], more = {}) => {
      const flow = declared(options);
      const { status, missing, unresolved, pendingResolvers, resolved } = openHost(flow, more).host.inspectLoad(
        await saved(flow),
        { resources: ['db', ...here] },
      );
      return [status, missing, unresolved, pendingResolvers, resolved];
    };
    assert.deepEqual(await report({ required: false }), ['ready', [], [], [], ['db']]);
    assert.deepEqual(await report({ failPolicy: 'open' }), ['ready', [], ['cache'], [], ['db']]);
    assert.deepEqual(await report({}), ['missing_resources', ['cache'], [], [], ['db']]);
    assert.deepEqual(await report({}, ['cache']), ['ready', [], [], [], ['cache', 'db']]);
    assert.deepEqual(await report({ health: 'policy_forbidden' }, ['cache']), [
      'missing_resources',
      ['cache'],
      [],
      [],
      ['db'],
    ]);
    assert.deepEqual(await report({ resolver: 'unknown' }), ['missing_resources', ['cache'], [], [], ['db']]);
    const pending = ['pending_resources', ['cache'], [], ['cache'], ['db']];
    assert.deepEqual(await report({ resolver: 'make' }, [], resolver), pending);
    assert.deepEqual(await report({ resolver: 'make', stateRef: 'v7' }, ['cache'], resolver), pending);
  });

  it('are created by resolvers from the stored reference in asyncLoad', async () => {
    const flow = flowOf((each) => each.declareResourceRequirement('db', { resolver: 'make', stateRef: 'v7' }));
    const asked: unknown[] = [];
    const resolvers = {
      make: async (requirement: { readonly key: string; readonly stateRef?: unknown }) => {
        asked.push([requirement.key, requirement.stateRef]);
        return 'made';
      },
    };
    const { host } = openHost(flow, { resolvers });
    const execution = await host.asyncLoad(await saved(flow));
    assert.deepEqual(asked, [['db', 'v7']]);
    const [wait] = await execution.pendingInterrupts();
    await execution.continueWith(wait?.interruptId ?? '', 'two');
    assert.equal(((await execution.untilClosed()) as Record<string, unknown>).db, 'made');
  });

  it('stay unchanged when a resolver fails', async () => {
    const flow = flowOf((each) => each.declareResourceRequirement('db', { resolver: 'make' }));
    const fails = () => {
      throw new Error('no database');
    };
    const { host, ports } = openHost(flow, { resolvers: { make: fails } });
    await assert.rejects(host.asyncLoad(await saved(flow)), /no database/);
    assert.equal(await ports.executions.load('x'), undefined);
  });

  it('are absent when their resolver returns undefined', async () => {
    const flow = flowOf((each) => each.declareResourceRequirement('db', { resolver: 'make' }));
    const { host } = openHost(flow, { resolvers: { make: () => undefined } });
    await assert.rejects(host.asyncLoad(await saved(flow)), code('missing_resource', /db/));
  });

  it('block work but not reads while absent', async () => {
    const flow = defineFlow({ name: 'ready', resources: { db: {} } });
    let runs = 0;
    flow.to('a', () => {
      runs += 1;
    });
    const first = openHost(flow, { resources: { db: () => 'db' } });
    const document = await (await first.host.flow('ready').startExecution(0, { id: 'x' })).save();
    assert.equal(runs, 0);
    const { host, clock, drain } = openHost(flow);
    await assert.rejects(host.asyncLoad(document), code('missing_resource', /db/));
    await clock.advance(3_600_000);
    while (await drain());
    assert.equal(runs, 0);
    assert.equal((await (await host.execution('x'))?.get())?.status, 'running');
    const again = await host.asyncLoad(document, { id: 'y', resources: { db: 'given' } });
    await again.untilClosed();
    assert.equal(runs, 1);
  });

  it('can be declared on an execution', async () => {
    const { host } = openHost(flowOf());
    const execution = await host.flow('saved').createExecution({ id: 'x' });
    await execution.declareResourceRequirement('mail');
    const document = await execution.save();
    assert.deepEqual(openHost(flowOf()).host.inspectLoad(document).missing, ['mail']);
    await assert.rejects(execution.declareResourceRequirement(''), code('invalid_request'));
  });
});
