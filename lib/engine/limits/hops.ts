/**
 * The hop budget stops runaway executions. It limits hops without an outside event: through the queue, through chained
 * error handlers, and retries without delay.
 */
import type { Answer, FlowEvent } from '../events.ts';
import type { Activation, Head } from '../head.ts';
import type { Transition } from '../transition.ts';
import { chunkName } from './retry-policy.ts';

export const HOP_BUDGET = 100_000;

/** Outside events and timers reset the count. */
const RENEWS: ReadonlySet<FlowEvent['type']> = new Set(['start', 'signal', 'write', 'resume', 'redrive', 'tick']);

export function renewHops(head: Head, event: FlowEvent, { kind }: Answer): void {
  if (RENEWS.has(event.type) && (kind === 'accepted' || kind === 'applied')) delete head.hops;
}

/** Counts hops that lead to `next`. @returns false when the budget is spent; the execution has then failed */
export function spendHops(transition: Transition, count: number, next: readonly Activation[]): boolean {
  const { head } = transition;
  if (count === 0) return true;
  if (next.some(({ dueAt }) => dueAt !== undefined)) delete head.hops;
  head.hops = (head.hops ?? 0) + count;
  const budget = head.options.hopBudget ?? HOP_BUDGET;
  if (head.hops <= budget) return true;
  const [first = head.activations[0]] = next;
  head.failure ??= {
    name: 'HopBudgetError',
    code: 'hop_budget',
    message: `The execution took ${budget} hops (through the queue, to error handlers, to retries without delay) without an outside event. Look for an endless loop, or raise hopBudget.`,
    chunk: first ? chunkName(transition, first) : '',
    attempt: (first?.attempt ?? 0) + 1,
  };
  return false;
}
