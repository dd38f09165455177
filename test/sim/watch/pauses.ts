/** Invariants of a pause: nothing is claimed or delivered, no deadline passes, and nothing closes except by a cancel. */
import type { Step } from './activations.ts';

export function checkPaused({ world, before, after }: Step): void {
  if (!before.paused || !after.paused) return;
  const held = new Set(before.activations.filter(({ fence }) => fence !== undefined).map(({ id }) => id));
  const begun = after.activations.find(({ id, fence }) => fence !== undefined && !held.has(id));
  if (begun) world.violate('claimed in a pause', `${begun.node} of ${after.id}`);
  if (after.lifecycle === 'closed') world.violate('closed in a pause', after.id);
  const known = new Set(before.ledger.map((entry) => JSON.stringify(entry)));
  for (const entry of after.ledger) {
    if (entry.kind !== 'resume' || known.has(JSON.stringify(entry))) continue;
    if (entry.outcome === 'expired') world.violate('expired in a pause', `${entry.id} of ${after.id}`);
    if (entry.outcome === 'accepted') world.reached('answered in a pause');
  }
  if (before.signals.length > 0 && after.signals.length < before.signals.length)
    world.violate('delivered in a pause', after.id);
  if (after.activations.length > before.activations.length) world.reached('work waited for the end of a pause');
}
