/**
 * The rows of list items as ranges, for stores. The rows of neighbours differ only in what follows from the index: their ids are
 * hashes of it. Hashes do not get shorter when they are packed, so without them a head with a thousand running items is small.
 */

import type { Graph, NodeId } from '../../flow/graph/graph.ts';
import type { Activation, Frame, Head, ItemFrame, ScopeId, Value } from '../head.ts';
import { copyOf } from './copy.ts';
import { ItemHashes } from './item-hashes.ts';
import { positionsOf, type WayTo, waysIn } from './item-ids.ts';
import { indexesOf, runsOf } from './runs.ts';

/** Frames of items that are equal but for the index. */
interface FrameRange {
  /** Indexes in ascending order, see `runs.ts`. */
  readonly range: string;
  readonly row: Omit<ItemFrame, 'index'>;
}

/** Activations of the first chunk of items. */
interface ActivationRange {
  readonly range: string;
  readonly list: ScopeId;
  /** The input of item `i` is item `from + i` of the stored list `ref`. */
  readonly ref?: string;
  readonly from?: number;
  /** The inputs, where they are not neighbours in a stored list. */
  readonly inputs?: readonly Value[];
  readonly row: Omit<Activation, 'id' | 'scope' | 'items' | 'input'>;
}

/** Activations of later chunks of items. */
interface ActivationRows {
  /** Indexes of the items, in the order of the rows; as text if that is ascending, see `runs.ts`. */
  readonly at: readonly number[] | string;
  readonly list: ScopeId;
  /** The nodes from which their ids follow, see `ItemHashes.idOf`. */
  readonly via?: readonly NodeId[];
  /** The ids, where they do not. */
  readonly ids?: readonly string[];
  readonly inputs: readonly Value[];
  readonly row: ActivationRange['row'];
}

/** Format 4: rows of later chunks are stored together. Heads in memory never have it. */
export type StoredFormat = Head['format'] | 4;

/** A head as it is stored. */
export type Folded = Omit<Head, 'frames' | 'activations' | 'format'> & {
  readonly format: StoredFormat;
  readonly frames: Readonly<Record<string, Frame | FrameRange>>;
  readonly activations: readonly (Activation | ActivationRange | ActivationRows)[];
};

export interface Folding {
  readonly hashes?: ItemHashes | undefined;
  /** Newest format that may be stored. Absent: 3. */
  readonly format?: StoredFormat | undefined;
  /** Tells which chunks came before a row, from format 4. */
  readonly graph?: Graph | undefined;
}

/** Only heads of format 2 get ranges: workers that know only format 1 cannot read them. */
export function foldItems(head: Head, { hashes = new ItemHashes(), format = 3, graph }: Folding = {}): Folded {
  if (head.format < 2) return head;
  const wayTo = graph ? waysIn({ graph, head }) : () => undefined;
  const activations = foldActivations(head, hashes, format >= 4 ? wayTo : undefined);
  const hasRows = activations.some((each) => 'at' in each);
  return { ...head, ...(hasRows ? { format: 4 } : {}), frames: foldFrames(head, hashes), activations };
}

/** Rows that differ only in what follows from the index. */
interface Run<Row> {
  readonly first: Row;
  readonly indexes: number[];
}

function foldFrames(head: Head, hashes: ItemHashes): Folded['frames'] {
  const folded: Record<string, Frame | FrameRange> = {};
  let run: Run<ItemFrame> | undefined;
  const end = (): void => {
    if (!run) return;
    const { index: _, ...row } = run.first;
    const range = runsOf(run.indexes);
    folded[`${row.parent.scope}/${range}`] = { range, row };
    run = undefined;
  };
  for (const scope in head.frames) {
    const frame = head.frames[scope];
    if (!frame) continue;
    const isPlain = frame.kind === 'item' && scope === hashes.scopeOf(frame.parent.scope, frame.index);
    if (isPlain && run && follows(run, frame.index) && isAlike(run.first, frame, OF_FRAME))
      run.indexes.push(frame.index);
    else {
      end();
      if (isPlain) run = { first: frame, indexes: [frame.index] };
      else folded[scope] = frame;
    }
  }
  end();
  return folded;
}

