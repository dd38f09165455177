/** The frames of items, and of the sub-flows that they run, as ranges. */
import type { ChildFrame, Frame, Head, ItemFrame, Origin, ScopeId } from '../../head.ts';
import { copyOf } from '../copy.ts';
import { positionsOf } from '../item-ids.ts';
import { indexesOf, runsOf } from '../runs.ts';
import { isAlike } from './alike.ts';
import {
  allOf,
  type Column,
  columnOf,
  type Indexes,
  isSame,
  type Neighbour,
  neighbourOf,
  shortly,
  valueAt,
} from './columns.ts';
import type { ItemHashes } from './item-hashes.ts';
import type { ChildPlace, Places } from './places.ts';

/** Frames of items that are equal but for the index. */
interface ItemFrames {
  /** Indexes in ascending order, see `runs.ts`. */
  readonly range: string;
  readonly row: Omit<ItemFrame, 'index'>;
  /** From format 4: the frame of its sub-flow follows on that of each item. */
  readonly child?: ChildFrames;
}

/** From format 4: frames of sub-flows that do not follow on those of their items. */
interface LaterFrames {
  readonly at: Indexes;
  readonly list: ScopeId;
  readonly child: ChildFrames;
}

/** Frames of sub-flows that are equal but for the index of their item. */
interface ChildFrames extends ChildPlace, Column {
  /** `parent` has the positions of the list. */
  readonly row: Omit<ChildFrame, 'node' | 'value' | 'state' | 'parent'> & { readonly parent: Omit<Origin, 'scope'> };
  /** One for all, or one for each. */
  readonly states: readonly ChildFrame['state'][];
}

export type FoldedFrames = Readonly<Record<ScopeId, Frame | ItemFrames | LaterFrames>>;

/** An item, a sub-flow, or both. */
interface Unit {
  readonly item: ItemFrame;
  readonly startsItem: boolean;
  readonly child: Child | undefined;
  /** Where the input of the sub-flow is. */
  readonly neighbour: Neighbour;
}

type Child = NonNullable<ReturnType<Places['ofChild']>>;

/** Units that differ only in what follows from the index of the item. */
interface Run extends Unit {
  readonly indexes: number[];
  readonly children: ChildFrame[];
}

export function foldFrames({ frames }: Head, places: Places): FoldedFrames {
  const folded: Record<ScopeId, FoldedFrames[ScopeId]> = {};
  let run: Run | undefined;
  let runs = 0;
  const end = () => {
    if (!run) return;
    // No scope has such a name, and nobody reads it.
    folded[`/${runs}`] = foldRun(run);
    runs += 1;
    run = undefined;
  };
  const scopes = Object.keys(frames);
  for (let i = 0; i < scopes.length; i += 1) {
    const [scope = '', next = ''] = [scopes[i], scopes[i + 1]];
    const unit = unitAt(places, scope, next);
    if (!unit || !run || !goesOn(run, unit)) end();
    const frame = frames[scope];
    if (!unit && frame) folded[scope] = frame;
    if (!unit) continue;
    run ??= { ...unit, indexes: [], children: [] };
    run.indexes.push(unit.item.index);
    if (unit.child) run.children.push(unit.child.frame);
    // The sub-flow of an item has been taken with it.
    if (unit.startsItem && unit.child) i += 1;
  }
  end();
  return folded;
}

function unitAt(places: Places, scope: ScopeId, next: ScopeId): Unit | undefined {
  const own = places.itemAt(scope);
  const found = places.ofChild(own ? next : scope);
  const item = own ?? found?.item;
  if (!item) return undefined;
  const child = found?.item === item ? found : undefined;
  const neighbour = child && neighbourOf(child.frame.value, item.index);
  return { item, startsItem: own !== undefined, child, neighbour };
}

function goesOn(run: Run, { item, startsItem, child, neighbour }: Unit): boolean {
  if (run.startsItem !== startsItem || !isSame(run.neighbour, neighbour)) return false;
  if (startsItem && item.index <= (run.indexes.at(-1) ?? item.index)) return false;
  if (!(startsItem ? isAlike(run.item, item, OF_ITEM) : isAlike(run.item.parent, item.parent))) return false;
  if (!child || !run.child) return child === run.child;
  const [one, other] = [run.child.frame, child.frame];
  return (
    run.child.child === child.child && isAlike(one, other, OF_CHILD) && isAlike(one.parent, other.parent, OF_PARENT)
  );
}

/** Members that a range has beside its row. */
const OF_ITEM: ReadonlySet<string> = new Set(['index']);
const OF_CHILD: ReadonlySet<string> = new Set(['parent', 'value', 'state']);
const OF_PARENT: ReadonlySet<string> = new Set(['scope', 'items']);

function foldRun({ item, startsItem, child, indexes, children }: Run): ItemFrames | LaterFrames {
  const { index: _, ...row } = item;
  if (!child) return { range: runsOf(indexes), row };
  const folded = { ...child.child, ...foldChildren(child, indexes, children) };
  if (startsItem) return { range: runsOf(indexes), row, child: folded };
  return { at: shortly(indexes), list: item.parent.scope, child: folded };
}

function foldChildren(
  { item, frame }: Child,
  indexes: readonly number[],
  children: readonly ChildFrame[],
): Omit<ChildFrames, keyof ChildPlace> {
  const { node: _, value: __, state, parent, ...row } = frame;
  const { scope: ___, items: ____, ...origin } = parent;
  const { items } = item.parent;
  const column = columnOf(children.map(({ value }, i) => ({ value, index: indexes[i] ?? 0 })));
  const states = children.every((each) => isAlike(each.state, state)) ? [state] : children.map((each) => each.state);
  return { row: { ...row, parent: { ...origin, ...(items === undefined ? {} : { items }) } }, states, ...column };
}

/** Frames of one range share only the parents of items, which are never changed. */
export function unfoldFrames(executionId: string, frames: FoldedFrames, hashes: ItemHashes): Head['frames'] {
  const all: Head['frames'] = {};
  const addChild = (list: ScopeId, { row, node, via, states, ...column }: ChildFrames, index: number, i: number) => {
    const scope = hashes.scopeOf(list, index);
    const { home, items } = row.parent;
    const parent = { ...row.parent, scope, items: positionsOf(items, index) };
    const rest = { node, parent, value: valueAt(column, index, i), state: copyOf(states[i] ?? states[0] ?? {}) };
    all[hashes.idOf(executionId, node, home, scope, via)] = { ...copyOf(row), ...rest };
  };
  for (const [name, frame] of Object.entries(frames)) {
    if ('range' in frame) {
      const { range, row, child } = frame;
      const list = row.parent.scope;
      for (const [i, index] of indexesOf(range).entries()) {
        all[hashes.scopeOf(list, index)] = { ...row, index };
        if (child) addChild(list, child, index, i);
      }
    } else if ('at' in frame) {
      for (const [i, index] of allOf(frame.at).entries()) addChild(frame.list, frame.child, index, i);
    } else all[name] = frame;
  }
  return all;
}
