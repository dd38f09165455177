/** Where a row stands among running operators: in their scopes, and in their bodies. */
import type { Graph, GraphNode, NodeId } from '../../flow/graph/graph.ts';
import type { Frame, ScopeId } from '../head.ts';
import { operatorOf } from '../moves.ts';
import type { Branch } from '../operators/operator.ts';
import { graphAt, type Transition } from '../transition.ts';
import { outerOf } from './scopes.ts';

/** The nodes of an operator's body, forks and inner operators included, with the branch that each belongs to. */
export type Body = ReadonlyMap<NodeId, string>;

export interface Around {
  /** The scope that the frame opened. */
  readonly at: ScopeId;
  readonly frame: Frame;
  /** The branch of the operator's body that the place belongs to; absent where it only listens in that scope. */
  readonly branch: string | undefined;
}

/** The frames around a place, innermost first. @param node absent: a queued signal */
export function* framesAround(transition: Transition, scope: ScopeId, node?: NodeId): Generator<Around> {
  const { frames } = transition.head;
  let position = node;
  // Directly in the scope of a list there are only its items.
  let branch = frames[scope]?.kind === 'list' ? ITEM : undefined;
  for (let at: ScopeId | undefined = scope; at !== undefined; at = outerOf(transition.head, at)) {
    const frame = frames[at];
    if (!frame) continue;
    if (frame.kind === 'child') branch = ITEM;
    else if (frame.kind !== 'list')
      branch = position === undefined ? undefined : bodyOf(transition, frame).get(position);
    yield { at, frame, branch };
    if (branch !== undefined) position = frame.node;
  }
}

/** The one branch of a `forEach`, and of a sub-flow. */
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
    // Not by recursion: a chain may be longer than the call stack.
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