interface ActivationRun extends Run<Activation> {
  readonly list: ScopeId;
  readonly stored: ReturnType<typeof neighbourOf>;
  readonly inputs: Value[];
  readonly via: Via;
  /** The ids, if they are kept. */
  readonly ids: string[];
}

/** The nodes before a row in its item; `undefined`: its id does not follow from them. */
type Via = readonly NodeId[] | undefined;

/** The item starts with the row. */
const FIRST: Via = [];

/** @param wayTo absent: only rows at the first chunk of their item are stored together */
function foldActivations(head: Head, hashes: ItemHashes, wayTo: WayTo | undefined): Folded['activations'] {
  const folded: Folded['activations'][number][] = [];
  let run: ActivationRun | undefined;
  const end = (): void => {
    if (run) folded.push(rowOf(run));
    run = undefined;
  };
  for (const activation of head.activations) {
    const item = itemOf(head, activation, hashes);
    const via = item && viaOf(head, activation, item, hashes, wayTo);
    if (!item || !(via === FIRST || wayTo)) {
      end();
      folded.push(activation);
      continue;
    }
    const { index, parent } = item;
    const stored = via === FIRST ? neighbourOf(activation.input, index) : undefined;
    const isNext =
      run?.list === parent.scope &&
      run.via === via &&
      (via !== FIRST || follows(run, index)) &&
      run.stored?.ref === stored?.ref &&
      run.stored?.from === stored?.from &&
      isAlike(run.first, activation, OF_ACTIVATION);
    if (!isNext) end();
    run ??= { first: activation, indexes: [], list: parent.scope, stored, inputs: [], via, ids: [] };
    run.indexes.push(index);
    if (!via) run.ids.push(activation.id);
    if (!stored) run.inputs.push(activation.input);
  }
  end();
  return folded;
}

function rowOf({ first, indexes, list, stored, inputs, via, ids }: ActivationRun): Folded['activations'][number] {
  const { id: _, scope: __, items: ___, input: ____, ...row } = first;
  if (via === FIRST) return { range: runsOf(indexes), list, ...stored, row, ...(stored ? {} : { inputs }) };
  // Alone, a row is no shorter with its id apart.
  if (!via && indexes.length === 1) return first;
  const isAscending = indexes.every((index, i) => i === 0 || index > (indexes[i - 1] ?? index));
  return { at: isAscending ? runsOf(indexes) : indexes, list, ...(via ? { via } : { ids }), inputs, row };
}

function viaOf(
  { id: executionId }: Head,
  { id, node, home, scope }: Activation,
  item: ItemFrame,
  hashes: ItemHashes,
  wayTo: WayTo | undefined,
): Via {
  if (id === hashes.idOf(executionId, node, home, scope)) return FIRST;
  const way = wayTo?.(item, node);
  return way && id === hashes.idOf(executionId, node, home, scope, way) ? way : undefined;
}

/** The item that the activation is in, if its scope and items follow from the index. */
function itemOf(head: Head, { scope, items }: Activation, hashes: ItemHashes): ItemFrame | undefined {
  const item = head.frames[scope];
  if (item?.kind !== 'item' || items !== positionsOf(item.parent.items, item.index)) return undefined;
  return scope === hashes.scopeOf(item.parent.scope, item.index) ? item : undefined;
}

/** Members that a range has beside its row. */
const OF_FRAME: ReadonlySet<string> = new Set(['index']);
const OF_ACTIVATION: ReadonlySet<string> = new Set(['id', 'scope', 'items', 'input']);

function follows({ indexes }: Run<unknown>, index: number): boolean {
  return index > (indexes.at(-1) ?? index);
}

