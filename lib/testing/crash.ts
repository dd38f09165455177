/** Crashes of a worker at the commit that ends a chunk. */
import type { Fault, FaultPlan, PortCall } from '../adapters/memory/faults.ts';
import type { AnyFlow } from '../flow/authoring/flow.ts';
import type { AnyChunk } from '../flow/pipe/chunk-types.ts';
import type { CommitRequest } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import type { App } from '../runtime/app/app.ts';
import { findFlow } from '../runtime/app/definitions.ts';
import { chunkAt } from '../runtime/app/lookup.ts';

/** The commit at which the worker crashes: the next one that ends a run of this chunk. */
export type CrashPoint =
  /** The chunk has run and its effects are lost: it runs again, with the same idempotency key. */
  | { readonly beforeCommitOf: AnyChunk | string }
  /** The effects are stored. Messages after them are not sent, and the message that caused the run is delivered again. */
  | { readonly afterCommitOf: AnyChunk | string };

/**
 * Makes the plan of a process that crashes. Other calls meet the faults of `otherwise`.
 * @throws Error if no flow of the app has the chunk
 */
export function crashPlan(
  app: App,
  ports: Pick<Ports, 'executions'>,
  point: CrashPoint,
  otherwise: FaultPlan = () => undefined,
): FaultPlan {
  const isBefore = 'beforeCommitOf' in point;
  const chunk = isBefore ? point.beforeCommitOf : point.afterCommitOf;
  const name = typeof chunk === 'string' ? chunk : chunk.name;
  if (!app.taskFlows?.length && !app.flows.some((flow) => hasChunk(flow, name))) {
    throw new Error(`No flow of the app has a chunk "${name}", so the crash would never happen. Name a chunk.`);
  }
  const isReached = async ({ head }: CommitRequest): Promise<boolean> => {
    const stored = (await ports.executions.load(head.id))?.head;
    const flow = stored && findFlow(app, stored);
    if (!flow) return false;
    const kept = new Set(head.activations.map(({ id }) => id));
    const ended = stored.activations.filter(({ id }) => !kept.has(id));
    return ended.some((activation) => chunkAt(flow, stored, activation)?.name === name);
  };
  const atCommit = async (call: PortCall): Promise<Fault | undefined> => {
    if (!(await isReached(call.input[0] as CommitRequest))) return (await otherwise(call)) ?? undefined;
    return isBefore ? 'dieBefore' : 'dieAfter';
  };
  return (call) => (call.name === 'executions.commit' ? atCommit(call) : otherwise(call));
}

function hasChunk(flow: AnyFlow, name: string): boolean {
  return flow.chunks.has(name) || [...flow.children.values()].some((child) => hasChunk(child, name));
}
