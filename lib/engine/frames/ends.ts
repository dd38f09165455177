/** Ends running operators: the last branch or item completes the result, which goes to the nodes after the operator. */

import type { Frame, ItemFrame, ScopeId, Value } from '../head.ts';
import { dispatch } from '../moves.ts';
import { graphAt, type Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import { forgetBusy } from './busy.ts';
import { dropFrame } from './scopes.ts';

/**
 * Stores the result of one item; the last one ends the list. The item's frame stays while its scope has live work, such
 * as a fork or an emitted signal.
 */
export function endItem(
  transition: Transition,
  scope: ScopeId,
  result: Value,
  how: NonNullable<ItemFrame['over']> = 'done',
): void {
  const item = transition.head.frames[scope];
  if (item?.kind !== 'item' || item.over) return;
  const list = transition.head.frames[item.parent.scope];
  forgetBusy(transition);
  item.over = how;
  if (list?.kind !== 'list') return;
  list.slots[item.index] = result;
  if (Object.keys(list.slots).length < list.count) return;
  const results = Array.from({ length: list.count }, (_, i) => list.slots[i] ?? literal(null));
  endFrame(transition, item.parent.scope, list, { list: results });
}

/** Deletes the operator's frame and sends its result to the nodes after it. */
export function endFrame(transition: Transition, scope: ScopeId, frame: Frame, result: Value): void {
  forgetBusy(transition);
  dropFrame(transition.head, scope);
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  if (node) dispatch(transition, node.out, result, frame.parent, scope);
}
