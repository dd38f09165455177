/** Compares which chunks ran with which input, and their order where all recorded schedules agree. */
import { canon, type Expectation, isObject, type Json, type Run } from '../format.ts';

/** @param loose lists inside inputs compare as multisets */
export function compareRuns({ runs }: Expectation, seen: readonly Run[], loose: boolean): readonly string[] {
  const label = (chunk: string, input: Json) => `${chunk} ${canon(loose ? sortLists(input) : input)}`;
  const labelOf = (run: Run) => label(run.chunk, run.input);
  const wanted = runs.sequence.map(([chunk, input]) => label(chunk, input));
  const inOrder = seen.toSorted((a, b) => a.start - b.start);
  const got = inOrder.map(labelOf);
  if (canon(wanted.toSorted()) !== canon(got.toSorted())) return [`/runs: expected ${canon(wanted)} got ${canon(got)}`];
  if (runs.ordering === 'total') {
    if (canon(wanted) !== canon(got)) return [`/runs order: expected ${canon(wanted)} got ${canon(got)}`];
    return inOrder.flatMap((run, i) => {
      const before = inOrder[i - 1];
      return before && (before.end ?? Infinity) > run.start ? [`/runs overlap: ${before.chunk} / ${run.chunk}`] : [];
    });
  }
  const relabel = (text: string) => {
    const end = text.indexOf(' ');
    return label(text.slice(0, end), JSON.parse(text.slice(end + 1)) as Json);
  };
  return (runs.happens_before ?? []).flatMap(([before, after]) => {
    const ends = seen.filter((run) => labelOf(run) === relabel(before)).map((run) => run.end ?? Infinity);
    const starts = seen.filter((run) => labelOf(run) === relabel(after)).map((run) => run.start);
    return Math.max(...ends) < Math.min(...starts) ? [] : [`/runs: ${before} must end before ${after}`];
  });
}

function sortLists(value: Json): Json {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map(sortLists);
    return items.toSorted((a, b) => (canon(a) < canon(b) ? -1 : 1));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sortLists(member)]));
}
