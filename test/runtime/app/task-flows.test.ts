import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../../lib/flow/json.ts';
import { compileTasks, defineApp, defineFlow, defineTaskFlow, type TaskFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

const done: string[] = [];
const make = (more: object = {}): TaskFlow =>
  defineTaskFlow({
    name: 'work',
    kinds: {
      note: (ctx) => {
        done.push(ctx.input.task.id);
        return ctx.state.set(ctx.input.task.id, [ctx.input.start ?? null, ctx.input.inputs, { ...ctx.input.results }]);
      },
      ask: { run: (ctx) => ctx.pauseFor({ type: 'ask' }) },
      ...more,
    },
  });
const appOf = (tasks: TaskFlow) => defineApp({ flows: [], taskFlows: [tasks], resources: {} });
const LIST = {
  tasks: [
    { id: 'a', kind: 'ask' },
    { id: 'b', kind: 'note', dependsOn: ['a'], inputs: { n: 1 } },
  ],
};

describe('a task flow', () => {
  it('runs in any process with its kinds, from the list stored with the execution', async () => {
    const first = createTestkit(appOf(make()));
    await first.client.start('work', { ...LIST, input: 'x' }, { id: 'x' });
    await first.drain();
    const second = createTestkit(appOf(make({ later: () => null })), { over: first });
    const [wait] = (await second.client.interrupts({ limit: 10 })).items;
    await second.client.resume('x', wait?.interruptId ?? '', { value: 'there' });
    await second.drain();
    const view = await second.client.get('x');
    assert.deepEqual({ status: view?.status, definition: view?.definition }, { status: 'completed', definition: LIST });
    assert.deepEqual(view?.result, { b: [null, { n: 1 }, { a: 'there' }] });
    assert.equal((await second.client.list({ limit: 10 })).items.length, 1);
  });

  it('is skipped by a process that lacks a kind', async () => {
    const first = createTestkit(appOf(make()));
    await first.client.start('work', LIST, { id: 'x' });
    await first.drain();
    const { note: _, ...kinds } = make().kinds;
    const lacking = createTestkit(appOf(defineTaskFlow({ name: 'work', kinds: kinds as never })), { over: first });
    assert.equal((await lacking.client.get('x'))?.status, 'blocked');
    const [wait] = (await lacking.client.interrupts({ limit: 10 })).items;
    const answer = lacking.client.resume('x', wait?.interruptId ?? '', { value: 1 });
    await assert.rejects(answer, { code: 'definition_missing' });
    assert.equal((await first.client.get('x'))?.status, 'waiting');
  });

  it('continues a list that was accepted before its kinds became stricter', async () => {
    const asked: unknown[] = [];
    const appWith = (more: object) =>
      defineApp({
        flows: [],
        taskFlows: [
          defineTaskFlow({
            name: 'pays',
            kinds: { pay: { run: () => 'paid', ...more }, ask: (ctx) => ctx.pauseFor({ type: 'ask' }) },
          }),
        ],
        policy: ({ capability, risk }) => {
          asked.push([capability, risk]);
          return { status: 'approved' };
        },
        resources: {},
      });
    const tasks = [
      { id: 'a', kind: 'ask' },
      { id: 'b', kind: 'pay', dependsOn: ['a'], approval: { capability: 'pay', risk: 'low' } },
    ];
    const first = createTestkit(appWith({}));
    await first.client.start('pays', { tasks }, { id: 'x' });
    await first.drain();
    const second = createTestkit(appWith({ capability: 'money', risk: 'high' }), { over: first });
    const [wait] = (await second.client.interrupts({ limit: 10 })).items;
    await second.client.resume('x', wait?.interruptId ?? '', { value: 1 });
    await second.drain();
    assert.equal((await second.client.get('x'))?.status, 'completed');
    assert.deepEqual(asked, [['pay', 'high']]);
    const again = second.client.start('pays', { tasks }, { id: 'y' });
    await assert.rejects(again, { code: 'invalid_input', message: /only raise/ });
    assert.equal(await second.ports.executions.load('y'), undefined);
  });

  it('continues a list stored when ids of joins named all their sources', async () => {
    const now = make();
    const earlier: TaskFlow = { ...now, compile: (list) => compileTasks(list, { name: 'work', kinds: now.kinds }) };
    const notes = Array.from({ length: 40 }, (_, i) => ({ id: `note${i}`, kind: 'note' }));
    const all = { id: 'all', kind: 'note', dependsOn: ['ask', ...notes.map(({ id }) => id)] };
    const list = { tasks: [{ id: 'ask', kind: 'ask' }, ...notes, all] };
    assert.equal(earlier.compile(list).fingerprint, 'l8kCjmtR7F6eUmjqZ3WzlPBXTB0nxOfsgFdy_sPEGlU');
    const first = createTestkit(appOf(earlier));
    await first.client.start('work', list, { id: 'x' });
    await first.drain();
    const second = createTestkit(appOf(now), { over: first });
    await second.client.start('work', list, { id: 'y' });
    await second.drain();
    const joinOf = async (id: string) => (await second.ports.executions.load(id))?.head.joins[0]?.node ?? '';
    assert.match(await joinOf('x'), /^when:chunk:ask\+chunk:note0\+.*\+chunk:note9$/);
    assert.match(await joinOf('y'), /^when:#[\w-]{43}$/);
    for (const { executionId, interruptId } of (await second.client.interrupts({ limit: 10 })).items)
      await second.client.resume(executionId, interruptId, { value: 'there' });
    await second.drain();
    for (const id of ['x', 'y']) {
      const view = await second.client.get(id);
      const [, , results] = (view?.state.all ?? []) as readonly Json[];
      assert.deepEqual(
        { status: view?.status, tasks: Object.keys(results ?? {}).sort() },
        { status: 'completed', tasks: all.dependsOn.toSorted() },
      );
    }
  });

  it('accepts lists of any size that a commit can store', async () => {
    const kit = createTestkit(appOf(make()));
    const tasks = [{ id: 'a', kind: 'note', inputs: 'x'.repeat(64 * 1024) }];
    await assert.rejects(kit.client.start('work', { tasks }, { id: 'x' }), { code: 'value_too_large' });
    const many = Array.from({ length: 400 }, (_, i) => ({
      id: `t${i}`,
      kind: 'note',
      dependsOn: i < 20 ? [] : [`t${i - 20}`],
    }));
    done.length = 0;
    await kit.client.start('work', { tasks: many }, { id: 'many' });
    await kit.drain();
    assert.deepEqual(
      { status: (await kit.client.get('many'))?.status, distinctDone: new Set(done).size },
      { status: 'completed', distinctDone: 400 },
    );
  });

  it('requires a unique name, and kinds', () => {
    assert.throws(() => defineTaskFlow({ name: 'none', kinds: {} }), { code: 'definition_invalid' });
    assert.throws(() => defineTaskFlow({ name: 'a b', kinds: { x: () => 1 } }), { code: 'definition_invalid' });
    const flow = defineFlow({ name: 'work' });
    flow.to('a', () => 1);
    const both = () => defineApp({ flows: [flow], taskFlows: [make()], resources: {} });
    assert.throws(both, { code: 'definition_invalid' });
    assert.throws(() => defineApp({ flows: [], taskFlows: [make(), make()], resources: {} }), {
      code: 'definition_invalid',
    });
  });

  it('compiles a list once per process', () => {
    const tasks = make();
    assert.equal(tasks.compile(LIST), tasks.compile(structuredClone(LIST)));
    for (let i = 0; i < 64; i += 1) tasks.compile({ tasks: [{ id: `t${i}`, kind: 'note' }] });
    assert.equal(tasks.compile(LIST).fingerprint, make().compile(LIST).fingerprint);
  });
});
