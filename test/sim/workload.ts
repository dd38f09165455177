/** What a workload file gives: a flow, callers, and what must be true on the way and in the end. */
import type { AnyFlow } from '../../lib/flow/authoring/flow.ts';
import type { Json } from '../../lib/flow/json.ts';
import type { TaskFlow } from '../../lib/flow/tasks/task-flow.ts';
import type { App } from '../../lib/runtime/app/app.ts';
import type { Parameters } from '../../lib/runtime/app/parameters.ts';
import type { ExecutionView } from '../../lib/runtime/client/types.ts';
import type { Caller } from './caller.ts';
import type { Chooser } from './chooser.ts';

/** The part of a chunk's context that says which attempt runs. */
export interface Attempted {
  readonly chunk: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

/** The resource that simulated chunks use to reach the world. */
export interface Sim {
  /** Tells the watch that the code of an attempt runs. */
  begin(attempt: Attempted): void;
  /** Tells the watch that the code of an attempt runs on behind an awaited emit. */
  goOn(attempt: Attempted): void;
  /** Begins, then works for up to `longest` ms; other processes go on meanwhile. */
  work(attempt: Attempted, longest?: number): Promise<void>;
  /** The same, but stops when it is told to. */
  workUntil(attempt: Attempted, longest: number, abort: AbortSignal): Promise<void>;
  /** A side effect, seen from outside. */
  effect(key: string): void;
  /** Ends the whole process, as a crash of the runtime does. */
  die(): Promise<never>;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Milliseconds by the true clock. */
  now(): number;
}

export interface Ending {
  /** Final views of the executions of the workload by id. */
  readonly executions: ReadonlyMap<string, ExecutionView>;
  /** How often each side effect was seen. */
  readonly effects: ReadonlyMap<string, number>;
  /** What callers noted of the answers they got. */
  readonly answers: ReadonlyMap<string, string>;
  /** Says that something is not as it must be. */
  expect(ok: boolean, what: string): void;
  /** Deep equality of JSON. */
  equal(actual: Json | undefined, expected: Json, what: string): void;
}

/** What the model of a workload says of a committed state; a text is a violation. */
export type Always = (id: string, state: { readonly [key: string]: Json }) => string | undefined;

export interface Workload {
  readonly name: string;
  readonly flow: AnyFlow;
  /** Where executions bring their own: compiles them for the judges. */
  readonly tasks?: TaskFlow;
  /** Share of the schedules. Default 1. */
  readonly weight?: number;
  /** Executions that must reach their end. */
  readonly ids: readonly string[];
  /** What callers do; all at once. */
  readonly callers: (caller: () => Caller, chooser: Chooser) => readonly Promise<void>[];
  readonly always?: Always;
  /** Waits are announced by a provider that fails as ports do. */
  readonly announces?: true;
  /** What the app of a process has besides. */
  readonly app?: (sim: Sim) => Partial<App>;
  /** Limits unlike those of the other workloads. */
  readonly parameters?: Partial<Parameters>;
  readonly check: (ending: Ending) => void;
}

/** Defaults of a flow: attempts enough for any faults, and never far apart. */
export const PATIENT = { retry: { maxAttempts: 1_000, factor: 1 } } as const;

/** A list of the state, empty when it is not there. */
export function listOf(value: Json | undefined): readonly string[] {
  return (value ?? []) as readonly string[];
}
