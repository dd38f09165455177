/** Signals from outside: accepted once by id, never after a seal. */
import { listeners, type Target } from '../../flow/graph/graph.ts';
import { digest, hashId } from '../../flow/json.ts';
import { dispatch } from '../dispatch.ts';
import type { Answer, SignalEvent } from '../events.ts';
import type { Head, QueuedSignal, ScopeId, SignalEntry, Value } from '../head.ts';
import { resolveWaiting } from './interrupts.ts';
import { entriesOf, record } from './ledger.ts';
import { addCorrelation, ROOT } from '../operators/scopes.ts';
import type { Turn } from '../transition.ts';
import { inline } from '../values/value-refs.ts';

/** What a host writes and what shared data says have keys with a colon, too: `write:…`, `flowData:…`. */
function keyOf(id: string): string {
  return id.includes(':') ? `signal:${id}` : id;
}

export function signal(turn: Turn, event: SignalEvent): Answer {
  const key = keyOf(event.id);
  const entries = entriesOf(turn, 'signal', key);
  if (!entries) return { kind: 'unknown' };
  const valueHash = digest([event.name, event.value, ...(event.correlation === undefined ? [] : [event.correlation])]);
  const [first] = entries;
  if (first) return { kind: first.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: first };
  if (turn.head.lifecycle !== 'open') return { kind: 'ignored' };
  const entry: SignalEntry = { kind: 'signal', id: key, valueHash, at: turn.now };
  record(turn, entry);
  const { id, name, value, correlation } = event;
  const scope = correlation === undefined ? ROOT : correlationScope(turn.head, correlation);
  if (scope !== ROOT) addCorrelation(turn.head, scope);
  resolveWaiting(turn, name, { scope }, inline(value));
  const row: QueuedSignal = {
    id: hashId(turn.head.id, 'signal', id),
    name,
    scope,
    outside: true,
    value: inline(value),
  };
  if (!event.isHeld) startFromOutside(turn, row);
  else if (listeners(turn.graph.on, name).length > 0) turn.head.signals.push(row);
  return { kind: 'accepted', entry };
}

/** Starts what listens to a signal from outside. */
export function startFromOutside(turn: Turn, { id, name, scope, value }: QueuedSignal): void {
  const targets = listeners(turn.graph.on, name);
  if (scope === ROOT) land(turn, targets, value, id);
  else dispatch(turn, targets, value, { scope }, id);
}

/** A copy keeps the scopes of the execution that it was copied from. */
function correlationScope({ id, correlatedBy = id }: Head, correlation: string): ScopeId {
  return hashId(correlatedBy, 'correlation', correlation);
}

/**
 * Joins see what comes from outside in the root scope, where it meets what the start chain emits. A chain it starts has a
 * scope of its own, so that two outside signals never mix.
 */
export function land(turn: Turn, targets: readonly Target[], value: Value, own: string): void {
  for (const target of targets) dispatch(turn, [target], value, { scope: meets(turn, target) ? ROOT : own }, own);
}

/** Whether something is waited for there: not in an `or`, which starts a chain at every signal. */
function meets({ graph }: Turn, target: Target): boolean {
  if ('collect' in target) return true;
  const node = 'join' in target ? graph.nodes[target.join] : undefined;
  return node?.kind === 'join' && node.mode !== 'or';
}
