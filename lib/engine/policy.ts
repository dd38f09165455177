/** Retry policies: who speaks first, and how long to wait. */
import type { Graph, NodeId, RetryPolicy } from '../flow/graph.ts';
import type { Head } from './head.ts';

const DEFAULT: RetryPolicy = { maxAttempts: 3, initialDelay: 1_000, factor: 2, jitter: 0.2 };

/** The chunk's own policy wins, then the execution's defaults, then the flow's. */
export function retryPolicy(graph: Graph, head: Head, node: NodeId): RetryPolicy {
  const own = graph.policies[chunkName(graph, node)];
  return { ...DEFAULT, ...graph.defaults.retry, ...head.options.defaults.retry, ...own?.retry };
}

/** Longer waits than a year are a year: times stay exact integers in JSON. */
const LONGEST = 365 * 24 * 3_600_000;

/** Milliseconds before the attempt that follows `attempt`. Jitter only lengthens. A `retryAfter` that is no number is 0. */
export function retryDelay(policy: RetryPolicy, attempt: number, entropy: number, retryAfter = 0): number {
  const delay = policy.initialDelay * policy.factor ** (attempt - 1) * (1 + policy.jitter * entropy);
  return Math.ceil(Math.min(LONGEST, Math.max(retryAfter || 0, delay)));
}

/** The name under which a node appears in errors and logs. */
export function chunkName(graph: Graph, id: NodeId): string {
  const node = graph.nodes[id];
  return node?.kind === 'chunk' ? node.chunk : id;
}
