/** The activations of items, and of the sub-flows that they run, as ranges. */
import type { Activation, Frame, Head, ScopeId } from '../../head.ts';
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
import { type ChildPlace, FIRST, type Place, type Places } from './places.ts';
import type { Way } from './ways.ts';

interface Rows extends Column {
  readonly list: ScopeId;
  /** From format 4: the sub-flow that they are in. */
  readonly child?: ChildPlace;
  readonly row: Omit<Activation, 'id' | 'scope' | 'items' | 'input'>;
}

/** Activations of the first chunk of items. */
interface FirstRows extends Rows {
  readonly range: string;
}

/** From format 4: activations of later chunks of items. */
interface LaterRows extends Rows {
  readonly at: Indexes;
  /** The nodes from which their ids follow, see `ItemHashes.idOf`. */
  readonly via?: Way;
  /** The ids, where they do not. */
  readonly ids?: readonly string[];
}

export type FoldedActivations = readonly (Activation | FirstRows | LaterRows)[];

/** An activation at a place. */
interface Unit {
  readonly place: Place;
  readonly activation: Activation;
  /** `undefined`: the id does not follow from the nodes before it. */
  readonly via: Way | undefined;
  readonly neighbour: Neighbour;
}

interface Run extends Unit {
  readonly indexes: number[];
  readonly activations: Activation[];
}

export function foldActivations({ activations }: Head, places: Places): FoldedActivations {
  const folded: FoldedActivations[number][] = [];
  let run: Run | undefined;
  const end = () => {
    if (run) folded.push(foldRun(run));
    run = undefined;
  };
  for (const activation of activations) {
    const unit = unitAt(places, activation);
    if (!unit || !run || !goesOn(run, unit)) end();
    if (!unit) {
      folded.push(activation);
      continue;
    }
    run ??= { ...unit, indexes: [], activations: [] };
    run.indexes.push(unit.place.item.index);
    run.activations.push(activation);
  }
  end();
  return folded;
}

function unitAt(places: Places, activation: Activation): Unit | undefined {
  const place = places.of(activation);
  if (!place) return undefined;
  const via = places.viaOf(place.frame, activation);
  if (via !== FIRST && !places.foldsLaterRows) return undefined;
  const neighbour = via === FIRST ? neighbourOf(activation.input, place.item.index) : undefined;
  return { place, activation, via, neighbour };
}

function goesOn(run: Run, { place, activation, via, neighbour }: Unit): boolean {
  const { item, child } = place;
  return (
    run.place.item.parent.scope === item.parent.scope &&
    run.place.child === child &&
    run.via === via &&
    (via !== FIRST || item.index > (run.indexes.at(-1) ?? item.index)) &&
    isSame(run.neighbour, neighbour) &&
    isAlike(run.activation, activation, child ? OF_CHILD_ROW : OF_ROW)
  );
}

/** Members that a range has beside its row. */
const OF_ROW: ReadonlySet<string> = new Set(['id', 'scope', 'items', 'input']);
const OF_CHILD_ROW: ReadonlySet<string> = new Set([...OF_ROW, 'home']);

function foldRun({ place, activation, via, indexes, activations }: Run): FoldedActivations[number] {
  // Alone, a row is no shorter with its id apart.
  if (!via && indexes.length === 1) return activation;
  const { id: _, scope: __, items: ___, input: ____, ...row } = activation;
  const { item, child } = place;
  if (child) delete row.home;
  const list = { list: item.parent.scope, ...(child ? { child } : {}) };
  const inputs = activations.map(({ input }, i) => ({ value: input, index: indexes[i] ?? 0 }));
  if (via === FIRST) return { range: runsOf(indexes), ...list, row, ...columnOf(inputs) };
  const ids = via ? { via } : { ids: activations.map(({ id }) => id) };
  return { at: shortly(indexes), ...list, ...ids, row, inputs: inputs.map(({ value }) => value) };
}

/** @param frames those of the head, unfolded */
export function unfoldActivations(
  executionId: string,
  folded: FoldedActivations,
  frames: Readonly<Record<ScopeId, Frame>>,
  hashes: ItemHashes,
): Activation[] {
  return folded.flatMap((each) => {
    if (!('range' in each) && !('at' in each)) return each;
    const { list, child, row } = each;
    const [indexes, via, ids]: [readonly number[], Way | undefined, readonly string[] | undefined] =
      'range' in each ? [indexesOf(each.range), undefined, undefined] : [allOf(each.at), each.via, each.ids];
    return indexes.map((index, i) => {
      const item = hashes.scopeOf(list, index);
      const parent = frames[item]?.parent;
      const scope = child ? hashes.idOf(executionId, child.node, parent?.home, item, child.via) : item;
      const place = child ? { scope, home: scope } : { scope };
      const id = ids?.[i] ?? hashes.idOf(executionId, row.node, child ? scope : row.home, scope, via);
      const items = positionsOf(parent?.items, index);
      return Object.assign(copyOf(row), { id, ...place, items, input: valueAt(each, index, i) });
    });
  });
}
