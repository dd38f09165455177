/** Events of a host besides signals and answers: state writes, the concurrency limit and requirements. */
import { FlowError } from '../../errors/errors.ts';
import { listeners } from '../../flow/graph/graph.ts';
import { digest, hashId } from '../../flow/json.ts';
import type { Answer, ConcurrencyEvent, HostWriteEvent, RequireEvent } from '../events.ts';
import type { SignalEntry } from '../head.ts';
import { note } from '../history/records.ts';
import type { Transition } from '../transition.ts';
import { StateLists } from '../values/state-lists.ts';
import { applyWithContract, splitPath, writeState } from '../values/state-writes.ts';
import { literal } from '../values/value-refs.ts';
import { entriesOf, record } from './ledger.ts';
import { deliverFromOutside } from './signals.ts';

/**
 * Applies a state write once by its id and starts the listeners of the key, each in a new scope. Joins get the value in
 * the root scope.
 */
export function write(transition: Transition, { id, operation }: HostWriteEvent): Answer {
  const { head, graph } = transition;
  const key = `write:${id}`;
  const entries = entriesOf(transition, 'signal', key);
  if (!entries) return { kind: 'unknown' };
  const valueHash = digest({ ...operation });
  const [first] = entries;
  if (first) return { kind: first.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: first };
  if (head.lifecycle !== 'open') return { kind: 'ignored' };
  const next = { ...head.state };
  let wrote: boolean;
  try {
    const lists = new StateLists(transition, undefined);
    wrote = writeState(transition, next, [operation], applyWithContract(transition, undefined), lists).has(operation);
  } catch (error) {
    if (FlowError.is(error)) return { kind: 'refused' };
    throw error;
  }
  head.state = next;
  const entry: SignalEntry = { kind: 'signal', id: key, valueHash, at: transition.now };
  record(transition, entry);
  const { key: stateKey } = splitPath(operation.path);
  note(transition, 'host', { action: 'write', key: stateKey });
  const targets = wrote ? listeners(graph.onState ?? {}, stateKey) : [];
  const value = Object.hasOwn(next, stateKey) ? next[stateKey] : undefined;
  deliverFromOutside(transition, targets, value ?? literal(null), hashId(head.id, 'write', id));
  return { kind: 'accepted', entry };
}

export function setConcurrency({ head }: Transition, { limit }: ConcurrencyEvent): Answer {
  if (head.lifecycle === 'closed') return { kind: 'ignored' };
  if ((head.options.concurrency ?? null) === limit) return { kind: 'already' };
  const { concurrency: _, ...options } = head.options;
  head.options = limit === null ? options : { ...options, concurrency: limit };
  return { kind: 'applied' };
}

export function require({ head }: Transition, { requirement }: RequireEvent): Answer {
  if (head.lifecycle === 'closed') return { kind: 'ignored' };
  const others = (head.requirements ?? []).filter(({ key }) => key !== requirement.key);
  head.requirements = [...others, requirement];
  return { kind: 'applied' };
}
