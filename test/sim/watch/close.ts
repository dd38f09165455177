/** Invariants of the end and of a pause: when an execution may close, that it never changes afterwards, and that no ended row stays. */
import { isDeepStrictEqual } from 'node:util';
import type { Head } from '../../../lib/engine/head.ts';
import { graphAt } from '../../../lib/engine/transition.ts';
import { APART } from '../world/world.ts';
import { isRedriven, type Step } from './activations.ts';

export function checkClosed(step: Step): void {
  const { world, before, after } = step;
  checkIdleness(step);
  if (before.closing === 'cancelled' && isIdle(before) && JSON.stringify(before.state) !== JSON.stringify(after.state))
    world.violate('cancelled head changed', after.id);
  if (before.lifecycle !== 'closed') return;
  if (isRedriven(step)) return world.reached('closed failure tried again');
  const frozen = ({ lifecycle, state, activations, interrupts, closedAt }: Head) => ({
    lifecycle,
    state,
    activations,
    interrupts,
    closedAt,
  });
  // The order of a row's fields may change, as stores fold rows of items.
  if (!isDeepStrictEqual(frozen(before), frozen(after))) world.violate('closed head changed', after.id);
}

/** An automatic close requires the option and enough idle time. */
function checkIdleness({ world, books, before, after }: Step): void {
  // The idle time starts when the last work was decided; the commit may have taken long.
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

/** Ended rows leave the head; a failed or cancelled execution keeps its interrupted work. */
export function checkOrphans(step: Step): void {
  const { world, graph, after: head } = step;
  if (head.failure || head.closing === 'cancelled') return;
  const alive = new Set([...head.activations, ...head.interrupts, ...head.signals].map((each) => each.scope));
  // A sub-flow whose opening or write-back failed is kept with its failure.
  for (const { id, failed } of head.activations) if (failed) alive.add(id);
  // A list that waits for its next page.
  for (const { page } of [...head.activations, ...head.interrupts]) if (page) alive.add(page.list);
  const inner = Object.values(head.frames).map((frame) => frame.parent.scope);
  const parents = new Set([...inner, ...Object.values(head.around ?? {})]);
  for (const scope of Object.keys(head.frames)) {
    if (!alive.has(scope) && !parents.has(scope)) world.violate('orphan', `${head.id} keeps a frame of ${scope}`);
  }
  for (const { node, scope, home, inOperator, slots } of head.joins) {
    const isFull = Object.keys(slots).length === graphAt({ graph, head }, home).collections?.[node]?.branches.length;
    if (inOperator && isFull && !alive.has(scope) && !head.frames[scope] && !parents.has(scope))
      world.violate('orphan', `${head.id} keeps the collection ${node}, whose operator is over`);
  }
  const held = new Set(head.activations.map((each) => each.fence));
  for (const lease of head.leases) {
    if (!held.has(lease.fence) && head.lifecycle === 'closed') world.violate('orphan', `${head.id} keeps a lease`);
  }
  if (head.lifecycle !== 'closed') return;
  const left = head.activations.length + head.signals.length + head.interrupts.length + head.leases.length;
  if (left > 0) world.violate('closed too early', `${head.id} closed over ${left} things`);
}

/** In a pause nothing is claimed or delivered, no deadline passes, and nothing closes except by a cancel. */
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
