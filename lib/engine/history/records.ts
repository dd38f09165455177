/** History: the record of what happened in an execution. Nothing is decided by it. */
import { defined } from '../../defined.ts';
import type { NodeId } from '../../flow/graph/graph.ts';
import type { ErrorInfo } from '../events.ts';
import type { Activation, Head, Origin, ScopeId, Value } from '../head.ts';
import type { Attribution } from '../outside/attribution.ts';
import { graphAt, type Transition } from '../transition.ts';
import { type Began, type Change, endChanges } from './changes.ts';
import { type HistoryType, withStubs } from './stubs.ts';

export type { HistoryType } from './stubs.ts';

/** What happened, and when. Which fields it has depends on its type. */
export interface HistoryRecord extends Attribution, Place {
  /** Position in the history of the execution, from 1. */
  seq: number;
  /** Milliseconds; never before the record with the previous `seq`. */
  at: number;
  type: HistoryType;
  /** Nodes that got its value: those that it entered or whose slot it filled. */
  next?: NodeId[];
  /** The worker that held it vanished: its values are unknown, and `activationId` is only the beginning of the id. */
  lost?: true;
  attempt?: number;
  /** How long the attempt took. */
  ms?: number;
  /** When the attempt could have begun. */
  dueAt?: number;
  /** When the next attempt begins. Absent after a failure: there is none. */
  nextAt?: number;
  until?: number;
  startAt?: number;
  /** The schedule that started it. */
  schedule?: string;
  input?: Value | Cut;
  output?: Value | Cut;
  value?: Value | Cut;
  /** Keys of the state that the attempt wrote. */
  state?: string[];
  error?: Pick<ErrorInfo, 'name' | 'message' | 'code'> & { chunk?: string };
  how?: 'skipped' | 'handled' | 'collected';
  reason?: string;
  interruptId?: string;
  generation?: number;
  /** Type of a wait. */
  wait?: string;
  expiresAt?: number;
  event?: string;
  requestId?: string;
  signal?: string;
  signalId?: string;
  correlation?: string;
  source?: 'state' | 'flowData';
  by?: 'host' | 'chunk';
  scope?: ScopeId;
  /** Of an operator. */
  kind?: 'list' | 'branches' | 'subFlow';
  have?: string[];
  count?: number;
  failed?: number;
  action?: string;
  version?: number;
  author?: string;
  consumer?: string;
  key?: string;
  limit?: number | null;
  redriveId?: string;
  /** The execution that this one was copied from. */
  from?: string;
  /** The execution that was copied from this one. */
  to?: string;
  /** Changes of the state and of joins since the record before. They are never shown. */
  changes?: Change[];
  /** Number of the newest change when the activation began. Absent: it cannot be rerun from here. */
  base?: number;
  /** Absent: as at the start of the flow. */
  began?: Began;
  status?: 'completed' | 'failed' | 'cancelled';
}

/** A value too large for a record: the beginning of its JSON text, and the stored value with all of it. */
export interface Cut {
  cut: string;
  bytes: number;
  /** Absent: only the beginning is known. */
  ref?: string;
  /** What is stored is no JSON but a `Value` that names its parts. */
  isValue?: true;
}

/** Where in the graph it happened. */
interface Place {
  /** Id of the node in its own graph; name of a collection. */
  node?: NodeId;
  /** Nodes of the sub-flows around it, outermost first. */
  path?: NodeId[];
  chunk?: string;
  activationId?: string;
  items?: string;
}

type Facts = Omit<HistoryRecord, 'seq' | 'at' | 'type' | 'next' | 'lost'>;

/** They have no value to send on. */
const ASIDE: ReadonlySet<HistoryType> = new Set<HistoryType>([
  'intervention',
  'sleeping',
  'waiting',
  'withdrawn',
  'closed',
]);

/** Notes what happened. Values that are sent on afterwards are noted as given by this record. */
export function note(transition: Transition, type: HistoryType, facts: Facts = {}): HistoryRecord | undefined {
  const { head, records, now } = transition;
  if (head.options.history === 'off') return undefined;
  const record =
    head.options.history === 'times' ? withoutValues(facts, type, now) : { seq: 0, at: now, type, ...facts };
  records.push(record);
  if (!ASIDE.has(type)) transition.giver = record;
  return record;
}

function withoutValues(given: Facts, type: HistoryType, at: number): HistoryRecord {
  // A copy that leaves members out costs several times a plain one.
  if (!('input' in given || 'output' in given || 'value' in given)) return { seq: 0, at, type, ...given };
  const { input: _, output: __, value: ___, ...facts } = given;
  return { seq: 0, at, type, ...facts };
}

/** The values for a record, unless its history keeps none. */
export function valuesFor<F extends Pick<Facts, 'input' | 'output'>>(
  { head }: Pick<Transition, 'head'>,
  values: F,
): Partial<F> {
  return head.options.history === undefined ? values : {};
}

/** Notes that the record that gave the current value gave it to this node. */
export function noteNext({ giver }: Transition, node: NodeId): void {
  if (!giver) return;
  giver.next ??= [];
  if (!giver.next.includes(node)) giver.next.push(node);
}

/** The place of a row of the head. */
export function placeOf(
  { graph, head }: Pick<Transition, 'graph' | 'head'>,
  row: Origin & Pick<Activation, 'node'>,
  activationId?: string,
): Place {
  const node = graphAt({ graph, head }, row.home).nodes[row.node];
  const path = pathOf(head, row.home);
  return {
    node: row.node,
    ...(path.length > 0 ? { path } : {}),
    ...(node?.kind === 'chunk' ? { chunk: node.chunk } : {}),
    ...defined({ activationId, items: row.items }),
  };
}

/** The nodes of the sub-flows around a scope, outermost first. */
export function pathOf(head: Head, home: ScopeId | undefined): NodeId[] {
  const path: NodeId[] = [];
  for (let at = home; at !== undefined; at = head.frames[at]?.parent.home) {
    const node = head.frames[at]?.node;
    if (node !== undefined) path.unshift(node);
  }
  return path;
}

/** The error without what a history does not show. */
export function errorOf({ name, message, code }: ErrorInfo): NonNullable<HistoryRecord['error']> {
  return { name, message, ...(code === undefined ? {} : { code }) };
}

/** Numbers the records of a transition and leaves their stubs in the head. Times never go back. */
export function keepHistory(transition: Transition): readonly HistoryRecord[] {
  const { graph, head, records, recorded } = transition;
  const w = endChanges(transition);
  if (records.length === 0 && recorded.size === 0 && (!head.history || head.history.w === w)) return [];
  const { n = 0, at = 0 } = head.history ?? {};
  let last = at;
  records.forEach((record, i) => {
    last = Math.max(last, record.at);
    record.at = last;
    record.seq = n + i + 1;
  });
  const stubs = withStubs(graph, head.history, records, recorded);
  head.history = { n: n + records.length, at: last, ...(stubs === '' ? {} : { stubs }), ...defined({ w }) };
  return records;
}
