/** The steps of the protocol, recognized from head updates. */
import type { Head } from '../../lib/engine/head.ts';

/** The steps of the protocol between which a process may die. */
export const STEPS = [
  'start',
  'value-write',
  'publish',
  'receive',
  'claim',
  'commit',
  'acknowledge',
  'resume',
  'stream-append',
  'close',
  'drop',
] as const;
export type Step = (typeof STEPS)[number];

/** Closed, without a lease or remaining work. */
export function isQuiet(head: Head): boolean {
  const left = [head.leases, head.activations, head.signals, head.interrupts, head.outbox];
  return head.lifecycle === 'closed' && left.every((rows) => rows.length === 0);
}

/** The steps in a head update. */
export function stepsOf(before: Head, after: Head): ReadonlySet<Step> {
  const sessions = new Set(before.leases.map(({ session }) => session));
  const attempts = new Map(before.activations.map(({ id, attempt }) => [id, attempt]));
  const claims =
    after.leases.some(({ session }) => !sessions.has(session)) ||
    after.activations.some(({ id, attempt, fence }) => fence !== undefined && attempt > (attempts.get(id) ?? 0));
  const resumes = ({ ledger }: Head) =>
    ledger.filter((entry) => entry.kind === 'resume' && entry.outcome === 'accepted');
  return new Set<Step>([
    ...(claims ? (['claim'] as const) : []),
    ...(settled(before, after).length > 0 ? (['commit'] as const) : []),
    ...(resumes(after).length > resumes(before).length ? (['resume'] as const) : []),
    ...(after.lifecycle === 'closed' && before.lifecycle !== 'closed' ? (['close'] as const) : []),
  ]);
}

/** Activations that were leased and are gone. */
export function settled(before: Head | undefined, after: Head): Head['activations'] {
  const there = new Set(after.activations.map(({ id }) => id));
  return (before?.activations ?? []).filter(({ id, fence }) => fence !== undefined && !there.has(id));
}
