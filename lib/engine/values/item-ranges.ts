/**
 * The rows of list items as ranges, for stores. The rows of neighbours differ only in what follows from the index: their ids are
 * hashes of it. Hashes do not get shorter when they are packed, so without them a head with a thousand running items is small.
 */

import type { Activation, Frame, Head, ItemFrame, ScopeId, Value } from '../head.ts';
import { idAt, itemScope, placeOfId, positionsOf } from './item-ids.ts';
import { bytesOf } from './list-cutter.ts';
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

/** A head as it is stored. */
export type Folded = Omit<Head, 'frames' | 'activations'> & {
  readonly frames: Readonly<Record<string, Frame | FrameRange>>;
  readonly activations: readonly (Activation | ActivationRange)[];
};

/** Hashes that are kept, because each commit needs those of the same items. */
const KEPT = 20_000;
const HASHES = new Map<string, string>();

function kept(key: string, make: () => string): string {
  const known = HASHES.get(key);
  if (known !== undefined) return known;
  if (HASHES.size >= KEPT) HASHES.clear();
  const made = make();
  HASHES.set(key, made);
  return made;
}

function scopeOf(list: ScopeId, index: number): ScopeId {
  return kept(`${list} ${index}`, () => itemScope(list, index));
}

function idOf(head: Pick<Head, 'id'>, row: Pick<Activation, 'node' | 'home' | 'scope'>): string {
  const { node, home, scope } = row;
  return kept(`${head.id} ${node} ${home ?? ''} ${scope}`, () => idAt(head.id, placeOfId(node, row, scope), 0));
}

/** Only heads of format 2 get ranges: workers that know only format 1 cannot read them. */
export function foldItems(head: Head): Folded {
  return head.format < 2 ? head : { ...head, frames: foldFrames(head), activations: foldActivations(head) };
}

function foldFrames(head: Head): Folded['frames'] {
  const folded: Record<string, Frame | FrameRange> = {};
  const runs = createRuns<FrameRange['row']>((range, row) => {
    folded[`${row.parent.scope}/${range}`] = { range, row };
  });
  for (const [scope, frame] of Object.entries(head.frames)) {
    if (frame.kind === 'item' && scope === scopeOf(frame.parent.scope, frame.index)) {
      const { index, ...row } = frame;
      runs.add(index, row);
    } else {
      runs.end();
      folded[scope] = frame;
    }
  }
  runs.end();
  return folded;
}

function foldActivations(head: Head): Folded['activations'] {
  const folded: (Activation | ActivationRange)[] = [];
  let inputs: Value[] = [];
  const runs = createRuns<Omit<ActivationRange, 'range' | 'inputs'>>((range, row) => {
    folded.push({ range, ...row, ...(row.ref === undefined ? { inputs } : {}) });
    inputs = [];
  });
  for (const activation of head.activations) {
    const { id, scope, items, input, ...row } = activation;
    const item = head.frames[scope];
    const follows =
      item?.kind === 'item' &&
      scope === scopeOf(item.parent.scope, item.index) &&
      items === positionsOf(item.parent.items, item.index) &&
      id === idOf(head, activation);
    if (follows) {
      const stored = neighbourOf(input, item.index);
      runs.add(item.index, { list: item.parent.scope, ...stored, row });
      if (!stored) inputs.push(input);
    } else {
      runs.end();
      folded.push(activation);
    }
  }
  runs.end();
  return folded;
}

/** The head that was folded. */
export function unfoldItems(folded: Folded): Head {
  const frames = unfoldFrames(folded);
  const activations = folded.activations.flatMap((each): Activation[] => {
    if (!('range' in each)) return [each];
    const { list, ref, from = 0, inputs = [] } = each;
    const copy = copiesOf(each.row);
    return indexesOf(each.range).map((index, i) => {
      const scope = scopeOf(list, index);
      const row = copy();
      const items = positionsOf(frames[scope]?.parent.items, index);
      const input = ref === undefined ? (inputs[i] ?? { v: null }) : { ref, at: from + index };
      return { ...row, id: idOf(folded, { ...row, scope }), scope, items, input };
    });
  });
  return { ...folded, frames, activations };
}

function unfoldFrames({ frames }: Folded): Head['frames'] {
  const all: Head['frames'] = {};
  for (const [scope, frame] of Object.entries(frames)) {
    if ('range' in frame) {
      const copy = copiesOf(frame.row);
      for (const index of indexesOf(frame.range)) all[scopeOf(frame.row.parent.scope, index)] = { ...copy(), index };
    } else all[scope] = frame;
  }
  return all;
}

/** A head with fewer activations is not folded to be measured. */
const MANY = 256;

/** Bytes of JSON of a head as it is stored, or more if it has few rows anyway. */
export function storedBytes(head: Head): number {
  return bytesOf(head.activations.length < MANY ? head : foldItems(head));
}

/** Where the input is in a stored list, seen from item 0. */
function neighbourOf(input: Value, index: number): { readonly ref: string; readonly from: number } | undefined {
  if (!('ref' in input) || input.at === undefined || input.bytes !== undefined) return undefined;
  return { ref: input.ref, from: input.at - index };
}

/** Joins neighbours with ascending indexes and equal rows. @param end takes a run that has ended, with its indexes */
function createRuns<Row>(end: (range: string, row: Row) => void) {
  let run: { readonly at: number[]; readonly text: string; readonly row: Row } | undefined;
  const endRun = (): void => {
    if (run) end(runsOf(run.at), run.row);
    run = undefined;
  };
  return {
    add(index: number, row: Row): void {
      const text = JSON.stringify(row);
      if (run?.text === text && index > (run.at.at(-1) ?? index)) run.at.push(index);
      else {
        endRun();
        run = { at: [index], text, row };
      }
    },
    end: endRun,
  };
}

/** Rows share no object, as if they had been stored one by one. */
function copiesOf<Row>(row: Row): () => Row {
  const text = JSON.stringify(row);
  return () => JSON.parse(text) as Row;
}
