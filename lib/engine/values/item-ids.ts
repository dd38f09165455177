/** Ids that follow from the place of a row. Stores rely on it: they keep the rows of many items as ranges of indexes. */
import type { NodeId } from '../../flow/graph/graph.ts';
import { hashId } from '../../flow/json.ts';
import type { Origin, ScopeId } from '../head.ts';

/** Longest text of item positions, in characters; a longer one becomes a hash. */
const POSITIONS = 32;

export function itemScope(list: ScopeId, index: number): ScopeId {
  return hashId(list, index);
}

/** The positions of an item. @param outer those of its list */
export function positionsOf(outer: string | undefined, index: number): string {
  const positions = outer === undefined ? String(index) : `${outer}-${index}`;
  // In a loop of lists the positions would grow with every turn.
  return positions.length > POSITIONS ? hashId(positions) : positions;
}

/** The id of an activation or operator is a hash of this place. @param cause id of what it follows */
export function placeOfId(node: NodeId, { home, scope }: Pick<Origin, 'home' | 'scope'>, cause: string): string[] {
  return [...(home === undefined ? [] : [home]), node, scope, cause];
}

/** @param ordinal tells those apart that one event makes at the same place */
export function idAt(executionId: string, place: readonly string[], ordinal: number): string {
  return hashId(executionId, ...place, ordinal);
}
