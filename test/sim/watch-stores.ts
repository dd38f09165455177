/** Invariants between a committed head and what stands beside it. */
import type { MemoryStores } from '../../lib/adapters/memory/stores.ts';
import type { Head } from '../../lib/engine/head.ts';
import { ledgerKey } from '../../lib/engine/ledger.ts';
import { refsOf } from '../../lib/engine/values.ts';
import type { ExecutionRecord } from '../../lib/ports/execution-store.ts';
import type { World } from './world.ts';

const GRAIN = 30_000;
/** The clocks of two processes may be this far apart. */
const APART = 2_000;

/** Work, leases, timers and outbox rows are always watched: the sweeper will look in time. */
export function checkWake(world: World, { wakeAt, inbox }: ExecutionRecord, head: Head): void {
  const waits = head.failure ? [] : head.activations.filter((each) => !each.failed && each.fence === undefined);
  const ready = waits.some((each) => each.dueAt === undefined) || (!head.failure && head.signals.length > 0);
  const times = [
    ...(ready || head.outbox.length > 0 ? [world.now + GRAIN] : []),
    ...head.leases.map((lease) => lease.until),
    ...waits.flatMap((each) => (each.dueAt === undefined ? [] : [each.dueAt])),
    ...head.interrupts.flatMap((each) => (each.expiresAt === undefined ? [] : [each.expiresAt])),
  ];
  if (head.lifecycle === 'closed' && inbox.length > 0) world.violate('signal lost', `${head.id} closed over its inbox`);
  if (head.lifecycle === 'closed' && head.outbox.length === 0) return;
  if (times.length === 0) return;
  const latest = Math.floor(Math.min(...times) / GRAIN) * GRAIN + GRAIN + APART;
  if (wakeAt === undefined || wakeAt > latest)
    world.violate('not watched', `${head.id}: wakeAt ${wakeAt}, latest ${latest}`);
}

/** Whatever the head names can be read. */
export async function checkReferences(world: World, stores: MemoryStores, head: Head): Promise<void> {
  const refs = refsOf(structuredClone(head));
  if (refs.size === 0) return;
  const found = await stores.values.get({ executionId: head.id, inc: head.inc }, [...refs]);
  for (const ref of refs) if (!found.has(ref)) world.violate('value missing', `${head.id} names ${ref}`);
  world.reached('value by reference');
}

/** What left the head's ledger is in the ledger store. */
export async function checkSpill(world: World, stores: MemoryStores, before: Head, after: Head): Promise<void> {
  const kept = new Set(after.ledger.map((entry) => JSON.stringify(entry)));
  for (const entry of before.ledger) {
    if (kept.has(JSON.stringify(entry))) continue;
    const spilled = await stores.ledger.get({ executionId: after.id, inc: after.inc }, ledgerKey(entry));
    const there = spilled.some((each) => JSON.stringify(each) === JSON.stringify(entry));
    if (!there) world.violate('answer lost', `${entry.kind} ${entry.id} left the head and is nowhere`);
    world.reached('ledger spilled');
  }
}
