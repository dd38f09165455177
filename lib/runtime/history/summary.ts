/** Summaries of records: what happened at each node, and how much in each minute. */
import type { HistoryRecord } from '../../engine/history/records.ts';
import type { Json } from '../../flow/json.ts';

/** Upper ends of the classes of durations (ms); the last class is open. */
export const CLASSES = [10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000] as const;
const MINUTE = 60_000;
/** Most messages of errors per node, and most characters of one. */
const MESSAGES = 10;
const MESSAGE = 200;
const OTHERS = '…';

const COUNTS = {
  attempt_started: 'started',
  attempt_succeeded: 'succeeded',
  attempt_failed: 'failed',
  attempt_vanished: 'vanished',
  attempt_aborted: 'aborted',
  waiting: 'waiting',
} as const;

/** The counts of a minute, in order. */
const COLUMNS: readonly Count[] = ['started', 'succeeded', 'failed'];

type Count = (typeof COUNTS)[keyof typeof COUNTS];

export interface NodeSummary extends Partial<Record<Count, number>> {
  node?: string;
  path?: readonly string[];
  chunk?: string;
  errors?: Record<string, number>;
  /** Attempts by the class of their duration. */
  ms?: Record<string, number>;
  totalMs?: number;
}

export interface Summary {
  /** By path and node. */
  readonly nodes: Record<string, NodeSummary>;
  /** Attempts that started, succeeded and failed, by minutes since the epoch. */
  readonly minutes: Record<string, [started: number, succeeded: number, failed: number]>;
  records: number;
}

export function emptySummary(): Summary {
  return { nodes: {}, minutes: {}, records: 0 };
}

export function summarize(records: readonly HistoryRecord[], summary = emptySummary()): Summary {
  for (const record of records) add(summary, record);
  return summary;
}

/** Most nodes for which a block has a summary; with more it would be as long as the records. */
const NODES = 8;

export function summaryOf(records: readonly HistoryRecord[]): Json {
  const summary = summarize(records);
  return Object.keys(summary.nodes).length > NODES ? null : (summary as unknown as Json);
}

/** Adds a stored summary to another one. */
export function merge(into: Summary, stored: Json): void {
  const { nodes, minutes, records } = stored as unknown as Summary;
  into.records += records;
  for (const [key, of] of Object.entries(nodes)) {
    const { node, path, chunk, errors = {}, ms = {}, totalMs = 0, ...counts } = of;
    into.nodes[key] ??= { ...(node && { node }), ...(path && { path }), ...(chunk && { chunk }) };
    const own = into.nodes[key];
    for (const [name, count] of Object.entries(counts)) own[name as Count] = (own[name as Count] ?? 0) + count;
    for (const [message, count] of Object.entries(errors)) countError(own, message, count);
    for (const [name, count] of Object.entries(ms)) own.ms = { ...own.ms, [name]: (own.ms?.[name] ?? 0) + count };
    if (totalMs > 0) own.totalMs = (own.totalMs ?? 0) + totalMs;
  }
  for (const [minute, counts] of Object.entries(minutes)) {
    const own = into.minutes[minute] ?? [0, 0, 0];
    into.minutes[minute] = [own[0] + counts[0], own[1] + counts[1], own[2] + counts[2]];
  }
}

function add(summary: Summary, { type, at, node, path = [], chunk, error, ms }: HistoryRecord): void {
  summary.records += 1;
  if (!(type in COUNTS) || node === undefined) return;
  const what = COUNTS[type as keyof typeof COUNTS];
  const key = [...path, node].join('/');
  summary.nodes[key] ??= { node, ...(path.length > 0 ? { path } : {}), ...(chunk === undefined ? {} : { chunk }) };
  const own = summary.nodes[key];
  own[what] = (own[what] ?? 0) + 1;
  if (error) countError(own, error.message.slice(0, MESSAGE), 1);
  if (ms !== undefined && what !== 'started') {
    const found = CLASSES.findIndex((end) => ms < end);
    const name = String(found < 0 ? CLASSES.length : found);
    own.ms ??= {};
    own.ms[name] = (own.ms[name] ?? 0) + 1;
    own.totalMs = (own.totalMs ?? 0) + ms;
  }
  const column = COLUMNS.indexOf(what);
  if (column < 0) return;
  const minute = String(Math.floor(at / MINUTE));
  const counts = summary.minutes[minute] ?? [0, 0, 0];
  summary.minutes[minute] = counts;
  counts[column] = (counts[column] ?? 0) + 1;
}

function countError(own: NodeSummary, message: string, count: number): void {
  const errors = own.errors ?? {};
  const isKnown = Object.hasOwn(errors, message) || Object.keys(errors).length < MESSAGES;
  const key = isKnown ? message : OTHERS;
  own.errors = { ...errors, [key]: (Object.hasOwn(errors, key) ? (errors[key] ?? 0) : 0) + count };
}
