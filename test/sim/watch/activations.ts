/** Invariants of activations between two consecutive heads. */
import { isDeepStrictEqual } from 'node:util';
import type { Activation, Frame, Head, Lease, Origin } from '../../../lib/engine/head.ts';
import { graphAt } from '../../../lib/engine/transition.ts';
import type { Graph } from '../../../lib/flow/graph/graph.ts';
import { APART, type Process, type World } from '../world/world.ts';
import type { Books } from './books.ts';
import { checkClaim, checkRetry } from './claims.ts';
import { isInBody } from './limits.ts';
import { checkAnswered, noteQuestion, questionOf } from './questions.ts';

export interface Step {
  readonly world: World;
  readonly graph: Graph;
  readonly books: Books;
  readonly process: Process;
  readonly before: Head;
  readonly after: Head;
}

/** An activation leaves the head once, by its lease holder, and never returns. */
export function checkActivations(step: Step): void {
  const { world, books, before, after } = step;
  if (isCancel(step)) {
    if (before.activations.some(({ sleeps }) => sleeps)) world.reached('cancelled over a sleeper');
    for (const { id } of before.activations) books.settled.add(id);
    checkAnswered(step);
    return before.activations.length > 0 ? world.reached('cancelled over work') : undefined;
  }
  const left = new Map(after.activations.map((activation) => [activation.id, activation]));
  for (const was of before.activations) {
    const now = left.get(was.id);
    const question = now ? undefined : questionOf(step, was);
    if (question) {
      checkHolder(step, was, now);
      noteQuestion(step, was, question);
      continue;
    }
    if (!now) books.settled.add(was.id);
    if (!now && endedWithItem(step, was) && books.holderOf(before, was.fence) !== step.process) {
      world.reached('item failed over work');
      continue;
    }
    if (!now && endedByCompletion(step, was)) {
      world.reached('withdrawn over work');
      continue;
    }
    if (!now && was.failed && standsFor(step, was) && isRedriven(step)) {
      books.settled.delete(was.id);
      continue;
    }
    // A failure in an awaited emit stays until its cascade has ended, and then leaves together with its sleeps.
    const isOver = was.cascade !== undefined && !after.cascades[was.cascade];
    if (!now && isOver && (was.failed || was.sleeps)) continue;
    if (was.failed && now?.attempt === 0) forgetBegun(books, was.id);
    if (was.failed && now && !now.failed) books.questions.delete(was.id);
    if (was.sleeps) {
      checkSleeper(step, was, now);
      continue;
    }
    const again = now?.fence === was.fence && was.fence !== undefined && now?.attempt !== was.attempt;
    const retries = again || (now?.dueAt !== undefined && was.dueAt === undefined);
    if (retries) world.reached(now?.sleeps ? 'chunk slept' : 'retry waited');
    const isShared = ({ id, dueAt }: Activation) => id !== now?.id && dueAt !== undefined && dueAt === now?.dueAt;
    if (retries && after.activations.some(isShared)) world.reached('retries due together');
    checkRetry(step, was, now);
    if (!now || retries || (now.failed && !was.failed)) checkHolder(step, was, now);
    else checkTaken(step, was, now);
  }
  const known = new Map(before.activations.map((activation) => [activation.id, activation]));
  if (left.size < after.activations.length) world.violate('settled twice', `two activations of one id in ${after.id}`);
  for (const now of after.activations) {
    if (!now.expired && books.settled.has(now.id)) world.violate('settled twice', `${now.id} came back`);
    checkClaim(step, known.get(now.id) ?? books.asking.get(now.id), now);
  }
  checkAnswered(step);
}

/** A row that failed without an own attempt: an expired wait, or a sub-flow at its entry. */
function standsFor({ graph, before }: Step, { expired, node, home }: Activation): boolean {
  return expired !== undefined || graphAt({ graph, head: before }, home).nodes[node]?.kind === 'subFlow';
}

/** Its attempts are reset. */
function forgetBegun({ begun }: Books, id: string): void {
  for (const key of begun) if (key.startsWith(`${id}/`)) begun.delete(key);
}

/** This change redrives the failure. */
export function isRedriven({ before, after }: Pick<Step, 'before' | 'after'>): boolean {
  return (after.redrives?.length ?? 0) > (before.redrives?.length ?? 0);
}

/** A sleep ends only by its time, which a host may bring forward. */
function checkSleeper(step: Step, was: Activation, now: Activation | undefined): void {
  const { world, process, before, after } = step;
  const isHurried = process.kind === 'api' && (now?.dueAt ?? Infinity) < (was.dueAt ?? 0);
  if (now && !isDeepStrictEqual(isHurried ? { ...now, dueAt: was.dueAt } : now, was))
    world.violate('settled twice', `${was.id} of ${after.id} sleeps and was changed`);
  if (now) return;
  if (before.failure && after.lifecycle !== 'closed' && !isRedriven(step))
    world.violate('woke in failure', `${was.id} of ${after.id}`);
  if ((was.dueAt ?? Infinity) > world.now + process.skew) world.violate('early', `${was.id} of ${after.id} woke`);
  world.reached('sleeper woken');
}

