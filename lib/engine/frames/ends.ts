/** Ends running operators: once enough parts have ended, the result goes to the nodes after the operator. */

import type { Frame, ItemFrame, ListFrame, PartedList, ScopeId, Value } from '../head.ts';
import { note, placeOf } from '../history/records.ts';
import { dispatch, operatorAt, withdrawRest } from '../moves.ts';
import { graphAt, type Reading, type Transition } from '../transition.ts';
import { outputAt } from '../values/parted-lists.ts';
import { countOf, runsOf, union } from '../values/runs.ts';
import { literal } from '../values/value-refs.ts';
import { forgetBusy } from './busy.ts';
import { dropFrame } from './scopes.ts';
import { isEarly, isFull, isReached, type PartsFrame, ruleOf } from './tally.ts';

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
  list.slots[item.index] = list.over ? literal(null) : result;
  if (how === 'failed') countFailure(list);
  endIfReached(transition, item.parent.scope, list);
}

function countFailure(list: ListFrame): void {
  if (list.failures === undefined) list.errors = (list.errors ?? 0) + 1;
  else list.failures += 1;
}

/** Ends an operator whose completion is reached. */
export function endIfReached(transition: Transition, scope: ScopeId, frame: PartsFrame): void {
  if (isReached(transition, frame)) endParts(transition, scope, frame);
}

/** Ends an operator with the results that exist. The other parts are withdrawn, or run on unobserved. */
export function endParts(transition: Transition, scope: ScopeId, frame: PartsFrame): void {
  const rule = ruleOf(transition, frame);
  const result = frame.over ? undefined : resultOf(transition, frame);
  const goesOn = rule?.rest === 'goOn' && !isFull(frame);
  if (rule) withdrawRest(transition, scope, goesOn);
  if (!goesOn || !result) return endFrame(transition, scope, frame, result);
  forgetBusy(transition);
  frame.over = true;
  for (const key of Object.keys(frame.slots)) frame.slots[key] = literal(null);
  // The result names the parts from now on.
  if (frame.kind === 'list') delete frame.results;
  sendOn(transition, scope, frame, result);
}

/** What the operator's output would be now. */
export function resultOf(transition: Reading, frame: PartsFrame): Value {
  const rule = ruleOf(transition, frame);
  const { slots } = frame;
  const early = rule !== undefined && isEarly(rule);
  if (frame.kind === 'list') {
    const { results, count } = frame;
    if (early) return results ? onlyDone(frame, results) : indexed(Object.keys(slots), slots);
    if (results) return { ...results, size: count, ...(Object.keys(slots).length > 0 ? { rest: slots } : {}) };
    return { list: Array.from({ length: count }, (_, i) => slots[i] ?? literal(null)) };
  }
  const filled = frame.names.filter((name) => Object.hasOwn(slots, name));
  const { operator } = operatorAt(transition, frame) ?? {};
  if (!operator?.isList) return { of: Object.fromEntries(filled.map((name) => [name, slots[name] ?? literal(null)])) };
  return early ? indexed(filled, slots) : { list: filled.map((name) => slots[name] ?? literal(null)) };
}

/** `{ index, output }` of the items that have a result, of which most are stored beside the head. */
function onlyDone({ slots, done = '' }: ListFrame, results: PartedList): PartedList {
  const inSlots = Object.keys(slots).map(Number);
  const only = union(done, runsOf(inSlots.sort((a, b) => a - b)));
  return { ...results, size: countOf(only), only, ...(inSlots.length > 0 ? { rest: { ...slots } } : {}) };
}

/** `{ index, output }` of the parts, in order. @param keys integers, so an object keeps them in numeric order */
function indexed(keys: readonly string[], slots: Readonly<Record<string, Value>>): Value {
  return {
    list: keys.map((key) => outputAt(Number(key), slots[key] ?? literal(null))),
  };
}

/** Deletes the operator's frame and sends its result, if any, to the nodes after it. */
export function endFrame(transition: Transition, scope: ScopeId, frame: Frame, result: Value | undefined): void {
  forgetBusy(transition);
  dropFrame(transition.head, scope);
  const { node, parent } = frame;
  const of = frame.kind === 'list' ? { kind: frame.kind, count: frame.count } : { kind: 'branches' as const };
  note(transition, 'items_done', { ...placeOf(transition, { ...parent, node }), scope, ...of });
  if (result) sendOn(transition, scope, frame, result);
}

function sendOn(transition: Transition, scope: ScopeId, { node: id, parent }: Frame, result: Value): void {
  const node = graphAt(transition, parent.home).nodes[id];
  if (node) dispatch(transition, node.out, result, parent, scope);
}
