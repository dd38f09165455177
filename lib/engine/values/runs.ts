/** Sets of indexes as text: `0-63,70`. Ascending, without overlaps. */

type Run = readonly [first: number, last: number];

/** A set that is read often. */
export type Runs = readonly Run[];

export function parseRuns(runs: string): Runs {
  if (runs === '') return [];
  return runs.split(',').map((run) => {
    const [first = 0, last = first] = run.split('-').map(Number);
    return [first, last];
  });
}

function print(runs: readonly Run[]): string {
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

function merge(runs: readonly Run[]): Run[] {
  const merged: [number, number][] = [];
  for (const [first, last] of runs) {
    const before = merged.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** @param indexes in ascending order */
export function runsOf(indexes: readonly number[]): string {
  return print(merge(indexes.map((index) => [index, index])));
}

export function union(one: string, other: string): string {
  const all = [...parseRuns(one), ...parseRuns(other)].sort(([a], [b]) => a - b);
  return print(merge(all));
}

export function without(runs: string, index: number): string {
  return runsOf(indexesOf(runs).filter((each) => each !== index));
}

export function countOf(runs: string): number {
  return parseRuns(runs).reduce((count, [first, last]) => count + last - first + 1, 0);
}

export function indexesOf(runs: string): number[] {
  return parseRuns(runs).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
}

/** The least and the greatest index of a set that is not empty. */
export function endsOf(runs: string): { readonly first: number; readonly last: number } {
  const newest = Math.max(runs.lastIndexOf(','), runs.lastIndexOf('-')) + 1;
  return { first: Number.parseInt(runs, 10), last: Number(runs.slice(newest)) };
}

/** The index at a position of the set; `undefined`: the set has fewer. */
export function nthOf(runs: Runs, position: number): number | undefined {
  let left = position;
  for (const [first, last] of runs) {
    if (left <= last - first) return first + left;
    left -= last - first + 1;
  }
  return undefined;
}

/** How many indexes of the set come before `index`; `undefined`: the set does not contain it. */
export function rankOf(runs: string, index: number): number | undefined {
  let before = 0;
  for (const [first, last] of parseRuns(runs)) {
    if (index < first) return undefined;
    if (index <= last) return before + index - first;
    before += last - first + 1;
  }
  return undefined;
}
