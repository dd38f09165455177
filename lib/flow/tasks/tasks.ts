/** `compileTasks`: compiles a submitted task list to an ordinary flow. */
import { z } from 'zod';
import { FatalError } from '../../errors/errors.ts';
import type { ApprovalRequest } from '../authoring/approval.ts';
import type { ChunkContext, Env } from '../authoring/context.ts';
import { FlowDefinition } from '../authoring/define-flow.ts';
import type { AnyFlow } from '../authoring/flow.ts';
import type { AnySpec } from '../authoring/schema-kinds.ts';
import { invalid } from '../checks/definition.ts';
import { digest, type Json } from '../json.ts';
import type { AnyChunk, ChunkOptions } from '../pipe/chunk-types.ts';
import { higher, type KindFacts, readTasks, type Task, type TaskList } from './task-list.ts';

/** `input` of the handler of a kind. */
export interface TaskInput {
  readonly task: { readonly id: string; readonly kind: string };
  readonly inputs: Json;
  /** The input of the execution; absent if the task depends on others. */
  readonly start?: unknown;
  /** Results of the tasks it depends on, by task id. */
  readonly results: Readonly<Record<string, unknown>>;
}

export type TaskHandler = (context: ChunkContext<Env, TaskInput>) => unknown;

/** A kind of task: its handler, approval rules and chunk options. */
export interface TaskKind extends KindFacts, Pick<ChunkOptions, 'resume' | 'retry' | 'timeout'> {
  readonly run: TaskHandler;
}

export type TaskKinds = Readonly<Record<string, TaskKind | TaskHandler>>;

/** Options of `compileTasks`: the kinds, and everything of the flow but its input. */
export interface CompileOptions extends Omit<AnySpec, 'name' | 'input'> {
  /** Name of the flow. Default `tasks`. */
  readonly name?: string;
  readonly kinds: TaskKinds;
  /** Selects what root tasks receive as `start` from the input of the execution. Default: the whole input. */
  readonly startOf?: (input: unknown) => unknown;
}

/**
 * The flow of a task list: one chunk per task, named by the task's id. Tasks without dependencies run at the start, the others
 * once all their dependencies have completed. The fingerprint depends on the list alone, so every process computes the same.
 * @throws FlowError `definition_invalid`; `details.problems` lists the problems of the list
 */
export function compileTasks(document: unknown, options: CompileOptions): AnyFlow {
  return compileList(document, options, { isStored: false, longestLabel: Infinity });
}

export interface ListForm {
  /** The list was accepted before: its approvals are kept, except for a risk that its kind has raised since. */
  readonly isStored: boolean;
  /** See `Roots`. */
  readonly longestLabel: number;
}

export function compileList(document: unknown, options: CompileOptions, form: ListForm): AnyFlow {
  const { name = 'tasks', kinds, startOf = (input) => input, ...spec } = options;
  const list = readTasks(document, kinds, form.isStored);
  if (isProblems(list)) throw invalid(`The task list cannot be run.\n- ${list.join('\n- ')}`, { problems: list });
  // The graph does not contain the tasks' inputs. The digest in the contract makes the fingerprint depend on them.
  const input = z.unknown().describe(`task list ${digest(list as unknown as Json)}`);
  const flow = new FlowDefinition({ ...spec, name, input }, form.longestLabel);
  const chunks = new Map<string, AnyChunk>();
  for (const task of list.tasks) {
    const kind = kinds[task.kind];
    if (kind) chunks.set(task.id, define(flow, task, typeof kind === 'function' ? { run: kind } : kind, startOf));
  }
  for (const { id, dependsOn = [] } of list.tasks) {
    const sources = dependsOn.map((dependency) => chunks.get(dependency) ?? dependency);
    if (sources.length === 0) flow.to(id);
    else flow.when(sources).to(id);
  }
  return flow;
}

function isProblems(list: TaskList | readonly string[]): list is readonly string[] {
  return Array.isArray(list);
}

type StartOf = (input: unknown) => unknown;

function define(flow: FlowDefinition, task: Task, kind: TaskKind, startOf: StartOf): AnyChunk {
  const { run, sideEffect: _, capability: __, risk: ___, ...options } = kind;
  const { id, onError } = task;
  return flow.chunk(id, { ...options, ...(onError && { onError }) }, (context: ChunkContext<Env, unknown>) => {
    const derived = withInput(context, inputOf(task, context.input, startOf));
    if (!task.approval) return run(derived);
    return context.requireApproval(requestOf(task, kind)).then((approval) => {
      if (approval.status === 'pending') return approval.pause;
      if (approval.status === 'approved') return run(derived);
      throw new FatalError(`Task "${id}" was not approved${approval.reason ? `: ${approval.reason}` : '.'}`);
    });
  });
}

/** The approval request of a task. The risk is the higher one of the task's and the kind's. */
function requestOf(
  { id, kind, inputs = null, approval }: Task,
  facts: Pick<TaskKind, 'capability' | 'risk'>,
): ApprovalRequest {
  const capability = approval?.capability ?? facts.capability ?? kind;
  const risk = approval?.risk && facts.risk ? higher(approval.risk, facts.risk) : (approval?.risk ?? facts.risk);
  return { subject: id, capability, ...(risk && { risk }), payload: inputs };
}

/** A join of several dependencies delivers `{ [id]: result }`; a single dependency delivers its bare result. */
function inputOf({ id, kind, inputs = null, dependsOn = [] }: Task, value: unknown, startOf: StartOf): TaskInput {
  const task = { id, kind };
  const [only] = dependsOn;
  if (only === undefined) return { task, inputs, start: startOf(value), results: {} };
  const results = dependsOn.length === 1 ? { [only]: value } : (value as Readonly<Record<string, unknown>>);
  return { task, inputs, results };
}

function withInput(context: ChunkContext<Env, unknown>, input: TaskInput): ChunkContext<Env, TaskInput> {
  return Object.create(context, { input: { value: input }, value: { value: input } });
}
