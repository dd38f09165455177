/** What the start of an execution says about how it runs; part of its head. */
import type { ChunkPolicy } from '../flow/graph/graph.ts';

export interface ExecutionOptions {
  autoClose: boolean;
  /** Milliseconds of idleness before the automatic close; `null` = never. */
  autoCloseTimeout: number | null;
  /** How many activations may run at once, over all workers. */
  concurrency?: number;
  /** The worker that emits goes on with what it emitted, without a queue message. */
  nowait?: 'inline';
  /** Steps of a chain need not be stored one by one. Absent: they are, or a worker has vanished over it. */
  durability?: 'exit';
  /** Name of a shared workspace, or none. Absent: one of its own. */
  workspace?: string | false;
  defaults: ChunkPolicy;
  /** See `hopBudget` of a flow's execution defaults. */
  hopBudget?: number;
  /** Nothing runs before (ms). */
  startAt?: number;
  /** Absent: interventions are off. */
  interventionMode?: 'planned' | 'auto';
}
