/** Retry and error policies of chunks: their precedence, and the retry delay. */
import type { ErrorPolicy, RetryPolicy } from '../../flow/options/policies.ts';
import type { Activation } from '../head.ts';
import { followsHandler } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';

type Place = Pick<Transition, 'graph' | 'head'>;

type Row = Pick<Activation, 'node' | 'home' | 'handlers'>;

const DEFAULT: RetryPolicy = { maxAttempts: 3, initialDelay: 1_000, factor: 2, jitter: 0.2 };

/** Precedence: the chunk's policy, then the execution's defaults, then the flow's. */
export function retryPolicy(transition: Place, row: Row): RetryPolicy {
  const graph = graphAt(transition, row.home);
  const own = graph.policies[chunkName(transition, row)];
  return { ...DEFAULT, ...graph.defaults.retry, ...transition.head.options.defaults.retry, ...own?.retry };
}

/**
 * What happens after the last attempt, with the same precedence. A handler never handles its own failures, those of
 * nodes after it, or those of a sub-flow without it.
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

/** Delays are capped at a year, so that times stay exact integers in JSON. */
const LONGEST = 365 * 24 * 3_600_000;

/** Attempts that count towards the limit: all but those that ended in a question. */
export function countedAttempts({ attempt, asked = 0 }: Pick<Activation, 'attempt' | 'asked'>): number {
  return attempt - asked;
}

/**
 * Milliseconds before the attempt that follows `attempt`. Jitter only lengthens the delay. A `retryAfter` of NaN counts
 * as 0, and so does a delay of 0 times an infinite factor.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, entropy: number, retryAfter = 0): number {
  const delay = policy.initialDelay * policy.factor ** (attempt - 1) * (1 + policy.jitter * entropy) || 0;
  return Math.ceil(Math.min(LONGEST, Math.max(retryAfter || 0, delay)));
}

/** The name of a node in errors and logs: the chunk's name, else the node id. */
export function chunkName(transition: Place, { node: id, home }: Row): string {
  const node = graphAt(transition, home).nodes[id];
  return node?.kind === 'chunk' ? node.chunk : id;
}
