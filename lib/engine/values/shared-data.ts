/**
 * Shared data of a flow, as far as one execution is concerned: its writes wait in the outbox, and writes of any execution of
 * the flow come back as signals.
 */
import { FlowError } from '../../errors/errors.ts';
import { type Graph, listeners } from '../../flow/graph/graph.ts';

import type { StateOperation } from '../events.ts';
import type { ChildFrame, Head, Origin, OutboxRow, ScopeId, Value } from '../head.ts';

import { graphAt, type Transition } from '../transition.ts';
import { splitPath, writeState } from './state-writes.ts';
import { literal, readValue } from './value-refs.ts';

/** A write of shared data under the id by which it is made once. */
export interface SharedWrite {
  readonly id: string;
  readonly operation: StateOperation;
}

/** Keeps writes for what has to be done after the commit. Inside a sub-flow they stay in the child's own view. */
export function queueFlowData(transition: Transition, path: Origin, writes: readonly SharedWrite[]): void {
  const frame = path.home === undefined ? undefined : transition.head.frames[path.home];
  if (frame?.kind === 'child') return writeView(transition, frame, path, writes);
  const { flow } = transition.graph;
  for (const { id, operation } of writes) {
    const { key } = splitPath(operation.path);
    transition.head.outbox.push({ id, kind: 'flowData', flow, key, operation: literal({ ...operation }) });
  }
}

/** A write that has become impossible is refused alone, as in shared data. */
function writeView(transition: Transition, frame: ChildFrame, path: Origin, writes: readonly SharedWrite[]): void {
  const { onFlowData = {} } = graphAt(transition, path.home);
  for (const { id, operation } of writes) {
    const view = writtenTo(transition, frame.shared ?? {}, operation);
    if (!view) continue;
    frame.shared = view;
    const { key } = splitPath(operation.path);
    if (listeners(onFlowData, key).length === 0) continue;
    transition.head.signals.push({ id, name: key, source: 'flowData', ...path, value: view[key] ?? literal(null) });
  }
}

function writtenTo(
  transition: Transition,
  data: Readonly<Record<string, Value>>,
  operation: StateOperation,
): Record<string, Value> | undefined {
  const next = { ...data };
  try {
    return writeState(transition, next, [operation]).size > 0 ? next : undefined;
  } catch (error) {
    if (FlowError.is(error)) return undefined;
    throw error;
  }
}

/**
 * What a place of the flow sees of shared data: what is made, then what this execution has committed and nobody has made yet.
 * `undefined` (and a need) while it is not at hand.
 */
export function sharedAt(
  transition: Transition,
  home: ScopeId | undefined,
): Readonly<Record<string, Value>> | undefined {
  const frame = home === undefined ? undefined : transition.head.frames[home];
  if (frame?.kind === 'child') return frame.shared ?? {};
  const { flow } = transition.graph;
  const known = transition.lookups.flowData?.get(flow);
  if (!known) {
    transition.missing.flowData.add(flow);
    return undefined;
  }
  const data = Object.entries(known.data).map(([key, value]) => [key, literal(value)] as const);
  let seen: Readonly<Record<string, Value>> = Object.fromEntries(data);
  for (const row of transition.head.outbox) {
    if (row.kind !== 'flowData' || row.flow !== flow || known.made.includes(row.id)) continue;
    const operation = readValue(row.operation, transition.lookups.values, transition.missing.values);
    if (operation === undefined) return undefined;
    seen = writtenTo(transition, seen, operation as unknown as StateOperation) ?? seen;
  }
  return seen;
}

/** What takes the place of a row that is done: the id of a write is forgotten only after nobody makes it any more. */
export function afterDone(row: OutboxRow): readonly OutboxRow[] {
  if (row.kind !== 'flowData') return [];
  return [{ id: `${row.id}-done`, kind: 'flowDataDone', flow: row.flow, operationId: row.id }];
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
export function hearsItself({ lifecycle, closing, cancels }: Head): boolean {
  return lifecycle !== 'closed' && (closing !== 'cancelled' || cancels === true);
}
