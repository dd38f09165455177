/**
 * Task lists submitted at the start. Each list has its own execution, which stores the graph; workers compile it themselves. Each
 * task runs once, after the tasks it depends on. A task that is not approved never runs.
 */
import { z } from 'zod';
import type { Json } from '../../../../lib/flow/json.ts';
import {
  type ChunkContext,
  defineTaskFlow,
  type Env,
  resource,
  type TaskFlow,
  type TaskInput,
} from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const LISTS = {
  x: [
    { id: 'a', kind: 'note' },
    { id: 'b', kind: 'note', dependsOn: ['a'] },
    { id: 'ask', kind: 'ask', dependsOn: ['a'] },
    { id: 'pay', kind: 'pay', dependsOn: ['b'], approval: { risk: 'high' }, onError: 'skip' },
    { id: 'behind', kind: 'note', dependsOn: ['pay'] },
    { id: 'd', kind: 'note', dependsOn: ['b', 'ask'] },
  ],
  y: [
    { id: 'd', kind: 'note' },
    { id: 'a', kind: 'pay', dependsOn: ['d'], approval: {} },
    { id: 'b', kind: 'note', dependsOn: ['d', 'a'], inputs: 1 },
  ],
  /** The graph of `y` with other inputs. */
  z: [
    { id: 'd', kind: 'note' },
    { id: 'a', kind: 'pay', dependsOn: ['d'], approval: {} },
    { id: 'b', kind: 'note', dependsOn: ['d', 'a'], inputs: 2 },
  ],
} as const;
const IDS = ['x', 'y', 'z'] as const;
/** Completed tasks, in any order that the dependencies allow. */
const DONE = { x: ['a', 'b', 'd'], y: ['a', 'b 1', 'd'], z: ['a', 'b 2', 'd'] };

const make = (): TaskFlow => {
  const note = async (ctx: ChunkContext<Env, TaskInput>) => {
    const { task, inputs } = ctx.input;
    await (ctx.resources as { readonly sim: Sim }).sim.work(ctx);
    await ctx.state.append('done', inputs === null ? task.id : `${task.id} ${inputs}`);
    return task.id;
  };
  return defineTaskFlow({
    name: 'tasks',
    resources: { sim: resource<Sim>() },
    defaults: PATIENT,
    kinds: {
      note: note as never,
      ask: { resume: z.string(), run: (ctx) => ctx.pauseFor({ type: 'ask' }) },
      pay: { sideEffect: true, run: note as never },
    },
  });
};
/** Processes of two deployments, which share no compiled definitions. */
const DEPLOYED = [make(), make()];
const [first = make()] = DEPLOYED;

export const tasks: Workload = {
  name: 'tasks',
  flow: first.compile({ tasks: LISTS.x }),
  tasks: make(),
  app: (sim) => ({
    flows: [],
    taskFlows: DEPLOYED.slice(sim.chance(0.5) ? 1 : 0).slice(0, 1),
    policy: ({ subject, risk }) => ({ status: subject === 'pay' && risk === 'high' ? 'denied' : 'approved' }),
  }),
  ids: IDS,
  callers: (newCaller) => {
    const submit = async (id: (typeof IDS)[number]) => {
      const caller = newCaller();
      await caller.start('tasks', id, { tasks: LISTS[id] });
    };
    const other = async () => {
      const caller = newCaller();
      await caller.start('tasks', 'z', { tasks: LISTS.z });
      caller.remember('other', (await caller.start('tasks', 'z', { tasks: LISTS.y })).kind);
    };
    const answer = async () => {
      const caller = newCaller();
      await caller.start('tasks', 'x', { tasks: LISTS.x });
      for (const wait of await caller.interrupts('x')) await caller.resume('x', wait, 'r', 'yes');
    };
    return [submit('x'), submit('y'), submit('z'), other(), answer()];
  },
  always: (id, { done = [] }) => {
    const list = done as readonly string[];
    if (new Set(list).size < list.length) return `${id} ran a task twice: ${list.join()}`;
    if (list.includes('pay') || list.includes('behind'))
      return `${id} ran a task that was not approved: ${list.join()}`;
    const order = id === 'x' ? ['a', 'b', 'd'] : ['d', 'a', 'b'];
    const got = list.map((name) => name.split(' ')[0]);
    return got.every((name, i) => name === order[i]) ? undefined : `${id} ran ${list.join()}`;
  },
  check: ({ executions, answers, equal }) => {
    for (const id of IDS) {
      const view = executions.get(id);
      equal(view?.status, 'completed', `status of ${id}`);
      equal([...((view?.state.done ?? []) as readonly string[])].sort(), DONE[id], `tasks of ${id}`);
      equal(view?.definition, { tasks: LISTS[id] } as unknown as Json, `list of ${id}`);
    }
    equal(answers.get('other'), 'conflict', 'a start with another list');
  },
};
