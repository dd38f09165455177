/** Task lists as data: what they may say, and everything that can be wrong with one. */
import { z } from 'zod';
import type { Json } from './json.ts';
import { name, readShape } from './shape.ts';

export interface Task {
  /** Unique in the list; also the name of its chunk. */
  readonly id: string;
  /** Which code runs it. */
  readonly kind: string;
  /** Tasks whose results it waits for. None: it starts at once. */
  readonly dependsOn?: readonly string[];
  readonly inputs?: Json;
  /** Asks the policy handler of the app before it runs. Kinds with side effects need it. */
  readonly approval?: { readonly capability?: string; readonly risk?: 'low' | 'medium' | 'high' };
  /** After the last attempt: `fail` the execution (default), or `skip` it and with it what depends on it. */
  readonly onError?: 'fail' | 'skip';
}

export interface TaskList {
  readonly tasks: readonly Task[];
}

interface KindFacts {
  readonly sideEffect?: boolean;
}

const shape = z.strictObject({
  tasks: z
    .array(
      z.strictObject({
        id: name,
        kind: name,
        dependsOn: z.array(z.string()).optional(),
        inputs: z.json().optional(),
        approval: z
          .strictObject({
            capability: z.string().min(1).optional(),
            risk: z.enum(['low', 'medium', 'high']).optional(),
          })
          .optional(),
        onError: z.enum(['fail', 'skip']).optional(),
      }),
    )
    .min(1, 'needs at least one task'),
});

/** The list a value is, or everything that is wrong with it. */
export function readTasks(
  value: unknown,
  kinds: Readonly<Record<string, KindFacts | ((context: never) => unknown)>>,
): TaskList | readonly string[] {
  const read = readShape(shape, value);
  if ('problems' in read) return read.problems;
  const list = read.document as TaskList;
  const problems = [...list.tasks.flatMap((task, i) => taskProblems(task, i, list, kinds)), ...orderProblems(list)];
  return problems.length > 0 ? problems : list;
}

function taskProblems(
  { id, kind, dependsOn = [], approval }: Task,
  index: number,
  { tasks }: TaskList,
  kinds: Readonly<Record<string, KindFacts | ((context: never) => unknown)>>,
): string[] {
  const problems: string[] = [];
  const say = (problem: string) => problems.push(`task "${id}": ${problem}`);
  if (tasks.findIndex((task) => task.id === id) < index) say('there is another task of this id');
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (known === undefined) say(`there is no kind "${kind}"; there are ${Object.keys(kinds).sort().join(', ')}`);
  if (typeof known === 'object' && known.sideEffect && !approval)
    say(`kind "${kind}" has side effects, so it needs an approval`);
  dependsOn.forEach((dependency, i) => {
    if (dependency === id) say('it depends on itself');
    else if (!tasks.some((task) => task.id === dependency)) say(`it depends on "${dependency}", which is not there`);
    if (dependsOn.indexOf(dependency) < i) say(`it depends on "${dependency}" twice`);
  });
  return problems;
}

/** Takes away what can run, again and again: what is left waits for itself. */
function orderProblems({ tasks }: TaskList): string[] {
  const problems: string[] = [];
  if (tasks.every(({ dependsOn = [] }) => dependsOn.length > 0))
    problems.push('tasks: every task depends on another one, so none can start');
  const ids = new Set(tasks.map(({ id }) => id));
  let left = tasks.map(({ id, dependsOn = [] }) => ({ id, waits: dependsOn.filter((other) => ids.has(other)) }));
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    const waiting = new Set(left.map(({ id }) => id));
    left = left.filter(({ waits }) => waits.some((other) => waiting.has(other)));
  }
  // From the other end as well, so that what only stands behind a cycle is not named.
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    const needed = new Set(left.flatMap(({ waits }) => waits));
    left = left.filter(({ id }) => needed.has(id));
  }
  const cycles = cyclesIn(new Map(left.map(({ id, waits }) => [id, waits])));
  for (const cycle of cycles) problems.push(`tasks: ${cycle.map((id) => `"${id}"`).join(', ')} wait for each other`);
  return problems;
}

/** The groups of tasks that reach each other, in the order of the list. A task that waits for itself alone is none. */
function cyclesIn(waits: ReadonlyMap<string, readonly string[]>): string[][] {
  const waitedBy = new Map<string, string[]>();
  for (const [id, others] of waits)
    for (const other of others) waitedBy.set(other, [...(waitedBy.get(other) ?? []), id]);
  const cycles: string[][] = [];
  const grouped = new Set<string>();
  for (const id of waits.keys()) {
    if (grouped.has(id)) continue;
    const [before, behind] = [reachedFrom(id, waits), reachedFrom(id, waitedBy)];
    const cycle = [...waits.keys()].filter((other) => before.has(other) && behind.has(other));
    for (const member of cycle) grouped.add(member);
    if (cycle.length > 1) cycles.push(cycle);
  }
  return cycles;
}

function reachedFrom(start: string, edges: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const id of reached) for (const next of edges.get(id) ?? []) reached.add(next);
  return reached;
}
