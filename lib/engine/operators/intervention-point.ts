/** An intervention point inserts the pending interventions of its target. The value passes through. */
import type { Graph, InterventionPointNode } from '../../flow/graph/graph.ts';
import { dispatch } from '../moves.ts';
import { insertAtPoint } from '../outside/interventions.ts';
import type { Operator } from './operator.ts';

export const interventionPoint: Operator<InterventionPointNode> = {
  enter(transition, { node, value, origin, id, answer }) {
    insertAtPoint(transition, node.name, node.target);
    dispatch(transition, node.out, value, origin, id, answer);
  },
};

/** True when the flow or one of its sub-flows has an intervention point. */
export function hasPoints(graph: Graph): boolean {
  return Object.values(graph.nodes).some(
    (node) => node.kind === 'interventionPoint' || (node.kind === 'subFlow' && hasPoints(node.graph)),
  );
}