/** A host cancelled all work at once. */
export function isCancel({ before, after }: Pick<Step, 'before' | 'after'>): boolean {
  const empty = after.activations.length + after.signals.length + after.leases.length === 0;
  return after.closing === 'cancelled' && after.fence > before.fence && empty;
}

/** Is in the body of an ended item of a list that collects errors. */
export function endedWithItem(
  { graph, before, after }: Pick<Step, 'graph' | 'before' | 'after'>,
  { scope, home, ...row }: Origin & Partial<Pick<Activation, 'node' | 'instead'>>,
): boolean {
  for (let at = scope; ; ) {
    const frame = before.frames[at];
    if (!frame) return false;
    const node = graphAt({ graph, head: before }, frame.parent.home).nodes[frame.node];
    const collects = frame.kind === 'item' && node?.kind === 'forEach' && node.onItemError === 'collect';
    if (collects && !isOpen(after.frames[at]) && (isInBody(frame, row) || home !== frame.parent.home)) return true;
    at = frame.parent.scope;
  }
}

/** Is in the body of an operator with `completion` that ended in this step, or gives pages for it. */
export function endedByCompletion(
  { graph, before, after }: Pick<Step, 'graph' | 'before' | 'after'>,
  { scope, page }: Pick<Activation, 'scope' | 'page'>,
): boolean {
  if (page && !after.frames[page.list]) return true;
  for (let at: string | undefined = scope; at !== undefined; at = before.frames[at]?.parent.scope) {
    const frame = before.frames[at];
    if (!frame) return false;
    const node = graphAt({ graph, head: before }, frame.parent.home).nodes[frame.node];
    if (node && 'completion' in node && node.completion && !after.frames[at]) return true;
  }
  return false;
}

function isOpen(frame: Frame | undefined): boolean {
  return frame?.kind === 'item' && !frame.over;
}

function checkHolder(step: Step, was: Activation, now: Activation | undefined): void {
  const { world, books, process, before, after } = step;
  const lease = before.leases.find((each) => each.fence === was.fence);
  const isOver = lease && lease.until + APART < world.now + process.skew;
  if (isOver && (now ? now.suspect : isHandled(step, was))) return world.reached('poison');
  const holder = books.holderOf(before, was.fence);
  if (holder !== process && !hasReleased(step, lease)) {
    world.violate('stale holder', `${process.kind}${process.id} settled ${was.id} of another in ${after.id}`);
  }
  const began = books.begun.has(`${was.id}/${was.attempt}`);
  const isAtHand = [was.input, was.resume?.value ?? was.input].every((value) => 'v' in value);
  // A call of a port can fail before the code of the chunk reports.
  const isFaulty = now?.error?.name === 'SimulatedFault';
  const sure = isAtHand && !isFaulty && after.failure?.code !== 'deadline_exceeded';
  if (!began && sure && books.tells.has(was.node)) {
    world.violate('ended before it began', `attempt ${was.attempt} of ${was.node} in ${after.id}`);
  }
}

/** Whether the holder has posted a release of its work. */
function hasReleased({ books }: Step, lease: Lease | undefined): boolean {
  return lease !== undefined && books.postedBy(lease.session).some(({ type }) => type === 'release');
}

/** An error policy handles its last failure, so no activation remains. */
function isHandled({ graph, before }: Step, { node: id, home }: Activation): boolean {
  const own = graphAt({ graph, head: before }, home);
  const node = own.nodes[id];
  return node?.kind === 'chunk' && (own.policies[node.chunk]?.onError ?? 'fail') !== 'fail';
}

/** Work changes its holder only after the lease ended; returned work counts an attempt if it had started. */
function checkTaken(step: Step, was: Activation, now: Activation): void {
  const { world, books, process, before, after } = step;
  if (was.fence === undefined || was.fence === now.fence) return;
  // A full head has no room for settles: all work is returned.
  if (after.overfull && !before.overfull) return;
  const lease = before.leases.find((each) => each.fence === was.fence);
  const isHolder = books.holderOf(before, was.fence) === process || hasReleased(step, lease);
  if (isHolder && now.suspect === was.suspect) {
    return world.reached(now.attempt < was.attempt ? 'unbegun work refunded' : 'deadline give-back');
  }
  if (lease && lease.until + APART >= world.now + process.skew)
    world.violate('living lease', `${was.id} was taken away in ${after.id}`);
  world.reached('lease reclaimed');
  if (!now.suspect) world.violate('unsuspected', `${was.id} vanished with its holder`);
}
