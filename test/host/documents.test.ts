/** Saved executions that were made or changed elsewhere are refused with a code and do not break other readers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import type { Snapshot } from '../../lib/runtime/snapshot/document.ts';
import { createKit } from '../runtime/kit.ts';

type Row = Record<string, unknown>;
interface Loose {
  head: Row & { activations: Row[]; interrupts: Row[]; frames: Record<string, Row>; options: Row };
  ledger: Row[];
  values: Row;
  flowData: Row;
}

const child = defineFlow({ name: 'child' });
child.to('inner', (ctx) => ctx.pauseFor({ type: 'inner', id: 'inner' }));
const flow = defineFlow({ name: 'f' });
flow.to('ask', (ctx) => ctx.pauseFor({ type: 'q', id: 'q', expiresIn: 1000 }));
flow.to('list', () => [1, 2, 3]).forEach((item) => item.to('wait', (ctx) => ctx.pauseFor({ type: 'w' })));
flow.subFlow(child);
flow.to('later', (ctx) => ctx.sleep(5000));
const app = defineApp({ flows: [flow], resources: {} });

async function saved() {
  const kit = createKit(app);
  await kit.client.start('f', { some: 'input' }, { id: 'x' });
  await kit.drain();
  const snapshot = JSON.parse(JSON.stringify(await kit.client.save('x'))) as Snapshot;
  return { kit, snapshot };
}

function deep(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

const frameOf = ({ head }: Loose, kind: string): [string, Row] =>
  Object.entries(head.frames).find(([, frame]) => frame.kind === kind) as [string, Row];

const changes: Record<string, (document: Loose) => unknown> = {
  'a creation that is no date': ({ head }) => (head.createdAt = 9e15),
  'a creation after the year 9999': ({ head }) => (head.createdAt = 8e15),
  'a creation before 1970': ({ head }) => (head.createdAt = -1),
  'a creation between two milliseconds': ({ head }) => (head.createdAt = 1.5),
  'a wait that expires after the last date': ({ head }) =>
    (head.interrupts[0] = { ...head.interrupts[0], expiresAt: 1e16 }),
  'a wait of a negative generation': ({ head }) => (head.interrupts[0] = { ...head.interrupts[0], generation: -1 }),
  'a timer that is no date': ({ head }) => (head.activations[0] = { ...head.activations[0], dueAt: 1e300 }),
  'an attempt that is no count': ({ head }) => (head.activations[0] = { ...head.activations[0], attempt: -3 }),
  'an attempt beyond safe integers': ({ head }) => (head.activations[0] = { ...head.activations[0], attempt: 2 ** 60 }),
  'a fence that cannot be raised': ({ head }) => (head.fence = Number.MAX_SAFE_INTEGER),
  'a list that is too long': (document) => (frameOf(document, 'list')[1].count = 4e9),
  'a negative timeout': ({ head }) => (head.options.autoCloseTimeout = -1),
  'a timeout beyond all dates': ({ head }) => (head.options.autoCloseTimeout = 1e200),
  'a start that is no date': ({ head }) => (head.options.startAt = 1e18),
  'a cap of none': ({ head }) => (head.options.concurrency = 0),
  'a closed time that is text': ({ head }) => (head.closedAt = 'yesterday'),
  'another kind of lifecycle': ({ head }) => (head.lifecycle = 'ajar'),
  'another kind of frame': (document) => (frameOf(document, 'list')[1].kind = 'loop'),
  'a sub-flow inside itself': (document) => {
    const [scope, frame] = frameOf(document, 'child');
    frame.parent = { scope: '', home: scope };
  },
  'a frame in its own scope': (document) => {
    const [scope, frame] = frameOf(document, 'list');
    frame.parent = { scope };
  },
  'a ledger of no time': (document) => (document.ledger = [{ kind: 'signal', id: 's', valueHash: '', at: Infinity }]),
  'an entry after the last date': (document) => (document.ledger = [{ kind: 'signal', id: 's', at: 1e17 }]),
  'deep input': ({ head }) => (head.activations[0] = { ...head.activations[0], input: { v: deep(5_000) } }),
  'a deep value beside it': ({ values }) => (values.r = deep(5_000)),
  'a value under a text that is no id': ({ values }) => (values['a b'] = 1),
  'a value under another key of the store': ({ values }) => (values['r#x/y'] = 1),
  'a value under a text that is too long': ({ values }) => (values['r'.repeat(129)] = 1),
  'deep composites': ({ head }) => (head.state = { k: { of: { a: deep(5_000) } } }),
  'a cycle': (document) => (document.flowData = { f: document }),
  'an id of ten thousand characters': ({ head }) =>
    (head.interrupts[0] = { ...head.interrupts[0], id: 'i'.repeat(10_000) }),
};

describe('a saved execution from outside', () => {
  for (const [what, change] of Object.entries(changes)) {
    it(`is refused with ${what}`, async () => {
      const { kit, snapshot } = await saved();
      change(snapshot as unknown as Loose);
      const report = kit.client.inspectLoad(snapshot);
      assert.deepEqual(
        { status: report.status, code: report.diagnostics[0]?.code },
        { status: 'invalid_snapshot', code: 'invalid_section' },
      );
      await assert.rejects(kit.client.load(snapshot, { id: 'y' }), { code: 'snapshot_invalid' });
      assert.equal(await kit.ports.executions.load('y'), undefined);
      assert.equal((await kit.client.list({ limit: 10 })).items.length, 1);
    });
  }

  it('is refused when shared members expand without bound', async () => {
    const { kit, snapshot } = await saved();
    const bomb = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner, inner], 'x');
    const [problem] = kit.client.inspectLoad({ ...snapshot, values: { r: bomb } }).diagnostics;
    assert.match(problem?.detail ?? '', /more than 4194304 values/);
  });

  it('is accepted unchanged', async () => {
    const { kit, snapshot } = await saved();
    assert.equal((await kit.client.load(snapshot, { id: 'y' })).report.status, 'ready');
    await kit.drain();
    assert.deepEqual((await kit.view('y')).interrupts.length, (await kit.view('x')).interrupts.length);
  });

  it('is accepted with values that operators nested deeper than 32 levels', async () => {
    const { kit, snapshot } = await saved();
    (snapshot as unknown as Loose).head.state = { k: { v: deep(60) } };
    await kit.client.load(snapshot, { id: 'y' });
    assert.deepEqual((await kit.view('y')).state, { k: deep(60) });
  });
});

describe('an execution stored with malformed fields', () => {
  const odd: Record<string, (head: Row) => void> = {
    'a time that is no date': (head) => Object.assign(head, { createdAt: 9e15 }),
    'a time before all dates': (head) => Object.assign(head, { createdAt: -9e15 }),
    'frames in a circle': (head) => {
      Object.assign(head, { frames: { a: { kind: 'child', node: 'subFlow', parent: { scope: 'a', home: 'a' } } } });
      Object.assign(head, { joins: [{ kind: 'and', node: 'j', scope: 'a', home: 'a', slots: {}, ids: {} }] });
    },
    'no waits at all': (head) => Object.assign(head, { interrupts: [null] }),
  };
  for (const [what, change] of Object.entries(odd)) {
    it(`breaks neither lists nor the sweep: ${what}`, async () => {
      const kit = createKit(app);
      for (const id of ['a', 'bad', 'z']) await kit.client.start('f', null, { id });
      await kit.drain();
      const { head, rev } = await kit.load('bad');
      const changed = structuredClone(head);
      change(changed as unknown as Row);
      await kit.ports.executions.commit({ head: changed, rev, folded: 0, exclusive: true, wakeAt: kit.clock.now() });
      const listed = (await kit.client.list({ limit: 10 })).items.map(({ executionId }) => executionId);
      assert.ok(listed.includes('a') && listed.includes('z'), JSON.stringify(listed));
      const waits = (await kit.client.interrupts({ limit: 10 })).items.map(({ executionId }) => executionId);
      assert.ok(waits.includes('a') && waits.includes('z'), JSON.stringify(waits));
      await kit.clock.advance(1);
      assert.ok((await kit.sweeper.sweep(kit.clock.now() + 60_000)).examined >= 1);
    });
  }

  it('is logged when it cannot be shown', async () => {
    const kit = createKit(app);
    await kit.client.start('f', null, { id: 'bad' });
    const { head, rev } = await kit.load('bad');
    const interrupts = [null] as never;
    await kit.ports.executions.commit({ head: { ...head, interrupts }, rev, folded: 0, exclusive: true });
    assert.deepEqual((await kit.client.list({ limit: 10 })).items, []);
    assert.match(kit.logs.join(), /execution not shown .*"executionId":"bad"/);
  });

  it('still fails the list when the store fails', async () => {
    const kit = createKit(app);
    await kit.client.start('f', null, { id: 'x' });
    kit.ports.executions.load = () => Promise.reject(new Error('throttled'));
    await assert.rejects(kit.client.list({ limit: 10 }), { message: 'throttled' });
  });
});
