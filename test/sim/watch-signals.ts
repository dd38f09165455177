/** Invariants of what was accepted: queued and outside signals are never lost, waits end once, joins fire once. */
import type { Head, QueuedSignal } from '../../lib/engine/head.ts';
import { ledgerKey } from '../../lib/engine/ledger.ts';
import { type Graph, listeners } from '../../lib/flow/graph.ts';
import { hashId } from '../../lib/flow/json.ts';
import type { Books } from './books.ts';
import type { SimStores } from './stores.ts';
import type { Step } from './watch-activations.ts';
import type { World } from './world.ts';

/** A queued signal leaves the head only by starting what listens to it, under the ids that follow from its own. */
export function checkQueued({ world, before, after }: Step, graph: Graph): void {
  const queued = new Set(after.signals.map((signal) => signal.id));
  for (const signal of before.signals) {
    if (queued.has(signal.id)) continue;
    world.reached('queued signal started');
    for (const id of startedBy(after, signal, graph)) {
      const there = after.activations.some((each) => each.id === id) || Object.hasOwn(after.frames, id);
      if (!there) world.violate('signal lost', `${signal.name} ${signal.id} left ${after.id} and started nothing`);
    }
  }
  const order = after.signals.filter((signal) => before.signals.some((each) => each.id === signal.id));
  const first = before.signals.findIndex((signal) => queued.has(signal.id));
  if (order.length > 0 && before.signals.slice(first).length !== order.length)
    world.violate('signal order', `${after.id} did not start its oldest signal first`);
}

function startedBy(head: Head, { name, id, scope }: QueuedSignal, graph: Graph): readonly string[] {
  return listeners(graph.on, name).flatMap((target) => {
    if (!('node' in target) || graph.nodes[target.node]?.kind === 'match') return [];
    return [hashId(head.id, target.node, scope, id, 0)];
  });
}

/** What was appended is still in the inbox, or accepted in the ledger of the head or beside it. */
export async function checkInbox(world: World, stores: SimStores, books: Books, folded: number): Promise<void> {
  const { id, inc, lifecycle } = books.head;
  for (const event of books.inbox.splice(0, folded)) {
    const key = ledgerKey({ kind: 'signal', id: event.id });
    const [spilled] = books.ended.has(`signal/${event.id}`)
      ? []
      : await stores.ledger.get({ executionId: id, inc }, key);
    if (spilled) books.ended.set(`signal/${event.id}`, spilled);
    else if (!books.ended.has(`signal/${event.id}`))
      world.violate('signal lost', `${event.type} ${event.id} was folded into ${id} and is not accepted`);
  }
  if (lifecycle === 'closed' && books.inbox.length > 0) world.violate('signal lost', `${id} closed over its inbox`);
}

/** An interrupt ends once, and no earlier than it says; what the ledger says never changes. */
export function checkLedger(step: Omit<Step, 'before'> & { readonly before: Head | undefined }): void {
  const { world, books, process, before, after } = step;
  const known = new Set(before?.ledger.map((entry) => JSON.stringify(entry)) ?? []);
  for (const entry of after.ledger) {
    if (known.has(JSON.stringify(entry))) continue;
    const key = `${entry.kind}/${entry.id}`;
    if (books.ended.has(key)) world.violate('accepted twice', `${key} of ${after.id}`);
    books.ended.set(key, entry);
    if (entry.kind !== 'resume') continue;
    world.reached(`interrupt ${entry.outcome}`);
    const pending = before?.interrupts.find((interrupt) => interrupt.id === entry.id);
    if (entry.outcome !== 'expired') continue;
    if (pending?.expiresAt === undefined || world.now + process.skew < pending.expiresAt)
      world.violate('early', `${entry.id} of ${after.id} expired`);
  }
  const waits = new Set(after.interrupts.map((each) => each.id));
  for (const interrupt of before?.interrupts ?? []) {
    if (!waits.has(interrupt.id) && !books.ended.has(`resume/${interrupt.id}`))
      world.violate('wait lost', `${interrupt.id} of ${after.id}`);
  }
  for (const id of waits) if (books.ended.has(`resume/${id}`)) world.violate('wait came back', `${id} of ${after.id}`);
}

/** Half-filled joins that are gone have fired. */
export function nameJoins({ world, books, before, after }: Step): void {
  const left = new Set(after.joins.map((join) => `${join.node}/${join.scope}`));
  for (const { node, scope } of before.joins) {
    const key = `${node}/${scope}`;
    if (left.has(key)) continue;
    world.reached(books.fired.has(key) ? 'join fired again' : 'join fired');
    books.fired.add(key);
  }
}
