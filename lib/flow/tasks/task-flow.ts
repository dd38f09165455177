/**
 * Flows made at run time: the caller submits a task list with the start. The list is stored with the execution, so any process
 * that knows the task kinds can run it.
 */

import type { ChunkContext, Env } from '../authoring/context.ts';
import type { AnyFlow } from '../authoring/flow.ts';
import type { Live, PolicyDefaults, Resources } from '../authoring/schema-kinds.ts';
import { checkName, invalid } from '../checks/definition.ts';
import { checkJson, digest } from '../json.ts';
import type { ExecutionDefaults } from '../options/execution.ts';
import { compileList, type TaskInput, type TaskKind, type TaskKinds } from './tasks.ts';

declare const env: unique symbol;

/** What `defineTaskFlow` returns; register it in `defineApp({ taskFlows })`. */
export interface TaskFlow<out E extends Env = Env> {
  readonly [env]?: E | undefined;
  readonly name: string;
  readonly kinds: TaskKinds;
  /** Names of the resources that the kinds use. */
  readonly resources: readonly string[];
  readonly execution: ExecutionDefaults;
  readonly defaults: PolicyDefaults;
  /**
   * Compiles a list to a flow. Equal lists give flows with equal fingerprints.
   * @param options.storedAs fingerprint of the execution that stores the list. Approval rules that kinds added later are then
   *   not applied
   * @throws FlowError `definition_invalid`; `details.problems` lists the problems of the list
   */
  compile(list: unknown, options?: { readonly storedAs?: string }): AnyFlow;
}

/** The contract types of a task flow. */
export type EnvOfTasks<T> = T extends { readonly [env]?: infer E extends Env | undefined } ? NonNullable<E> : Env;

type TaskEnv<Needs extends Resources> = Omit<Env, 'resources'> & {
  readonly resources: { readonly [Name in keyof Needs]: Live<Needs[Name]> };
};
type Handler<E extends Env> = (context: ChunkContext<E, TaskInput>) => unknown;

export interface TaskFlowSpec<Needs extends Resources> {
  /** Identifies the task flow. A start of it takes `{ tasks, input? }`; root tasks receive `input` as `start`. */
  readonly name: string;
  readonly resources?: Needs;
  readonly execution?: ExecutionDefaults;
  readonly defaults?: PolicyDefaults;
  /** The kinds of tasks a list may use: a handler, or a handler with its options. */
  readonly kinds: {
    readonly [kind: string]:
      | Handler<TaskEnv<Needs>>
      | (Omit<TaskKind, 'run'> & { readonly run: Handler<TaskEnv<Needs>> });
  };
}

/** Size of the cache of compiled lists. A worker needs the list of an execution at every activation. */
const KEPT = 64;

/**
 * Longest join id in characters. Every slot repeats the id, so unbounded ids make the graph grow with the square of the list.
 */
const LONGEST_LABEL = 256;

/**
 * Defines a flow whose tasks come with each start.
 * @example
 * const research = defineTaskFlow({ name: 'research', kinds: { look: (ctx) => find(ctx.input.inputs) } });
 * // A start of it: { tasks: [{ id: 'a', kind: 'look', inputs: 'x' }, { id: 'b', kind: 'look', dependsOn: ['a'] }] }
 * @throws FlowError `definition_invalid`
 */
export function defineTaskFlow<const Needs extends Resources = Record<never, never>>(
  spec: TaskFlowSpec<Needs>,
): TaskFlow<TaskEnv<Needs>> {
  const { name, resources = {}, kinds, ...rest } = spec;
  checkName('flow', name);
  if (Object.keys(kinds).length === 0)
    throw invalid(`Task flow "${name}" has no kinds. Add a handler for each kind of task.`);
  const known = new Map<string, AnyFlow>();
  const options = { ...rest, name, resources, kinds: kinds as unknown as TaskKinds, startOf };
  return {
    name,
    kinds: options.kinds,
    resources: Object.keys(resources).sort(),
    execution: rest.execution ?? {},
    defaults: rest.defaults ?? {},
    compile(list, { storedAs } = {}) {
      const id = digest(checkJson(list, 'task list'));
      const isStored = storedAs !== undefined;
      const compiled = (key: string, longestLabel: number): AnyFlow => {
        const flow = known.get(key) ?? compileList(list, options, { isStored, longestLabel });
        known.delete(key);
        known.set(key, flow);
        const [oldest] = known.keys();
        if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
        return flow;
      };
      const flow = compiled(isStored && !known.has(id) ? `stored ${id}` : id, LONGEST_LABEL);
      if (!isStored || flow.fingerprint === storedAs) return flow;
      // Versions without LONGEST_LABEL stored lists whose join ids name all sources.
      return compiled(`unbounded ${id}`, Infinity);
    },
  };
}

/** The `input` member of the start value `{ tasks, input? }`. */
function startOf(input: unknown): unknown {
  return (input as { readonly input?: unknown } | null)?.input ?? null;
}
