/**
 * Shared data of a flow, as far as one execution is concerned: its writes wait in the outbox, and writes of any execution of
 * the flow come back as signals.
 */
import { FlowError } from '../../errors/errors.ts';
import { type Graph, listeners } from '../../flow/graph/graph.ts';
import { digest, hashId } from '../../flow/json.ts';
import type { Answer, FlowDataEvent, StateOperation } from '../events.ts';
import type { ChildFrame, Head, OutboxRow, Path, ScopeId, SignalEntry, Value } from '../head.ts';
import { entriesOf, record } from '../outside/ledger.ts';
import { ROOT } from '../operators/scopes.ts';
import { splitPath, writeState } from './state-writes.ts';
import { graphAt, type Turn } from '../transition.ts';
import { inline, readValue } from './value-refs.ts';

/** A write of shared data under the id by which it is made once. */
export interface SharedWrite {
  readonly id: string;
  readonly operation: StateOperation;
}

/** Keeps writes for what has to be done after the commit. Inside a sub-flow they stay in the child's own view. */
export function queueFlowData(turn: Turn, path: Path, writes: readonly SharedWrite[]): void {
  const frame = path.home === undefined ? undefined : turn.head.frames[path.home];
  if (frame?.kind === 'child') return writeView(turn, frame, path, writes);
  const { flow } = turn.graph;
  for (const { id, operation } of writes) {
    const { key } = splitPath(operation.path);
    turn.head.outbox.push({ id, kind: 'flowData', flow, key, operation: inline({ ...operation }) });
  }
}

/** A write that has become impossible is refused alone, as in shared data. */
function writeView(turn: Turn, frame: ChildFrame, path: Path, writes: readonly SharedWrite[]): void {
  const { onFlowData = {} } = graphAt(turn, path.home);
  for (const { id, operation } of writes) {
    const view = writtenTo(turn, frame.shared ?? {}, operation);
    if (!view) continue;
    frame.shared = view;
    const { key } = splitPath(operation.path);
    if (listeners(onFlowData, key).length === 0) continue;
    turn.head.signals.push({ id, name: key, source: 'flowData', ...path, value: view[key] ?? inline(null) });
  }
}

function writtenTo(
  turn: Turn,
  data: Readonly<Record<string, Value>>,
  operation: StateOperation,
): Record<string, Value> | undefined {
  const next = { ...data };
  try {
    return writeState(turn, next, [operation]).size > 0 ? next : undefined;
  } catch (error) {
    if (FlowError.is(error)) return undefined;
    throw error;
  }
}

/**
 * What a place of the flow sees of shared data: what is made, then what this execution has committed and nobody has made yet.
 * `undefined` (and a need) while it is not at hand.
 */
export function sharedAt(turn: Turn, home: ScopeId | undefined): Readonly<Record<string, Value>> | undefined {
  const frame = home === undefined ? undefined : turn.head.frames[home];
  if (frame?.kind === 'child') return frame.shared ?? {};
  const { flow } = turn.graph;
  const known = turn.facts.flowData?.get(flow);
  if (!known) {
    turn.needs.flowData.add(flow);
    return undefined;
  }
  const data = Object.entries(known.data).map(([key, value]) => [key, inline(value)] as const);
  let seen: Readonly<Record<string, Value>> = Object.fromEntries(data);
  for (const row of turn.head.outbox) {
    if (row.kind !== 'flowData' || row.flow !== flow || known.made.includes(row.id)) continue;
    const operation = readValue(row.operation, turn.facts.values, turn.needs.values);
    if (operation === undefined) return undefined;
    seen = writtenTo(turn, seen, operation as unknown as StateOperation) ?? seen;
  }
  return seen;
}

/** What takes the place of a row that is done: the id of a write is forgotten only after nobody makes it any more. */
export function afterDone(row: OutboxRow): readonly OutboxRow[] {
  if (row.kind !== 'flowData') return [];
  return [{ id: `${row.id}-done`, kind: 'flowDataDone', flow: row.flow, operationId: row.id }];
}

/**
 * A write was made somewhere: what listens here starts from the queue, once for each operation. A sealed execution hears its
 * own writes only, which it has accepted.
 */
export function flowDataWritten(turn: Turn, event: FlowDataEvent): Answer {
  const { head, graph } = turn;
  const isOwn = hearsItself(head) && head.outbox.some((row) => row.id === event.id);
  if (!(head.lifecycle === 'open' || isOwn) || !hears(graph, event.key)) return { kind: 'ignored' };
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
  if (!hearsItself(head)) return false;
  return head.outbox.some((row) => row.kind === 'flowData' && row.flow === graph.flow && hears(graph, row.key));
}

/** A cancel ends everything at once; a close that cancels waits drains what is accepted. */
function hearsItself({ lifecycle, closing, cancels }: Head): boolean {
  return lifecycle !== 'closed' && (closing !== 'cancelled' || cancels === true);
}
