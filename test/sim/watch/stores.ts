/** Invariants between a committed head and its other rows: values, ledger rows, sweep time. */
import type { Activation, Frame, Head, Interrupt } from '../../../lib/engine/head.ts';
import { ledgerKey } from '../../../lib/engine/outside/ledger.ts';
import { pendingWaits } from '../../../lib/engine/outside/waits.ts';
import type { SimStores } from '../world/stores.ts';
import { APART, type World } from '../world/world.ts';
import { type Books, namedIn } from './books.ts';

const GRAIN = 30_000;

/** Latest permitted sweep time of the head: ready work, leases, timers, outbox, inbox. */
export function lookBy(now: number, head: Head, inbox: number): number {
  if (head.lifecycle === 'closed') return head.outbox.length > 0 ? now + 2 * GRAIN + APART : Infinity;
  const ready = !head.paused && isReady(head);
  const times = [
    ...(ready || inbox > 0 || head.outbox.length > 0 ? [now + GRAIN] : []),
    ...head.leases.map((lease) => lease.until),
    ...timersOf(head),
  ];
  if (times.length === 0) return Infinity;
  return sweptBy(Math.min(...times));
}

/** Latest permitted sweep time of an event that is posted now. */
export function lookForPostBy(now: number): number {
  return sweptBy(now + GRAIN);
}

function sweptBy(time: number): number {
  return Math.floor(time / GRAIN) * GRAIN + GRAIN + APART;
}

function isReady(head: Head): boolean {
  return waitsIn(head).some((each) => each.dueAt === undefined) || (!head.failure && head.signals.length > 0);
}

/** The next timer: retries, sleeps, expiries, the automatic close. */
export function timersOf(head: Head): readonly number[] {
  if (head.lifecycle === 'closed' || head.paused) return [];
  const { autoClose, autoCloseTimeout } = head.options;
  const closes = autoClose && autoCloseTimeout !== null && head.idleSince !== undefined;
  const waits = head.overfull ? pendingWaits(head) : head.interrupts;
  return [
    ...waitsIn(head).flatMap((each) => (each.dueAt === undefined ? [] : [each.dueAt])),
    ...waits.flatMap((each) => (each.expiresAt === undefined ? [] : [each.expiresAt])),
    ...(closes ? [(head.idleSince ?? 0) + (autoCloseTimeout ?? 0)] : []),
  ];
}

function waitsIn(head: Head): readonly Activation[] {
  return head.failure ? [] : head.activations.filter((each) => !each.failed && each.fence === undefined);
}

/** Every reference of the head is readable and not listed for dropping. */
export async function checkReferences(world: World, stores: SimStores, books: Books, head: Head): Promise<void> {
  const refs = namedIn(head);
  for (const ref of [...refs]) {
    for (const part of books.indexes.get(ref) ?? []) refs.add(part);
    if (books.indexes.has(ref)) world.reached('part named by a stored index');
  }
  for (const row of head.outbox) {
    if (row.kind !== 'drop') continue;
    for (const ref of row.refs) {
      books.listed.add(ref);
      if (refs.has(ref)) world.violate('dropped in use', `${head.id} lists ${ref}, which it names`);
    }
  }
  if (refs.size === 0) return;
  const found = await stores.values.get({ executionId: head.id, inc: head.inc }, [...refs]);
  for (const ref of refs) {
    if (!found.has(ref)) world.violate('value missing', `${head.id} names ${ref}`);
    if (books.dropped.has(ref)) world.violate('dropped in use', `${head.id} names ${ref}, which was let go`);
  }
  world.reached('value by reference');
}

/**
 * Values without a reference in the head are listed for dropping, and dropped values were listed. A full history names
 * them for as long as it is kept, so then none is.
 */
export function checkDropped(world: World, books: Books, before: Head, after: Head): void {
  const named = namedIn(after);
  for (const ref of namedIn(before)) {
    if (before.options.history === undefined) continue;
    const isIndexed = [...named].some((each) => books.indexes.get(each)?.includes(ref));
    if (!named.has(ref) && !isIndexed && !books.listed.has(ref)) world.violate('garbage', `${after.id} forgot ${ref}`);
  }
  const rows = new Set(after.outbox.map((row) => row.id));
  for (const row of before.outbox) {
    if (rows.has(row.id) || row.kind !== 'drop') continue;
    if (before.options.history === undefined) world.violate('dropped in use', `${after.id} has it in its history`);
    const parts = (row.lists ?? []).flatMap((ref) => books.indexes.get(ref) ?? []);
    for (const ref of [...row.refs, ...parts]) {
      if (!books.dropped.has(ref)) world.violate('garbage', `${after.id} cleared ${ref} before it was let go`);
      world.reached('value dropped');
    }
  }
}

/** Entries that left the head's ledger are in the ledger store. */
export async function checkSpill(world: World, stores: SimStores, before: Head, after: Head): Promise<void> {
  if (after.spilled === before.spilled && after.ledger.length >= before.ledger.length) return;
  const kept = new Set(after.ledger.map((entry) => JSON.stringify(entry)));
  for (const entry of before.ledger) {
    if (kept.has(JSON.stringify(entry))) continue;
    const spilled = await stores.ledger.get({ executionId: after.id, inc: after.inc }, ledgerKey(entry));
    const there = spilled.some((each) => JSON.stringify(each) === JSON.stringify(entry));
    if (!there) world.violate('answer lost', `${entry.kind} ${entry.id} left the head and is nowhere`);
    world.reached('ledger spilled');
  }
}

interface Row {
  readonly wait: Interrupt;
  readonly frames: readonly (readonly [string, Frame])[];
}

/** The head with the waits that are stored in pages, read without the code of the engine. It still names the pages. */
export async function wholeOf(world: World, stores: SimStores, head: Head): Promise<Head> {
  const { waitPages = [] } = head;
  if (waitPages.length === 0) return head;
  world.reached('wait in a page');
  if (head.format !== 3) world.violate('revision', `${head.id} has pages in format ${head.format}`);
  if (head.interrupts.length === 0) world.violate('answer lost', `${head.id} is not listed as waiting`);
  const owner = { executionId: head.id, inc: head.inc };
  const refs = waitPages.map(({ ref }) => ref);
  const found = await stores.values.get(owner, refs);
  const rows = waitPages.flatMap(({ ref, at }) => {
    const page = found.get(ref) as unknown as readonly Row[] | undefined;
    if (!page) world.violate('value missing', `${head.id} names the page ${ref}`);
    return (page ?? []).filter((_, index) => isIn(at, index));
  });
  const interrupts = [...rows.map(({ wait }) => wait), ...head.interrupts];
  const frames = { ...Object.fromEntries(rows.flatMap((row) => row.frames)), ...head.frames };
  const ids = interrupts.map(({ id }) => id);
  if (new Set(ids).size < ids.length) world.violate('answer lost', `${head.id} has a wait twice: ${ids.join()}`);
  return { ...head, interrupts, frames };
}

function isIn(runs: string, index: number): boolean {
  return runs.split(',').some((run) => {
    const [first, last = first] = run.split('-').map(Number);
    return first !== undefined && last !== undefined && first <= index && index <= last;
  });
}
