/** `forEach`: runs the body for every item of a list, each in its own scope. Its output is the list of results. */
import type { ForEachNode } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import { ITEM } from '../frames/bodies.ts';
import { endItem } from '../frames/ends.ts';
import { readsResults } from '../frames/tally.ts';
import type { Frame, ItemFrame, ListFrame, ScopeId, Value } from '../head.ts';
import { note, placeOf } from '../history/records.ts';
import { advance, dispatch, operatorAt } from '../moves.ts';
import { originOf } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';
import { itemScope, positionsOf } from '../values/item-ids.ts';
import { isParted, partedItem } from '../values/parted-lists.ts';
import { indexesOf } from '../values/runs.ts';
import { literal, readValue } from '../values/value-refs.ts';
import type { Arrival, FrameOperator, Operator } from './operator.ts';
import { pageAt } from './pages.ts';

export const forEach: Operator<ForEachNode> = {
  enter: openList,
  branches: (node) => [[ITEM, node.body]],
  collectsErrors: (node) => node.onItemError === 'collect',
  collects: (node) => node.collects,
};

/** Opens a frame over a list. A value that is no list counts as one item. */
function openList(transition: Transition, { node, at, value, origin, id }: Arrival<ForEachNode>): void {
  const list = isParted(value) ? { items: value, length: value.size } : readList(transition, value);
  if (!list) return;
  const { items, length } = list;
  const count = Math.ceil(length / (node.batchSize ?? 1));
  if (count === 0) {
    if (node.collects) dispatch(transition, node.out, literal([]), origin, id);
    return;
  }
  const counted = {
    ...(node.completion ? { failures: 0 } : {}),
    ...(node.completion && readsResults(node.completion) ? { early: true as const } : {}),
    ...(node.batchSize === undefined ? {} : { length }),
  };
  const parent = originOf(origin);
  transition.head.frames[id] = { kind: 'list', node: at, parent, items, count, next: 0, slots: {}, ...counted };
  note(transition, 'items_opened', { ...placeOf(transition, { ...origin, node: at }), scope: id, kind: 'list', count });
  advance(transition, id);
}

/** Reads the value for its number of items. `undefined`: a stored value is missing. */
function readList(
  { lookups, missing }: Transition,
  value: Value,
): { readonly items: Value; readonly length: number } | undefined {
  const given = readValue(value, lookups.values, missing.values);
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) return { items: literal([given] as Json), length: 1 };
  // An item of a stored list gets a list of its own: a reference names an item of a list, not an item of an item.
  return { items: isItem(value) ? literal(given) : value, length: given.length };
}

/** Whether a value is an item of a stored list. */
function isItem(value: Value): boolean {
  return 'ref' in value && value.at !== undefined;
}

export const list: FrameOperator<ListFrame> = {
  startNext(transition, scope, frame) {
    const index = frame.next;
    frame.next += 1;
    const part = itemScope(scope, index);
    startItem(transition, scope, frame, index, part);
    // A page whose items have all started is not needed any more.
    if (frame.pages) frame.pages = frame.pages.filter((_, i, all) => (all[i + 1]?.at ?? frame.count) > frame.next);
    return { part, slot: String(index) };
  },
  dropInput(frame) {
    frame.items = literal(null);
  },
  slots({ count, slots, done = '' }) {
    const stored = new Set(indexesOf(done));
    const open = Array.from({ length: count }, (_, i) => i).filter((index) => !stored.has(index));
    return { names: open.map(String), values: slots };
  },
  isKept: (transition, frame) => !frame.over && collects(transition, frame),
};

export const item: FrameOperator<ItemFrame> = {
  awaitsOutput: true,
  leave: (transition, scope, _, __, value) => endItem(transition, scope, value),
  lacksOutput,
  // The results of its list have been sent on.
  isLeftBehind: ({ frames }, { over, parent }) => over === 'done' && !frames[parent.scope],
  dropped(head, scope, { over }) {
    if (over === 'failed') head.joins = head.joins.filter((each) => each.scope !== scope);
  },
};

/**
 * True when the item's output will never arrive and an error must fill its result. False after a cancel, which ends the
 * execution.
 */
function lacksOutput(transition: Transition, frame: ItemFrame): boolean {
  if (frame.over || transition.head.closing === 'cancelled') return false;
  const { node, operator } = operatorAt(transition, frame) ?? {};
  if (!node || !collects(transition, frame)) return false;
  const list = transition.head.frames[frame.parent.scope];
  if (list?.kind === 'list' && list.failures !== undefined) return !list.over;
  return operator?.collectsErrors?.(node) === true;
}

function collects(transition: Transition, frame: Frame): boolean {
  const { node, operator } = operatorAt(transition, frame) ?? {};
  return node !== undefined && operator?.collects?.(node) === true;
}

function startItem(transition: Transition, list: ScopeId, frame: ListFrame, index: number, scope: ScopeId): void {
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  if (node?.kind !== 'forEach') return;
  const { body, batchSize } = node;
  const parent = { ...frame.parent, scope: list };
  transition.head.frames[scope] = { kind: 'item', node: frame.node, parent, index };
  const items = positionsOf(parent.items, index);
  const { items: given, at, length } = frame.pages ? pageAt(frame, index) : { at: 0, length: 0, ...frame };
  const place = index - at;
  const value =
    batchSize === undefined
      ? itemOf(transition, given, place)
      : batchOf(transition, { items: given, length }, place, batchSize);
  dispatch(transition, body, value, { ...parent, scope, items }, scope);
}

/** Up to `size` items as one list. */
function batchOf(
  transition: Transition,
  { items, length = 0 }: Pick<ListFrame, 'items' | 'length'>,
  index: number,
  size: number,
): Value {
  const end = Math.min(length, (index + 1) * size);
  const count = Math.max(0, end - index * size);
  return { list: Array.from({ length: count }, (_, i) => itemOf(transition, items, index * size + i)) };
}

function itemOf({ lookups, missing, indexes }: Transition, items: Value, index: number): Value {
  const reading = { stored: lookups.values, missing: missing.values, indexes };
  if (isParted(items)) return partedItem(items, index, reading) ?? literal(null);
  if (isItem(items)) {
    // Lists that an older version opened: see `readList`.
    const list = readValue(items, lookups.values, missing.values) as readonly Json[] | undefined;
    return literal(list?.[index] ?? null);
  }
  if ('ref' in items) return { ref: items.ref, at: index };
  if ('list' in items) return items.list[index] ?? literal(null);
  return literal('v' in items ? ((items.v as readonly Json[])[index] ?? null) : null);
}
