/** Invariants of accepted events: queued and outside signals are never lost, waits end once, joins fire once. */
import type { Interrupt, QueuedSignal, ResumeEntry } from '../../../lib/engine/head.ts';
import { ROOT } from '../../../lib/engine/origin.ts';
import { pendingWait } from '../../../lib/engine/outside/interrupts.ts';
import { ledgerKey } from '../../../lib/engine/outside/ledger.ts';
import { endOf, isPending } from '../../../lib/engine/outside/waits.ts';
import { graphAt } from '../../../lib/engine/transition.ts';
import { APPROVAL_TYPE } from '../../../lib/flow/authoring/approval.ts';
import { listeners } from '../../../lib/flow/graph/graph.ts';
import { hashId } from '../../../lib/flow/json.ts';
import type { Parameters } from '../../../lib/runtime/app/parameters.ts';
import type { SimStores } from '../world/stores.ts';
import type { Process, World } from '../world/world.ts';
import { endedWithItem, isCancel, type Step } from './activations.ts';
import { checkAnswer } from './answers.ts';
import type { Books, Post } from './books.ts';

/** A queued signal leaves the head only by starting its listeners, under ids derived from its own. */
export function checkQueued(step: Step): void {
  const { world, before, after } = step;
  if (isCancel(step)) return;
  const was = new Set(before.signals.map((signal) => signal.id));
  if (after.signals.some(({ id, outside }) => outside && !was.has(id))) world.reached('signal held for lack of room');
  const queued = new Set(after.signals.map((signal) => signal.id));
  const left = before.signals.filter((signal) => queued.has(signal.id) || !endedWithItem(step, signal));
  for (const signal of left) {
    if (queued.has(signal.id)) continue;
    world.reached('queued signal started');
    for (const id of startedBy(step, signal)) {
      const there = after.activations.some((each) => each.id === id) || Object.hasOwn(after.frames, id);
      if (!there) world.violate('signal lost', `${signal.name} ${signal.id} left ${after.id} and started nothing`);
    }
  }
  const order = after.signals.filter((signal) => was.has(signal.id));
  const first = left.findIndex((signal) => queued.has(signal.id));
  if (order.length > 0 && left.slice(first).length !== order.length)
    world.violate('signal order', `${after.id} did not start its oldest signal first`);
}

/**
 * The chunks and batches that a signal starts. Outside signals without a correlation start their own scope, and so does shared
 * data outside a sub-flow's view.
 */
function startedBy({ graph, before, after }: Step, signal: QueuedSignal): readonly string[] {
  const { name, id, home, source, outside } = signal;
  const own = graphAt({ graph, head: before }, home);
  const wired = { state: own.onState ?? {}, flowData: own.onFlowData ?? {}, emit: own.on }[source ?? 'emit'];
  const isOwn = outside ? signal.scope === ROOT : source === 'flowData' && home === undefined;
  const scope = isOwn ? id : signal.scope;
  return listeners(wired, name).flatMap((target) => {
    if (!('node' in target) || !['chunk', 'batch'].includes(own.nodes[target.node]?.kind ?? '')) return [];
    return [hashId(after.id, ...(home === undefined ? [] : [home]), target.node, scope, id, 0)];
  });
}

/** An appended event is still in the inbox, or in the ledger of the head or of the store. */
export async function checkInbox(step: Step, stores: SimStores, parameters: Parameters, folded: number): Promise<void> {
  const { world, books } = step;
  const { id, inc, lifecycle } = books.head;
  for (const event of books.inbox.splice(0, folded)) {
    if (event.type === 'resume') {
      checkAnswer(step, parameters, event);
      continue;
    }
    if ('session' in event) continue;
    const name = event.type === 'flowData' ? `flowData:${event.id}` : event.id;
    const known = books.ended.has(`signal/${name}`);
    const [spilled] = known
      ? []
      : await stores.ledger.get({ executionId: id, inc }, ledgerKey({ kind: 'signal', id: name }));
    if (spilled) books.ended.set(`signal/${name}`, spilled);
    // A write of shared data without a promised listener here.
    else if (!known && !(event.type === 'flowData' && lifecycle !== 'open'))
      world.violate('signal lost', `${event.type} ${event.id} was folded into ${id} and is not accepted`);
  }
  if (lifecycle === 'closed' && books.inbox.length > 0) world.violate('signal lost', `${id} closed over its inbox`);
}

/**
 * A process removes a posted event only after its commit took it. Without a commit only the caller that the head has no room
 * for withdraws its signal; the workload's model judges what it is told.
 */
