/**
 * Shared data of a flow as one execution sees it. Its writes wait in the outbox; writes of all executions return as
 * signals.
 */
import { FlowError } from '../../errors/errors.ts';
import { type Graph, listeners } from '../../flow/graph/graph.ts';

import type { StateOperation } from '../events.ts';
import type { ChildFrame, Head, Origin, OutboxRow, ScopeId, Value } from '../head.ts';

import { graphAt, type Transition } from '../transition.ts';
import { splitPath, writeState } from './state-writes.ts';
import { literal, readValue } from './value-refs.ts';

/** A write of shared data, and the id by which it is applied once. */
export interface SharedWrite {
  readonly id: string;
  readonly operation: StateOperation;
}

/** Queues writes in the outbox. Inside a sub-flow they change only the sub-flow's view. */
export function queueFlowData(transition: Transition, origin: Origin, writes: readonly SharedWrite[]): void {
  const frame = origin.home === undefined ? undefined : transition.head.frames[origin.home];
  if (frame?.kind === 'child') return writeView(transition, frame, origin, writes);
  const { flow } = transition.graph;
  for (const { id, operation } of writes) {
    const { key } = splitPath(operation.path);
    transition.head.outbox.push({ id, kind: 'flowData', flow, key, operation: literal({ ...operation }) });
  }
}

/** A write that became impossible is skipped alone, as in shared data itself. */
function writeView(transition: Transition, frame: ChildFrame, origin: Origin, writes: readonly SharedWrite[]): void {
  const { onFlowData = {} } = graphAt(transition, origin.home);
  for (const { id, operation } of writes) {
    const view = writtenTo(transition, frame.shared ?? {}, operation);
    if (!view) continue;
    frame.shared = view;
    const { key } = splitPath(operation.path);
    if (listeners(onFlowData, key).length === 0) continue;
    transition.head.signals.push({ id, name: key, source: 'flowData', ...origin, value: view[key] ?? literal(null) });
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
 * The shared data that a sub-flow or the flow sees: applied writes, then this execution's committed writes that are
 * still in the outbox. `undefined` while a lookup is missing.
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

/** The row that replaces a finished one. The shared data may delete the id of a write only once no retry needs it. */
export function afterDone(row: OutboxRow): readonly OutboxRow[] {
  if (row.kind !== 'flowData') return [];
  return [{ id: `${row.id}-done`, kind: 'flowDataDone', flow: row.flow, operationId: row.id }];
}

/** True when the flow's own graph listens to the key. */
export function hears(graph: Graph, key: string): boolean {
  return listeners(graph.onFlowData ?? {}, key).length > 0;
}

/** True while the execution waits for the notification of its own write: it is not idle yet. */
export function expectsFlowData(head: Head, graph: Graph): boolean {
  if (!observesOwnWrites(head)) return false;
  return head.outbox.some((row) => row.kind === 'flowData' && row.flow === graph.flow && hears(graph, row.key));
}

/** True unless the execution is closed or cancelled. A close that only cancels waits still drains accepted writes. */
export function observesOwnWrites({ lifecycle, closing, cancels }: Head): boolean {
  return lifecycle !== 'closed' && (closing !== 'cancelled' || cancels === true);
}
