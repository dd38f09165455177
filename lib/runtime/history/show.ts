/** Shows records and summaries to callers. */
import type { HistoryRecord } from '../../engine/history/records.ts';
import type { Json } from '../../flow/json.ts';
import { iso } from '../app/checks/times.ts';
import { CLASSES, type NodeSummary, type Summary } from './summary.ts';
import { show, VALUE_FIELDS } from './values.ts';
import type { HistoryItem, HistorySummary, NodeHistory } from './views.ts';

const TIMES = ['dueAt', 'nextAt', 'until', 'startAt', 'expiresAt'] as const;
const MINUTE = 60_000;

/** Where all of a value is, for `readValue`. */
function valuePath(seq: number, name: (typeof VALUE_FIELDS)[number]): string {
  return `history.${seq}.${name}`;
}

/** @param loaded stored values by reference */
export function toItem(record: HistoryRecord, loaded: ReadonlyMap<string, Json>): HistoryItem {
  const { at, dueAt, nextAt, until, startAt, expiresAt, input, output, value, changes, base, began, ...rest } = record;
  const times = TIMES.flatMap((name) => {
    const time = record[name];
    return time === undefined ? [] : [[name, iso(time)] as const];
  });
  const values = VALUE_FIELDS.flatMap((name) => {
    const kept = record[name];
    if (!kept) return [];
    const shown = show(kept, loaded);
    const where = shown.cut && { path: valuePath(record.seq, name), ...shown.cut };
    return [[name, shown.value] as const, ...(where ? [[`${name}Ref`, where] as const] : [])];
  });
  const rerun = base === undefined ? {} : { rerun: true as const };
  return { ...rest, ...rerun, at: iso(at), ...Object.fromEntries<unknown>([...times, ...values]) };
}

export function summaryView({ nodes, minutes, records }: Summary, cursor: number, ended: boolean): HistorySummary {
  return {
    nodes: Object.fromEntries(Object.entries(nodes).map(([key, of]) => [key, nodeView(key, of)])),
    minutes: Object.fromEntries(
      Object.entries(minutes)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([minute, [started, succeeded, failed]]) => [
          iso(Number(minute) * MINUTE),
          { started, succeeded, failed },
        ]),
    ),
    records,
    cursor,
    ended,
  };
}

function nodeView(
  key: string,
  { node = key, path, chunk, ms = {}, errors = {}, totalMs = 0, ...counts }: NodeSummary,
): NodeHistory {
  const none = { started: 0, succeeded: 0, failed: 0, vanished: 0, aborted: 0, waiting: 0 };
  return {
    node,
    ...(path ? { path } : {}),
    ...(chunk === undefined ? {} : { chunk }),
    ...none,
    ...counts,
    errors,
    ms: Array.from({ length: CLASSES.length + 1 }, (_, i) => ms[i] ?? 0),
    totalMs,
  };
}
