/** A chunk: a worker runs it, and its output goes to the nodes after it. */
import { type ChunkNode, listeners } from '../../flow/graph/graph.ts';
import type { Activation, Origin, Value } from '../head.ts';
import { dispatch } from '../moves.ts';
import { inPlace, originOf } from '../origin.ts';
import type { Answered } from '../outside/attribution.ts';
import { insertAtChunk } from '../outside/interventions.ts';
import { graphAt, type Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import { accept } from './activations.ts';
import type { Operator } from './operator.ts';

export const chunk: Operator<ChunkNode> = {
  enter: accept,
  claimed: (transition, node) => insertAtChunk(transition, node.chunk),
  done: (transition, _, row, output) => completeChunk(transition, row, literal(output), row.id),
};

/**
 * Sends the output to the nodes after the chunk and to the listeners of its completion. If the chunk handled a failure
 * in an operator, the nodes after the failed chunk get it too. `answer`: set when the output is a person's answer.
 */
export function completeChunk(
  transition: Transition,
  row: Origin & Pick<Activation, 'node' | 'instead'>,
  output: Value,
  cause: string,
  answer?: Answered,
): void {
  const graph = graphAt(transition, row.home);
  const node = graph.nodes[row.node];
  if (node?.kind !== 'chunk') return;
  const failed = row.instead === undefined ? undefined : graph.nodes[row.instead];
  const origin = originOf(row);
  dispatch(transition, [...node.out, ...listeners(graph.after, node.chunk)], output, origin, cause, answer);
  if (failed?.kind === 'chunk') dispatch(transition, failed.out, output, inPlace(origin, row.node), cause, answer);
}
