/** Notifications of shared-data writes, by this or another execution of the flow. */
import { digest, hashId } from '../../flow/json.ts';
import type { Answer, FlowDataEvent } from '../events.ts';
import type { SignalEntry } from '../head.ts';
import { note } from '../history/records.ts';
import { ROOT } from '../origin.ts';
import type { Transition } from '../transition.ts';
import { hears, observesOwnWrites } from '../values/shared-data.ts';
import { literal } from '../values/value-refs.ts';
import { entriesOf, record } from './ledger.ts';

/**
 * Queues a signal for the listeners of the written key, once per operation. A sealed execution accepts only its own
 * writes.
 */
export function flowDataWritten(transition: Transition, event: FlowDataEvent): Answer {
  const { head, graph } = transition;
  const isOwn = observesOwnWrites(head) && head.outbox.some((row) => row.id === event.id);
  if (!(head.lifecycle === 'open' || isOwn) || !hears(graph, event.key)) return { kind: 'ignored' };
  const id = `flowData:${event.id}`;
  const entries = entriesOf(transition, 'signal', id);
  if (!entries) return { kind: 'unknown' };
  const [first] = entries;
  if (first) return { kind: 'duplicate', entry: first };
  const entry: SignalEntry = { kind: 'signal', id, valueHash: digest(event.value), at: transition.now };
  record(transition, entry);
  const value = literal(event.value);
  note(transition, 'signal_accepted', { signal: event.key, source: 'flowData', value, by: 'host' });
  const signal = { id: hashId(head.id, 'flowData', event.id), name: event.key, scope: ROOT };
  head.signals.push({ ...signal, source: 'flowData', value: literal(event.value) });
  return { kind: 'accepted', entry };
}
