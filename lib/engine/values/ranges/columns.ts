/** The indexes and values of the rows of a range: each row has its own. */
import type { Value } from '../../head.ts';
import { indexesOf, runsOf } from '../runs.ts';

/** Indexes in the order of the rows; as text if that is ascending, see `runs.ts`. */
export type Indexes = readonly number[] | string;

export function shortly(indexes: readonly number[]): Indexes {
  const isAscending = indexes.every((index, i) => i === 0 || index > (indexes[i - 1] ?? index));
  return isAscending ? runsOf(indexes) : indexes;
}

export function allOf(at: Indexes): readonly number[] {
  return typeof at === 'string' ? indexesOf(at) : at;
}

/** Values of rows: neighbours in a stored list, or one for each row. */
export interface Column {
  /** The value of item `i` is item `from + i` of this stored list. */
  readonly ref?: string;
  readonly from?: number;
  readonly inputs?: readonly Value[];
}

/** @param rows neighbours, or rows of which none is one */
export function columnOf(rows: readonly { readonly value: Value; readonly index: number }[]): Column {
  const [first] = rows;
  return (first && neighbourOf(first.value, first.index)) ?? { inputs: rows.map(({ value }) => value) };
}

/** @param i position of the row in its range */
export function valueAt({ ref, from = 0, inputs }: Column, index: number, i: number): Value {
  return ref === undefined ? (inputs?.[i] ?? { v: null }) : { ref, at: from + index };
}

export type Neighbour = { readonly ref: string; readonly from: number } | undefined;

/** Where the value is in a stored list, seen from item 0. */
export function neighbourOf(value: Value, index: number): Neighbour {
  if (!('ref' in value) || value.at === undefined || value.bytes !== undefined) return undefined;
  return { ref: value.ref, from: value.at - index };
}

/** Both are in the same place of the same list, or neither is in one. */
export function isSame(one: Neighbour, other: Neighbour): boolean {
  return one?.ref === other?.ref && one?.from === other?.from;
}