/** Whether two rows have equal members in the same order, apart from these. */
function isAlike(one: object, other: object, apart: ReadonlySet<string>): boolean {
  const [members, others] = [one as Members, other as Members];
  const keys = Object.keys(members);
  // A loop without closures: it runs for each row of each commit.
  let at = 0;
  for (const key in others) {
    if (keys[at] !== key) return false;
    at += 1;
    const [member, its] = [members[key], others[key]];
    if (member === its || apart.has(key)) continue;
    if (!isObject(member) || !isObject(its) || !isAlike(member, its, NONE)) return false;
  }
  return at === keys.length;
}

type Members = Readonly<Record<string, unknown>>;

const NONE: ReadonlySet<string> = new Set();

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The head that was folded. Its rows share only the parents of frames, which are never changed. */
export function unfoldItems(folded: Folded, hashes = new ItemHashes()): Head {
  const frames = unfoldFrames(folded, hashes);
  const activations: Activation[] = [];
  for (const each of folded.activations) {
    if ('range' in each) unfoldRange(folded, each, frames, hashes, activations);
    else if ('at' in each) unfoldRows(folded, each, frames, hashes, activations);
    else activations.push(each);
  }
  const { format } = folded;
  return { ...folded, format: format !== 4 ? format : folded.waitPages ? 3 : 2, frames, activations };
}

function unfoldRows(
  { id: executionId }: Pick<Head, 'id'>,
  { at, list, via, ids, inputs, row }: ActivationRows,
  frames: Head['frames'],
  hashes: ItemHashes,
  into: Activation[],
): void {
  const { node, home } = row;
  for (const [i, index] of (typeof at === 'string' ? indexesOf(at) : at).entries()) {
    const scope = hashes.scopeOf(list, index);
    const id = ids?.[i] ?? hashes.idOf(executionId, node, home, scope, via);
    const items = positionsOf(frames[scope]?.parent.items, index);
    into.push(Object.assign(copyOf(row), { id, scope, items, input: inputs[i] ?? { v: null } }));
  }
}

function unfoldRange(
  head: Pick<Head, 'id'>,
  { range, list, ref, from = 0, inputs = [], row }: ActivationRange,
  frames: Head['frames'],
  hashes: ItemHashes,
  into: Activation[],
): void {
  for (const [i, index] of indexesOf(range).entries()) {
    const scope = hashes.scopeOf(list, index);
    const id = hashes.idOf(head.id, row.node, row.home, scope);
    const items = positionsOf(frames[scope]?.parent.items, index);
    const input = ref === undefined ? (inputs[i] ?? { v: null }) : { ref, at: from + index };
    into.push(Object.assign(copyOf(row), { id, scope, items, input }));
  }
}

function unfoldFrames({ frames }: Folded, hashes: ItemHashes): Head['frames'] {
  const all: Head['frames'] = {};
  for (const [scope, frame] of Object.entries(frames)) {
    if (!('range' in frame)) all[scope] = frame;
    else {
      const { range, row } = frame;
      for (const index of indexesOf(range)) all[hashes.scopeOf(row.parent.scope, index)] = { ...row, index };
    }
  }
  return all;
}

/** Measures a head as it is stored. @returns its text, and the bytes of that */
export function measure(head: Head, how?: Folding): { readonly bytes: number; readonly text: string } {
  const text = storedText(head, how);
  return { bytes: Buffer.byteLength(text), text };
}

/** The text that stores keep of a head. */
export function storedText(head: Head, how?: Folding): string {
  return JSON.stringify(foldItems(head, how));
}

/** Where the input is in a stored list, seen from item 0. */
function neighbourOf(input: Value, index: number): { readonly ref: string; readonly from: number } | undefined {
  if (!('ref' in input) || input.at === undefined || input.bytes !== undefined) return undefined;
  return { ref: input.ref, from: input.at - index };
}
