/** Adds activations for nodes whose code workers run. */
import type { GraphNode } from '../../flow/graph/graph.ts';
import { originOf } from '../origin.ts';
import type { Transition } from '../transition.ts';
import type { Arrival } from './operator.ts';

/** Adds the activation of the arrival, unless its id exists. */
export function accept(transition: Transition, { id, at, value, origin, answer }: Arrival): void {
  const { activations } = transition.head;
  if (activations.some((activation) => activation.id === id)) return;
  activations.push({
    id,
    node: at,
    ...originOf(origin),
    input: value,
    attempt: 0,
    since: transition.now,
    ...(answer ? { answer } : {}),
  });
}

/**
 * Continues with the decision of user code. While the decision is missing, an activation holds the value until a worker
 * has made it.
 */
export function decide<Node extends GraphNode>(
  transition: Transition,
  arrival: Arrival<Node>,
  goOn: (transition: Transition, arrival: Arrival<Node>, decision: readonly number[]) => void,
): void {
  const decision = transition.lookups.decisions.get(arrival.id);
  if (decision) return goOn(transition, arrival, decision);
  transition.missing.decisions.add(arrival.id);
  accept(transition, arrival);
}
