/** An intervention point takes the pending interventions of its target; the value passes through. */
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

/** Whether something in the flow, or in a sub-flow of it, takes interventions. */
export function hasPoints(graph: Graph): boolean {
  return Object.values(graph.nodes).some(
    (node) => node.kind === 'interventionPoint' || (node.kind === 'subFlow' && hasPoints(node.graph)),
  );
}
