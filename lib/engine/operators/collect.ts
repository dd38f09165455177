/** Named collections combine the values of several branches of a flow. */

import { causeOf, put, rowOf } from '../frames/join-rows.ts';
import type { Origin, Value } from '../head.ts';
import { note, placeOf } from '../history/records.ts';
import { dispatch } from '../moves.ts';
import { bySignal } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';

/** Stores the value of a branch. Once every branch has a value, it sends on the latest values of all. */
export function collect(
  transition: Transition,
  name: string,
  branch: string,
  value: Value,
  origin: Origin,
  cause: string,
): void {
  const collection = graphAt(transition, origin.home).collections?.[name];
  if (!collection) return;
  const row = rowOf(transition, 'collect', name, origin);
  const filled = put(transition, row, collection.branches, branch, value, cause);
  if (!filled) return;
  if (collection.mode === 'reset') transition.head.joins.splice(transition.head.joins.indexOf(row), 1);
  const place = placeOf(transition, { ...origin, node: name });
  note(transition, 'joined', { ...place, scope: row.scope, have: [...collection.branches] });
  dispatch(transition, collection.out, filled, bySignal(origin), causeOf(row));
}
