/** What a host does to an execution besides signals and answers: state writes, the cap, requirements, and having it to itself. */
import { FlowError } from '../../errors/errors.ts';
import { listeners } from '../../flow/graph/graph.ts';
import { digest, hashId } from '../../flow/json.ts';
import type {
  Answer,
  ConcurrencyEvent,
  HostClaimEvent,
  HostRenewEvent,
  HostWriteEvent,
  RequireEvent,
} from '../events.ts';
import type { Head, HostLease, SignalEntry } from '../head.ts';
import type { Transition } from '../transition.ts';
import { splitPath, underContract, writeState } from '../values/state-writes.ts';
import { literal } from '../values/value-refs.ts';
import { entriesOf, record } from './ledger.ts';
import { deliverFromOutside } from './signals.ts';

/** Once by its id. What listens to the key starts in a scope of its own, joins see it in the root scope. */
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
    wrote = writeState(transition, next, [operation], underContract(transition, undefined)).has(operation);
  } catch (error) {
    if (FlowError.is(error)) return { kind: 'refused' };
    throw error;
  }
  head.state = next;
  const entry: SignalEntry = { kind: 'signal', id: key, valueHash, at: transition.now };
  record(transition, entry);
  const { key: stateKey } = splitPath(operation.path);
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

/** The lease by which a host has the execution to itself now. */
export function hostLeaseOf(head: Head, now: number): HostLease | undefined {
  return head.hostLease && head.hostLease.until > now ? head.hostLease : undefined;
}

/** Whether an answer or a session that names a host lease comes too late. */
export function isHostLeaseOver(head: Head, fence: number | undefined, now: number): boolean {
  return fence !== undefined && hostLeaseOf(head, now)?.fence !== fence;
}

/** Refused while another host, or the session of a worker, has work of it. */
export function hostClaim({ head, now }: Transition, { owner, mark, until }: HostClaimEvent): Answer {
  if (head.lifecycle === 'closed') return { kind: 'ignored' };
  const current = hostLeaseOf(head, now);
  if (current?.mark === mark) return { kind: 'already' };
  if (current && current.owner !== owner) return { kind: 'refused' };
  if (!current && head.leases.some((lease) => lease.until > now)) return { kind: 'refused' };
  head.fence += 1;
  head.hostLease = { owner, mark, fence: head.fence, until };
  return { kind: 'applied' };
}

/** Prolongs the lease, or ends it. */
export function hostRenew({ head, now }: Transition, { fence, until }: HostRenewEvent): Answer {
  if (head.hostLease?.fence !== fence) return { kind: 'refused' };
  if (until === undefined) delete head.hostLease;
  else if (hostLeaseOf(head, now)) head.hostLease.until = Math.max(head.hostLease.until, until);
  else return { kind: 'refused' };
  return { kind: 'applied' };
}

/** Forgets a host lease that nobody has prolonged. */
export function endHostLease({ head, now }: Transition): boolean {
  if (!head.hostLease || hostLeaseOf(head, now)) return false;
  delete head.hostLease;
  return true;
}
