/** Policies: who speaks first, and how long to wait. */
import type { ErrorPolicy, RetryPolicy } from '../../flow/options/policies.ts';
import type { Activation } from '../head.ts';
import { followsHandler } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';

type Row = Pick<Activation, 'node' | 'home' | 'handlers'>;

const DEFAULT: RetryPolicy = { maxAttempts: 3, initialDelay: 1_000, factor: 2, jitter: 0.2 };

/** The chunk's own policy wins, then the execution's defaults, then the flow's. */
export function retryPolicy(transition: Transition, row: Row): RetryPolicy {
  const graph = graphAt(transition, row.home);
  const own = graph.policies[chunkName(transition, row)];
  return { ...DEFAULT, ...graph.defaults.retry, ...transition.head.options.defaults.retry, ...own?.retry };
}

/**
 * What happens after the last attempt; the same order of who speaks. A handler handles neither its own failures, nor those of
 * what is written behind it, nor those of a sub-flow that does not know it.
 */
export function errorPolicy(transition: Transition, row: Row): ErrorPolicy {
  const graph = graphAt(transition, row.home);
  const own = graph.policies[chunkName(transition, row)];
  const policy = own?.onError ?? transition.head.options.defaults.onError ?? graph.defaults.onError ?? 'fail';
  if (typeof policy !== 'object') return policy;
  const { handler } = policy;
  if (handler === row.node || followsHandler(row, handler)) return 'fail';
  return Object.hasOwn(graph.nodes, handler) ? policy : 'fail';
}

/** Longer waits than a year are a year: times stay exact integers in JSON. */
const LONGEST = 365 * 24 * 3_600_000;

/** Attempts that count for the limit, of those begun. */
export function countedAttempts({ attempt, asked = 0 }: Pick<Activation, 'attempt' | 'asked'>): number {
  return attempt - asked;
}

/**
 * Milliseconds before the attempt that follows `attempt`. Jitter only lengthens. A `retryAfter` that is no number is 0, and so
 * is no delay times a factor that has grown beyond all numbers.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, entropy: number, retryAfter = 0): number {
  const delay = policy.initialDelay * policy.factor ** (attempt - 1) * (1 + policy.jitter * entropy) || 0;
  return Math.ceil(Math.min(LONGEST, Math.max(retryAfter || 0, delay)));
}

/** The name under which a node appears in errors and logs. */
export function chunkName(transition: Transition, { node: id, home }: Row): string {
  const node = graphAt(transition, home).nodes[id];
  return node?.kind === 'chunk' ? node.chunk : id;
}
