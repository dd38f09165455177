/** The content of a workload file: a flow, callers, and conditions for every step and for the end. */
import type { AnyFlow } from '../../../lib/flow/authoring/flow.ts';
import type { Json } from '../../../lib/flow/json.ts';
import type { TaskFlow } from '../../../lib/flow/tasks/task-flow.ts';
import type { App } from '../../../lib/runtime/app/app.ts';
import type { Parameters } from '../../../lib/runtime/app/parameters.ts';
import type { ExecutionView } from '../../../lib/runtime/client/types.ts';
import type { Caller } from '../world/caller.ts';
import type { Chooser } from '../world/chooser.ts';

/** The part of a chunk's context that identifies its attempt. */
export interface Attempted {
  readonly chunk: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

/** The resource by which simulated chunks reach the world. */
export interface Sim {
  /** Tells the watch that an attempt runs. */
  begin(attempt: Attempted): void;
  /** Tells the watch that an attempt continues after an awaited emit. */
  continued(attempt: Attempted): void;
  /** Runs for up to `longest` ms; other processes continue in between. */
  work(attempt: Attempted, longest?: number): Promise<void>;
  /** The same, but stops when aborted. */
  workUntil(attempt: Attempted, longest: number, abort: AbortSignal): Promise<void>;
  /** A side effect, as an outside system sees it. */
  effect(key: string): void;
  /** Ends the whole process, like a crash of the runtime. */
  die(): Promise<never>;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Milliseconds of the simulated clock. */
  now(): number;
}

export interface Ending {
  /** Final views of the executions of the workload by id. */
  readonly executions: ReadonlyMap<string, ExecutionView>;
  /** How often each side effect was seen. */
  readonly effects: ReadonlyMap<string, number>;
  /** Answers that callers recorded. */
  readonly answers: ReadonlyMap<string, string>;
  /** No message was lost, no process died and no call failed. */
  readonly calm: boolean;
  /** Reports a violation. */
  expect(ok: boolean, what: string): void;
  /** Deep equality of JSON. */
  equal(actual: Json | undefined, expected: Json, what: string): void;
}

/** The model of a workload for a committed state; a text is a violation. */
export type Always = (id: string, state: { readonly [key: string]: Json }) => string | undefined;

export interface Workload {
  readonly name: string;
  readonly flow: AnyFlow;
  /** Compiles the definitions that executions bring, for the judges. */
  readonly tasks?: TaskFlow;
  /** Share of the schedules. Default 1. */
  readonly weight?: number;
  /** Executions that must reach their end. */
  readonly ids: readonly string[];
  /** The callers' scripts, run concurrently. */
  readonly callers: (caller: () => Caller, chooser: Chooser) => readonly Promise<void>[];
  readonly always?: Always;
  /** Waits are announced by a provider that fails as ports do. */
  readonly announces?: true;
  /** Additional parts of the app of a process. */
  readonly app?: (sim: Sim) => Partial<App>;
  /** Limits that differ from those of the other workloads. */
  readonly parameters?: Partial<Parameters>;
  readonly check: (ending: Ending) => void;
}

/** Defaults of a flow: enough attempts for all faults, with short delays. */
export const PATIENT = { retry: { maxAttempts: 1_000, factor: 1 } } as const;

/** A list of the state, empty when absent. */
export function listOf(value: Json | undefined): readonly string[] {
  return (value ?? []) as readonly string[];
}
