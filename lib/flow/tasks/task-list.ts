/** The format of task lists and its checks. The checks take time linear in the size of the list. */
import { z } from 'zod';
import { clip } from '../../errors/thrown.ts';
import { json, name } from '../checks/definition.ts';
import { readShape } from '../document/read-document.ts';
import { cyclesIn } from './cycles.ts';

const risk = z.enum(['low', 'medium', 'high']);

export type Risk = z.infer<typeof risk>;

/** Approval rules of a kind. */
export interface KindFacts {
  /** Tasks of this kind change something outside, so the list must give them an `approval`. Default false. */
  readonly sideEffect?: boolean;
  /** Capability that the approval asks for. Default: the kind's name. */
  readonly capability?: string;
  /** Lowest risk of the approval. A list may raise it for a task, not lower it. */
  readonly risk?: Risk;
}

export type KnownKinds = Readonly<Record<string, KindFacts | ((context: never) => unknown)>>;

export const RISKS: readonly Risk[] = risk.options;

/** Number of problems reported, and maximum characters of each. */
const MOST_PROBLEMS = 50;
const LENGTH = 300;

const task = z
  .strictObject({
    /** Unique in the list; also the name of its chunk. */
    id: name,
    /** The kind whose handler runs it. */
    kind: name,
    /** Ids of the tasks whose results it waits for. Default: none, the task starts at once. */
    dependsOn: z.array(z.string()).readonly().exactOptional(),
    inputs: json.exactOptional(),
    /** Asks the app's policy handler before the task runs. Required for kinds with `sideEffect`. */
    approval: z
      .strictObject({ capability: z.string().min(1).exactOptional(), risk: risk.exactOptional() })
      .readonly()
      .exactOptional(),
    /** After the last attempt: `fail` the execution (default), or `skip` the task and the tasks that depend on it. */
    onError: z.enum(['fail', 'skip']).exactOptional(),
  })
  .readonly();

const shape = z.strictObject({ tasks: z.array(task).min(1, 'needs at least one task').readonly() }).readonly();

export type Task = z.infer<typeof task>;
export type TaskList = z.infer<typeof shape>;

/**
 * Checks a submitted list.
 * @param isStored the list was accepted before, perhaps when kinds had no approval rules, so those are not applied
 * @returns the list, or its first 50 problems and the number of further ones
 */
export function readTasks(value: unknown, kinds: KnownKinds, isStored = false): TaskList | readonly string[] {
  const read = readShape(shape, value);
  if ('problems' in read) return clipProblems(read.problems);
  const { tasks } = read.document;
  const known = Object.keys(kinds).sort().join(', ');
  const first = new Map<string, number>();
  for (const [i, { id }] of tasks.entries()) if (!first.has(id)) first.set(id, i);
  const problems = tasks.flatMap((task, i) => {
    const facts = factsOf(kinds, task.kind);
    return [
      ...(first.get(task.id) === i ? [] : ['another task has the same id; ids must be unique']),
      ...(facts ? approvalProblems(task, facts, isStored) : [`there is no kind "${task.kind}"; use one of ${known}`]),
      ...dependencyProblems(task, first),
    ].map((problem) => `task "${task.id}": ${problem}`);
  });
  problems.push(...orderProblems(tasks));
  return problems.length > 0 ? clipProblems(problems) : { tasks };
}

function clipProblems(problems: readonly string[]): readonly string[] {
  const lines = problems
    .slice(0, MOST_PROBLEMS)
    .map((line) => (line.length > LENGTH ? `${clip(line, LENGTH)}…` : line));
  const more = problems.length - MOST_PROBLEMS;
  return more > 0 ? [...lines, `and ${more} more problem${more > 1 ? 's' : ''}`] : lines;
}

function factsOf(kinds: KnownKinds, kind: string): KindFacts | undefined {
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return typeof known === 'function' ? {} : known;
}

function approvalProblems({ kind, approval }: Task, facts: KindFacts, isStored: boolean): string[] {
  const { sideEffect, capability = kind, risk } = facts;
  if (!approval) return sideEffect ? [`kind "${kind}" has side effects, so it needs an approval`] : [];
  if (isStored) return [];
  const isOther = approval.capability !== undefined && approval.capability !== capability;
  const isLower = approval.risk !== undefined && risk !== undefined && higher(approval.risk, risk) !== approval.risk;
  return [
    ...(isOther
      ? [`its approval asks for capability "${approval.capability}"; kind "${kind}" requires "${capability}"`]
      : []),
    ...(isLower
      ? [`its approval has risk "${approval.risk}"; kind "${kind}" has "${risk}", which a list can only raise`]
      : []),
  ];
}

export function higher(a: Risk, b: Risk): Risk {
  return RISKS.indexOf(a) < RISKS.indexOf(b) ? b : a;
}

function dependencyProblems({ id, dependsOn = [] }: Task, ids: ReadonlyMap<string, unknown>): string[] {
  const seen = new Set<string>();
  return dependsOn.flatMap((dependency) => {
    const isTwice = seen.has(dependency);
    seen.add(dependency);
    const odd = dependency === id ? 'it depends on itself' : `it depends on "${dependency}", which is not in the list`;
    return [
      ...(dependency === id || !ids.has(dependency) ? [odd] : []),
      ...(isTwice ? [`it depends on "${dependency}" twice`] : []),
    ];
  });
}

function orderProblems(tasks: readonly Task[]): string[] {
  const problems: string[] = [];
  if (tasks.every(({ dependsOn = [] }) => dependsOn.length > 0))
    problems.push('tasks: every task depends on another one, so none can start');
  const waits = new Map<string, Set<string>>(tasks.map(({ id }) => [id, new Set()]));
  for (const { id, dependsOn = [] } of tasks)
    for (const other of dependsOn) if (waits.has(other)) waits.get(id)?.add(other);
  for (const cycle of cyclesIn(waits)) {
    const named = cycle.slice(0, MOST_PROBLEMS).map((id) => `"${id}"`);
    problems.push(`tasks: ${named.join(', ')} wait for each other`);
  }
  return problems;
}
