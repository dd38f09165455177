/** `and` waits for a value in every slot; `or` sends every value on. */
import type { JoinNode } from '../../flow/graph/graph.ts';
import { causeOf, put, rowOf } from '../frames/join-rows.ts';
import { note, placeOf } from '../history/records.ts';
import { dispatch } from '../moves.ts';
import { bySignal } from '../origin.ts';
import type { Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import type { Operator, SlotArrival } from './operator.ts';

export const join: Operator<JoinNode> = { fill, waits: (node) => node.mode !== 'or' };

/** Fills a slot. `and` fires once all slots are filled, and deletes its row; `or` fires at every value. */
function fill(
  transition: Transition,
  node: JoinNode,
  slot: string,
  { at, value, origin }: SlotArrival,
  cause: string,
): void {
  if (node.mode === 'or') return dispatch(transition, node.out, { of: { name: literal(slot), value } }, origin, cause);
  const row = rowOf(transition, 'and', at, origin);
  const filled = put(transition, row, node.slots, slot, value, cause);
  if (!filled) return;
  transition.head.joins.splice(transition.head.joins.indexOf(row), 1);
  note(transition, 'joined', {
    ...placeOf(transition, { ...origin, node: at }),
    scope: row.scope,
    have: [...node.slots],
  });
  dispatch(transition, node.out, filled, bySignal(origin), causeOf(row));
}
