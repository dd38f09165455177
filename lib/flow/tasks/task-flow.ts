/**
 * A flow that is made at run time: whoever starts it submits its tasks. The list is kept with the execution, so that any process
 * that has the kinds runs it.
 */

import type { ChunkContext, Env } from '../authoring/context.ts';
import type { AnyFlow } from '../authoring/flow.ts';
import type { Live, PolicyDefaults, Resources } from '../authoring/schema-kinds.ts';
import { checkName, invalid } from '../checks/definition.ts';
import { checkJson, digest } from '../json.ts';
import type { ExecutionDefaults } from '../options/execution.ts';
import { compileList, type TaskInput, type TaskKind, type TaskKinds } from './tasks.ts';

declare const env: unique symbol;

export interface TaskFlow<out E extends Env = Env> {
  readonly [env]?: E | undefined;
  readonly name: string;
  readonly kinds: TaskKinds;
  /** Names of the resources that the kinds use. */
  readonly resources: readonly string[];
  readonly execution: ExecutionDefaults;
  readonly defaults: PolicyDefaults;
  /**
   * @param options.storedAs the fingerprint of the execution that keeps the list: kinds may have become stricter since it was
   *   accepted
   * @throws FlowError `definition_invalid`; `details.problems` lists what is wrong with the list
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
  /** Started by it, with `{ tasks, input? }`; `input` is what root tasks get as `start`. */
  readonly name: string;
  readonly resources?: Needs;
  readonly execution?: ExecutionDefaults;
  readonly defaults?: PolicyDefaults;
  readonly kinds: {
    readonly [kind: string]:
      | Handler<TaskEnv<Needs>>
      | (Omit<TaskKind, 'run'> & { readonly run: Handler<TaskEnv<Needs>> });
  };
}

/** Compiled lists that are kept at hand: a worker that goes on with an execution needs its list again and again. */
const KEPT = 64;

/** Each slot names its join by id. If the id of a wide join named all sources, the graph would grow with the square of the list. */
const LONGEST_LABEL = 256;

/** @throws FlowError `definition_invalid` */
export function defineTaskFlow<const Needs extends Resources = Record<never, never>>(
  spec: TaskFlowSpec<Needs>,
): TaskFlow<TaskEnv<Needs>> {
  const { name, resources = {}, kinds, ...rest } = spec;
  checkName('flow', name);
  if (Object.keys(kinds).length === 0) throw invalid(`Task flow "${name}" has no kinds. Say what its tasks can do.`);
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
      // The list may have been stored before ids had a longest label.
      return compiled(`unbounded ${id}`, Infinity);
    },
  };
}

/** Of what the execution was started with. */
function startOf(input: unknown): unknown {
  return (input as { readonly input?: unknown } | null)?.input ?? null;
}
