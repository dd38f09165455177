/** What a workload file gives: flows, callers, and what must be true in the end. */
import type { AnyFlow } from '../../lib/flow/flow.ts';
import type { Json } from '../../lib/flow/json.ts';
import type { ExecutionView } from '../../lib/runtime/views.ts';
import type { Caller } from './caller.ts';
import type { Chooser } from './chooser.ts';

/** The resource that simulated chunks use to reach the world. */
export interface Sim {
  /** Work that takes a while; other processes go on meanwhile. */
  work(name: string): Promise<void>;
  /** A side effect, seen from outside. */
  effect(key: string): void;
  /** Ends the whole process, as a crash of the runtime does. */
  die(): Promise<never>;
}

export interface Ending {
  /** Final views of the executions of the workload by id. */
  readonly executions: ReadonlyMap<string, ExecutionView>;
  /** How often each side effect was seen. */
  readonly effects: ReadonlyMap<string, number>;
  /** Says that something is not as it must be. */
  expect(ok: boolean, what: string): void;
  /** Deep equality of JSON. */
  equal(actual: Json | undefined, expected: Json, what: string): void;
}

export interface Workload {
  readonly name: string;
  readonly flow: AnyFlow;
  /** Executions that must reach their end. */
  readonly ids: readonly string[];
  /** What callers do; all at once. */
  readonly callers: (caller: () => Caller, chooser: Chooser) => readonly Promise<void>[];
  readonly check: (ending: Ending) => void;
}
