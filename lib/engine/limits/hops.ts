/**
 * The hop budget: how often an execution may go through the queue, fail behind an error handler and be handled again, or
 * retry without delay, without anything from outside, before it counts as one that runs away.
 */
import type { Answer, FlowEvent } from '../events.ts';
import type { Activation, Head } from '../head.ts';
import type { Transition } from '../transition.ts';
import { chunkName } from './policy.ts';

export const HOP_BUDGET = 100_000;

/** What comes from outside, and timers, begin the count anew. */
const RENEWS: ReadonlySet<FlowEvent['type']> = new Set(['start', 'signal', 'write', 'resume', 'redrive', 'tick']);

export function renewHops(head: Head, event: FlowEvent, { kind }: Answer): void {
  if (RENEWS.has(event.type) && (kind === 'accepted' || kind === 'applied')) delete head.hops;
}

/** Counts hops that lead to `next`. @returns false: the budget is spent, and the execution has failed */
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
    message: `The execution took ${budget} hops (through the queue, to error handlers, to retries without delay) without anything from outside. Look for a loop that does not end, or raise hopBudget.`,
    chunk: first ? chunkName(transition, first) : '',
    attempt: (first?.attempt ?? 0) + 1,
  };
  return false;
}
