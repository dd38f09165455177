/** Finds the running operators around a row of the head, and the branch of their body that the row belongs to. */
import type { Graph, GraphNode, NodeId } from '../../flow/graph/graph.ts';
import type { Frame, ScopeId } from '../head.ts';
import { operatorOf } from '../moves.ts';
import type { Branch } from '../operators/operator.ts';
import { graphAt, type Transition } from '../transition.ts';
import { outerOf } from './scopes.ts';

/** The nodes of an operator's body with their branch, including forks and inner operators. */
export type Body = ReadonlyMap<NodeId, string>;

export interface Around {
  /** The scope that `frame` opened. */
  readonly at: ScopeId;
  readonly frame: Frame;
  /** The branch of the operator's body that contains the row. Absent: the row only listens in that scope. */
  readonly branch: string | undefined;
}

/** Yields the frames around a row, innermost first. @param node absent: the row is a queued signal */
export function* framesAround(transition: Transition, scope: ScopeId, node?: NodeId): Generator<Around> {
  const { frames } = transition.head;
  let position = node;
  // The scope of a list holds only its items.
  let branch = frames[scope]?.kind === 'list' ? ITEM : undefined;
  for (let at: ScopeId | undefined = scope; at !== undefined; at = outerOf(transition.head, at)) {
    const frame = frames[at];
    if (!frame) continue;
    switch (frame.kind) {
      case 'list':
        break;
      case 'child':
        branch = ITEM;
        break;
      case 'branches':
      case 'item':
        branch = position === undefined ? undefined : bodyOf(transition, frame).get(position);
        break;
      default:
        frame satisfies never;
    }
    yield { at, frame, branch };
    if (branch !== undefined) position = frame.node;
  }
}

/** Name of the only branch of a `forEach` or a sub-flow. */
export const ITEM = 'item';

function bodyOf(transition: Transition, { node, parent }: Frame): Body {
  const graph = graphAt(transition, parent.home);
  transition.cache.bodies ??= new Map();
  const known = transition.cache.bodies.get(graph) ?? new Map<NodeId, Body>();
  transition.cache.bodies.set(graph, known);
  const body = known.get(node) ?? readBody(transition, graph, node);
  known.set(node, body);
  return body;
}

function readBody(transition: Transition, graph: Graph, operator: NodeId): Body {
  const body = new Map<NodeId, string>();
  for (const [branch, targets] of branchesOf(transition, graph.nodes[operator])) {
    // A loop instead of recursion, because a chain may exceed the call stack.
    const left = [...targets];
    for (let target = left.pop(); target; target = left.pop()) {
      if ('collect' in target) left.push(...(graph.collections?.[target.collect]?.out ?? []));
      const id = 'node' in target ? target.node : 'join' in target ? target.join : undefined;
      const node = id === undefined ? undefined : graph.nodes[id];
      if (id === undefined || !node || body.has(id)) continue;
      body.set(id, branch);
      left.push(...node.out, ...branchesOf(transition, node).flatMap(([, inner]) => inner));
    }
  }
  return body;
}

function branchesOf(transition: Transition, node: GraphNode | undefined): readonly Branch[] {
  return (node && operatorOf(transition, node).branches?.(node)) ?? [];
}
