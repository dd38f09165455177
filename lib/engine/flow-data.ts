/**
 * Shared data of a flow, as far as one execution is concerned: its writes wait in the outbox, and writes of any execution of
 * the flow come back as signals.
 */
import { type Graph, listeners } from '../flow/graph.ts';
import { digest, hashId } from '../flow/json.ts';
import type { Answer, FlowDataEvent, StateOperation } from './events.ts';
import type { Head, OutboxRow, ScopeId, SignalEntry } from './head.ts';
import { entriesOf, record } from './ledger.ts';
import { ROOT } from './lifecycle.ts';
import { splitPath } from './state.ts';
import { graphAt, type Turn } from './turn.ts';
import { inline } from './values.ts';

/** A write of shared data under the id by which it is made once. */
export interface SharedWrite {
  readonly id: string;
  readonly operation: StateOperation;
}

/** Keeps writes for what has to be done after the commit. Inside a sub-flow they go to the data of the child's flow. */
export function queueFlowData(turn: Turn, home: ScopeId | undefined, writes: readonly SharedWrite[]): void {
  const { flow } = graphAt(turn, home);
  for (const { id, operation } of writes) {
    const { key } = splitPath(operation.path);
    turn.head.outbox.push({ id, kind: 'flowData', flow, key, operation: inline({ ...operation }) });
  }
}

/** What takes the place of a row that is done: the id of a write is forgotten only after nobody makes it any more. */
export function afterDone(row: OutboxRow): readonly OutboxRow[] {
  if (row.kind !== 'flowData') return [];
  return [{ id: `${row.id}-done`, kind: 'flowDataDone', flow: row.flow, operationId: row.id }];
}

/**
 * A write was made somewhere: what listens here starts from the queue. Once for each operation, and in open executions only.
 */
export function flowDataWritten(turn: Turn, event: FlowDataEvent): Answer {
  const { head, graph } = turn;
  if (head.lifecycle !== 'open' || !hears(graph, event.key)) return { kind: 'ignored' };
  // No id from outside has a colon.
  const id = `flowData:${event.id}`;
  const entries = entriesOf(turn, 'signal', id);
  if (!entries) return { kind: 'unknown' };
  const [first] = entries;
  if (first) return { kind: 'duplicate', entry: first };
  const entry: SignalEntry = { kind: 'signal', id, valueHash: digest(event.value), at: turn.now };
  record(turn, entry);
  const signal = { id: hashId(head.id, 'flowData', event.id), name: event.key, scope: ROOT };
  head.signals.push({ ...signal, source: 'flowData', value: inline(event.value) });
  return { kind: 'accepted', entry };
}

/** Whether something in the flow's own graph listens to a key. */
export function hears(graph: Graph, key: string): boolean {
  return listeners(graph.onFlowData ?? {}, key).length > 0;
}

/** A write of its own that the execution itself listens to is on its way: it is not idle yet. */
export function expectsFlowData(head: Head, graph: Graph): boolean {
  if (head.lifecycle !== 'open') return false;
  return head.outbox.some((row) => row.kind === 'flowData' && row.flow === graph.flow && hears(graph, row.key));
}
