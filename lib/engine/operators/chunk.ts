/** A chunk: workers run it; its output goes to what follows it. */
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
 * What follows the chunk wherever it was used, what listens to its completions, and what waits for the one it stands in for.
 * `answer`: the output is an answer.
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
  const path = originOf(row);
  dispatch(transition, [...node.out, ...listeners(graph.after, node.chunk)], output, path, cause, answer);
  if (failed?.kind === 'chunk') dispatch(transition, failed.out, output, inPlace(path, row.node), cause, answer);
}
