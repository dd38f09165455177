/** Signals from outside: accepted once by id, never after a seal. */
import { listeners, type Target } from '../flow/graph.ts';
import { digest, hashId } from '../flow/json.ts';
import { dispatch } from './dispatch.ts';
import type { Answer, SignalEvent } from './events.ts';
import type { Head, ScopeId, SignalEntry, Value } from './head.ts';
import { resolveWaiting } from './interrupts.ts';
import { entriesOf, record } from './ledger.ts';
import { addCorrelation, ROOT } from './scopes.ts';
import type { Turn } from './turn.ts';
import { inline } from './values.ts';

export function signal(turn: Turn, event: SignalEvent): Answer {
  const entries = entriesOf(turn, 'signal', event.id);
  if (!entries) return { kind: 'unknown' };
  const valueHash = digest([event.name, event.value, ...(event.correlation === undefined ? [] : [event.correlation])]);
  const [first] = entries;
  if (first) return { kind: first.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: first };
  if (turn.head.lifecycle !== 'open') return { kind: 'ignored' };
  const entry: SignalEntry = { kind: 'signal', id: event.id, valueHash, at: turn.now };
  record(turn, entry);
  const scope = event.correlation === undefined ? ROOT : correlationScope(turn.head, event.correlation);
  if (scope !== ROOT) addCorrelation(turn.head, scope);
  resolveWaiting(turn, event.name, { scope }, inline(event.value));
  const own = hashId(turn.head.id, 'signal', event.id);
  const targets = listeners(turn.graph.on, event.name);
  if (event.correlation === undefined) land(turn, targets, inline(event.value), own);
  else dispatch(turn, targets, inline(event.value), { scope }, own);
  return { kind: 'accepted', entry };
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
