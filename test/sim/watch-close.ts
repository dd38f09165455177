/** Invariants of the end of an execution: when it may come, and that nothing changes afterwards. */
import type { Head } from '../../lib/engine/head.ts';
import type { Step } from './watch-activations.ts';
import { APART } from './world.ts';

export function checkClosed(step: Step): void {
  const { world, before, after } = step;
  checkIdleness(step);
  if (before.closing === 'cancelled' && isIdle(before) && JSON.stringify(before.state) !== JSON.stringify(after.state))
    world.violate('cancelled head changed', after.id);
  if (before.lifecycle !== 'closed') return;
  if ((after.redrives?.length ?? 0) > (before.redrives?.length ?? 0))
    return world.reached('closed failure tried again');
  const frozen = ({ lifecycle, state, activations, interrupts, closedAt }: Head) =>
    JSON.stringify([lifecycle, state, activations, interrupts, closedAt]);
  if (frozen(before) !== frozen(after)) world.violate('closed head changed', after.id);
}

/** By itself it closes only where that is wanted, and when it has been idle for long enough. */
function checkIdleness({ world, books, before, after }: Step): void {
  // The clock of idleness starts when the last work was decided on; the commit may have taken long.
  if (!isIdle(after)) books.busyAt = world.now;
  else if (!isIdle(before)) books.busyAt = Math.max(books.busyAt, Math.min(world.now, after.idleSince ?? world.now));
  if (before.lifecycle === 'closed' || after.lifecycle !== 'closed' || after.closing) return;
  const { autoClose, autoCloseTimeout } = after.options;
  if (!autoClose || autoCloseTimeout === null) return world.violate('closed by itself', after.id);
  if (!after.failure && world.now + APART < books.busyAt + autoCloseTimeout)
    world.violate('early', `${after.id} closed ${world.now - books.busyAt} ms after its last work`);
}

function isIdle({ activations, signals, interrupts }: Head): boolean {
  return activations.length + signals.length + interrupts.length === 0;
}
