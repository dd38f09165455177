/** Signals from outside: accepted once by id, and only while the execution is open. */

import { defined } from '../../defined.ts';
import { listeners, type Target } from '../../flow/graph/graph.ts';
import { digest, hashId } from '../../flow/json.ts';
import type { Answer, SignalEvent } from '../events.ts';
import { addCorrelation } from '../frames/scopes.ts';
import type { Head, QueuedSignal, ScopeId, SignalEntry, Value } from '../head.ts';
import { note } from '../history/records.ts';
import { dispatch, operatorOf } from '../moves.ts';
import { ROOT } from '../origin.ts';
import type { Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import { attributionOf } from './attribution.ts';
import { resolveWaiting } from './interrupts.ts';
import { entriesOf, record } from './ledger.ts';

/** The id in the ledger. Ids with a colon get a prefix, because `write:…` and `flowData:…` are keys of other events. */
export function ledgerIdOf({ id }: Pick<SignalEvent, 'id'>): string {
  return id.includes(':') ? `signal:${id}` : id;
}

/** The answer to a signal whose id is in the ledger. @param entries those of its id */
export function answerToRepeat([first]: readonly SignalEntry[], event: SignalEvent): Answer | undefined {
  return first && { kind: first.valueHash === hashOf(event) ? 'duplicate' : 'mismatch', entry: first };
}

function hashOf({ name, value, correlation }: SignalEvent): string {
  return digest([name, value, ...(correlation === undefined ? [] : [correlation])]);
}

export function signal(transition: Transition, event: SignalEvent): Answer {
  const key = ledgerIdOf(event);
  const entries = entriesOf(transition, 'signal', key);
  if (!entries) return { kind: 'unknown' };
  const known = answerToRepeat(entries, event);
  if (known) return known;
  if (transition.head.lifecycle !== 'open') return { kind: 'ignored' };
  const by = attributionOf(event);
  const entry: SignalEntry = { kind: 'signal', id: key, valueHash: hashOf(event), at: transition.now, ...by };
  record(transition, entry);
  const { id, name, value, correlation } = event;
  const scope = correlation === undefined ? ROOT : correlationScope(transition.head, correlation);
  if (scope !== ROOT) addCorrelation(transition.head, scope);
  const facts = { signal: name, signalId: id, value: literal(value), ...defined({ correlation }) };
  note(transition, 'signal_accepted', { ...facts, by: 'host', ...by });
  resolveWaiting(transition, name, { scope }, literal(value));
  const row: QueuedSignal = {
    id: hashId(transition.head.id, 'signal', id),
    name,
    scope,
    outside: true,
    value: literal(value),
  };
  if (!event.isHeld) startFromOutside(transition, row);
  else if (listeners(transition.graph.on, name).length > 0) transition.head.signals.push(row);
  return { kind: 'accepted', entry };
}

/** Starts the listeners of an outside signal. */
export function startFromOutside(transition: Transition, { id, name, scope, value }: QueuedSignal): void {
  const targets = listeners(transition.graph.on, name);
  if (scope === ROOT) deliverFromOutside(transition, targets, value, id);
  else dispatch(transition, targets, value, { scope }, id);
}

/** A copy uses the scopes of the execution that it was copied from. */
function correlationScope({ id, correlatedBy = id }: Head, correlation: string): ScopeId {
  return hashId(correlatedBy, 'correlation', correlation);
}

/**
 * Sends an outside value to its targets. Joins get it in the root scope, where the start chain emits. Chunks get it in
 * a new scope, so that two outside signals never mix.
 */
export function deliverFromOutside(
  transition: Transition,
  targets: readonly Target[],
  value: Value,
  own: string,
): void {
  for (const target of targets)
    dispatch(transition, [target], value, { scope: isJoin(transition, target) ? ROOT : own }, own);
}

/** True when a value at the target waits for others. An `or` does not wait: it starts a chain at every signal. */
function isJoin(transition: Transition, target: Target): boolean {
  if ('collect' in target) return true;
  const node = 'join' in target ? transition.graph.nodes[target.join] : undefined;
  return node !== undefined && operatorOf(transition, node).waits?.(node) === true;
}
