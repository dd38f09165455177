/** Invariants of answers in the inbox: an answer in time ends its wait, unless its result has no room in the head. */
import type { ResumeEvent } from '../../../lib/engine/events.ts';
import type { Head, Interrupt } from '../../../lib/engine/head.ts';
import { endOf, isPending } from '../../../lib/engine/outside/waits.ts';
import { reduce } from '../../../lib/engine/reduce.ts';
import { bytesOf, pack } from '../../../lib/engine/values/pack.ts';
import type { Parameters } from '../../../lib/runtime/app/parameters.ts';
import { limitOf } from '../../../lib/runtime/commit/head-size.ts';
import type { Step } from './activations.ts';

/** An answer in time, by its own clock, ends its wait before an expiry or a close. */
export function checkAnswer(step: Step, parameters: Parameters, event: ResumeEvent): void {
  const { world, before, after } = step;
  const { ended } = step.books;
  const { interrupt, generation = 0, at = Infinity, host } = event;
  const wait = before.interrupts.find((each) => each.id === interrupt && (each.generation ?? 0) === generation);
  const isHeld = host === undefined || (before.hostLease?.fence === host && before.hostLease.until > at);
  // A deadline that passes in a pause comes after it.
  const isLate = (wait?.expiresAt ?? Infinity) <= at && !before.paused;
  // An expiry committed before the append may remove the wait from the head later.
  if (!wait || !isPending(before, wait) || isLate || !isHeld) return;
  if (isRepeat(step, event)) return;
  if (mayNotAnswer(wait, event)) {
    const end = ended.get(`resume/${interrupt}`);
    if (end?.kind === 'resume' && end.requestId === event.requestId)
      world.violate('answered by a stranger', `${interrupt} of ${before.id}`);
    return world.reached('answer of a stranger refused');
  }
  // A wait that an event has ended may leave the head later.
  const left = after.interrupts.find((each) => each.id === interrupt && (each.generation ?? 0) === generation);
  const end = (left && endOf(after, left)) ?? ended.get(`resume/${interrupt}`);
  if (end?.kind === 'resume' && end.outcome === 'accepted') {
    if ((wait.expiresAt ?? Infinity) <= end.at) world.reached('answer in the inbox before the expiry');
    return;
  }
  if (left && !end && !hasRoom(step, parameters, event)) return world.reached('answer in the inbox refused');
  world.violate('answer lost', `${interrupt} of ${before.id} was answered through the inbox, and is ${end?.kind}`);
}

/** Whether the request answered an earlier wait of this id, so that it answers no other. */
function isRepeat({ books, before, after }: Step, { interrupt, requestId }: ResumeEvent): boolean {
  const entry = books.requests.get(`${interrupt}/${requestId}`);
  const isIn = ({ ledger }: Head) => ledger.some((each) => JSON.stringify(each) === JSON.stringify(entry));
  return entry !== undefined && (isIn(before) || !isIn(after));
}

/** Whether the wait refuses this caller or this link. */
function mayNotAnswer({ requireActor, revoked = [] }: Interrupt, { verified, link }: ResumeEvent): boolean {
  return (requireActor && !verified) || (link !== undefined && revoked.includes(link));
}

/** Whether the result of this answer alone would fit into the head. */
function hasRoom({ world, graph, process, before }: Step, parameters: Parameters, event: ResumeEvent): boolean {
  const lookups = { values: new Map(), ledger: new Map(), decisions: new Map(), hasMoreEvents: true };
  const { head, missing: needs } = reduce(graph, before, [event], world.now + process.skew, lookups);
  if (needs.values.size + needs.flowData.size + needs.ledger.size > 0) return true;
  const packed = pack(before, head, { ...parameters, newId: () => 'x'.repeat(22), known: new Map() });
  const size = bytesOf(packed.head);
  return size <= limitOf(parameters, 'held', before)(size);
}
