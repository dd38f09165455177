/** What has happened at each box, counted from history records. The API's summary has the same shape for long histories. */
import { type At, boxOf, type HistorySummary, type Item, type NodeSummary } from '../api/history.ts';
import { createFold } from './fold.ts';

export interface Activity {
  /** By box. */
  readonly nodes: Readonly<Record<string, NodeSummary>>;
  /** Times of signals that were accepted, by name. */
  readonly signals: Readonly<Record<string, string>>;
  /** Boxes of joins that have fired. */
  readonly joined: ReadonlySet<string>;
  /** True: the counts are those of a summary, and not all records are here. */
  readonly isCounted?: boolean;
  /** Lists and branches that have ended, by box. */
  readonly ended: Readonly<Record<string, { readonly count: number; readonly failed: number }>>;
}

export const NOTHING: Activity = { nodes: {}, signals: {}, joined: new Set(), ended: {} };

type Counter = { -readonly [Key in keyof NodeSummary]: NodeSummary[Key] } & { totalMs: number };

interface Counted {
  readonly nodes: Record<string, Counter>;
  readonly signals: Record<string, string>;
  readonly joined: Set<string>;
  readonly ended: Record<string, { count: number; failed: number }>;
}

export type ReadActivity = (items: readonly Item[], summary?: HistorySummary) => Activity;

/**
 * Counts the records of an execution; each call walks only those that are new at the end.
 * `summary`: counts of nodes, in place of those of the records, where not all records are here.
 */
export function createActivity(): ReadActivity {
  const fold = createFold<Item, Counted>(() => ({ nodes: {}, signals: {}, joined: new Set(), ended: {} }), take);
  return (items, summary) => {
    const counted = fold(items);
    return { ...counted, nodes: summary ? byBox(summary) : counted.nodes, isCounted: summary !== undefined };
  };
}

export function activityOf(items: readonly Item[], summary?: HistorySummary): Activity {
  return createActivity()(items, summary);
}

function take({ nodes, signals, joined, ended }: Counted, item: Item): void {
  const { node, path, type } = item;
  if (item.signal !== undefined && type.startsWith('signal_')) signals[item.signal] ??= item.at;
  if (node === undefined) return;
  const at: At = { node, ...(path === undefined ? {} : { path }) };
  const box = boxOf(at);
  if (type === 'joined') joined.add(box);
  if (type === 'items_done') ended[box] = { count: item.count ?? 0, failed: item.failed ?? 0 };
  if (item.activationId === undefined) return;
  nodes[box] ??= { ...at, started: 0, succeeded: 0, failed: 0, waiting: 0, totalMs: 0 };
  count(nodes[box], item);
}

function count(counter: Counter, { type, attempt, ms, nextAt }: Item): void {
  counter.totalMs += ms ?? 0;
  if (type === 'attempt_started' && (attempt ?? 1) === 1) counter.started += 1;
  if (type === 'attempt_succeeded' || type === 'answered') counter.succeeded += 1;
  if (type === 'attempt_failed' && nextAt === undefined) counter.failed += 1;
  if (type === 'waiting') counter.waiting = (counter.waiting ?? 0) + 1;
}

function byBox({ nodes }: HistorySummary): Record<string, NodeSummary> {
  return Object.fromEntries(Object.values(nodes).map((each) => [boxOf(each), each]));
}
