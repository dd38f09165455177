/** Invariants of waits: each is announced. */
import { pendingWaits } from '../../../lib/engine/outside/waits.ts';
import type { Step } from './activations.ts';

/** Every wait is announced; with a provider, the announcement stays in the outbox while the wait is pending. */
export function checkAnnounced({ world, books, before, after }: Step, isHeard: boolean): void {
  const left = new Set(after.outbox.map((row) => row.id));
  // A redrive restarts many waits and announces them later.
  const known = before.interrupts.filter(({ untold }) => !untold);
  const was = new Set(known.map((each) => `${each.id}/${each.activation}`));
  const rows = new Set(before.outbox.map((row) => row.id));
  const told = after.outbox.flatMap((row) => (row.kind === 'announce' && !rows.has(row.id) ? [row.interrupt] : []));
  for (const { id, activation, untold } of after.interrupts) {
    if (!untold && !was.has(`${id}/${activation}`) && !told.includes(id))
      world.violate('not announced', `${id} of ${after.id} begins and nobody is to be told`);
  }
  const pending = new Set(pendingWaits(before).map((each) => `${each.id}/${each.activation}`));
  const still = after.interrupts.filter((each) => pending.has(`${each.id}/${each.activation}`));
  if (!isHeard) return;
  for (const row of after.outbox) {
    if (row.kind !== 'announce' || books.toAnnounce.has(row.id)) continue;
    books.toAnnounce.set(row.id, after.interrupts.find((each) => each.id === row.interrupt)?.generation);
  }
  for (const row of before.outbox) {
    if (row.kind !== 'announce' || left.has(row.id) || books.announced.has(row.id)) continue;
    // A row may outlive its wait, and a later wait may reuse the id.
    const generation = books.toAnnounce.get(row.id);
    if (still.some((each) => each.id === row.interrupt && each.generation === generation))
      world.violate('not announced', `${row.interrupt} of ${after.id}`);
  }
}