export async function checkTaken(
  books: Books,
  process: Process,
  { by, event }: Post,
  world: World,
  stores: SimStores,
  parameters: Parameters,
): Promise<void> {
  const { id, inc } = books.head;
  const step = books.took.get(process);
  if (event.type === 'resume') {
    if (step) return checkAnswer(step, parameters, event);
    if (!pendingWait(books.head, event.interrupt, event.generation)) return;
    return world.violate('answer lost', `${event.interrupt} of ${id}: the post was removed without a commit`);
  }
  if ('session' in event) return;
  const key = { kind: 'signal', id: event.id } as const;
  if (books.ended.has(`signal/${event.id}`) || step?.before.lifecycle !== 'open' || by === process) return;
  if ((await stores.ledger.get({ executionId: id, inc }, ledgerKey(key))).length > 0) return;
  world.violate('signal lost', `${event.id} was removed from the posts of ${id} and is not accepted`);
}

/** An interrupt ends once and not before its expiry; its ledger entry never changes. */
export function checkLedger(step: Step): void {
  const { world, books, before, after } = step;
  const known = new Set(before.ledger.map((entry) => JSON.stringify(entry)));
  const ended = new Set<string>();
  for (const entry of after.ledger) {
    if (known.has(JSON.stringify(entry))) continue;
    const key = `${entry.kind}/${entry.id}`;
    if (entry.kind !== 'resume') {
      if (books.ended.has(key)) world.violate('accepted twice', `${key} of ${after.id}`);
      books.ended.set(key, entry);
      continue;
    }
    books.noteRequest(entry);
    // A second end in one commit is that of a later wait with the same id: the first one ended the wait that was pending.
    const isLater = ended.has(entry.id);
    ended.add(entry.id);
    if (!isLater) books.ended.set(key, entry);
    world.reached(`interrupt ${entry.outcome}`);
    const pending = isLater ? undefined : before.interrupts.find((interrupt) => interrupt.id === entry.id);
    // A wait that begins and ends in one commit is in no head.
    const isDropped = entry.outcome === 'cancelled' || entry.outcome === 'withdrawn';
    const unseen = !pending && (isDropped || entry.requestId?.startsWith('signal#') === true);
    const waits = books.waitsOf(entry.id);
    if (unseen) waits.begun += 1;
    waits.ended += 1;
    if (!isDropped) waits.answered += 1;
    const isAnswer = entry.outcome === 'accepted' && !entry.requestId?.startsWith('signal#');
    if (isAnswer && !before.paused && (pending?.expiresAt ?? Infinity) <= givenAt(books, entry))
      world.violate('answered late', `${entry.id} of ${after.id} had expired`);
    if (isAnswer && pending?.requireActor && !entry.verified)
      world.violate('answered by a stranger', `${entry.id} of ${after.id}`);
    if (waits.ended > waits.begun) world.violate('accepted twice', `${key} of ${after.id}`);
    if (entry.outcome !== 'expired') continue;
    if (!pending || isPending(before, pending)) checkExpiry(step, entry.id, pending?.expiresAt);
    if (pending?.type === APPROVAL_TYPE) world.reached('approval expired');
  }
  for (const wait of after.interrupts) {
    if (endOf(after, wait)?.outcome !== 'expired') continue;
    const known = before.interrupts.find((each) => waitKey(each) === waitKey(wait));
    if (!known || isPending(before, known)) checkExpiry(step, wait.id, wait.expiresAt);
  }
  const still = new Set(after.interrupts.map(waitKey));
  for (const interrupt of before.interrupts) {
    if (!still.has(waitKey(interrupt)) && !ended.has(interrupt.id))
      world.violate('wait lost', `${interrupt.id} of ${after.id}`);
  }
  const was = new Set(before.interrupts.map(waitKey));
  for (const interrupt of after.interrupts) {
    if (was.has(waitKey(interrupt))) continue;
    const waits = books.waitsOf(interrupt.id);
    if (waits.begun !== waits.ended || waits.begun !== (interrupt.generation ?? 0))
      world.violate('wait came back', `${interrupt.id} of ${after.id}`);
    if (waits.begun > 0) world.reached('wait of an id used again');
    waits.begun += 1;
  }
}

/** The commit that decides an expiry is not early by its clock. Later commits may only remove the wait from the head. */
function checkExpiry({ world, process, after }: Step, id: string, expiresAt = Infinity): void {
  if (world.now + process.skew < expiresAt) world.violate('early', `${id} of ${after.id} expired`);
}

/** When an answer was given: before its folding commit, if it came through the inbox. */
function givenAt({ inbox, posts }: Books, { mark, at }: ResumeEntry): number {
  const given = [...inbox, ...Array.from(posts.values(), ({ event }) => event)];
  const event = given.find((each) => each.type === 'resume' && each.mark === mark);
  return mark !== undefined && event?.type === 'resume' ? (event.at ?? at) : at;
}

function waitKey({ id, activation }: Interrupt): string {
  return `${id}/${activation}`;
}

/** Half-filled joins leave the head only by firing. */
export function nameJoins({ world, books, before, after }: Step): void {
  const left = new Set(after.joins.map((join) => `${join.node}/${join.scope}`));
  for (const { node, scope } of before.joins) {
    const key = `${node}/${scope}`;
    if (left.has(key)) continue;
    world.reached(books.fired.has(key) ? 'join fired again' : 'join fired');
    books.fired.add(key);
  }
}
