/** Redrive: what has failed for good gets another chance. What an execution has done and kept stays as it is. */
import { listFailed } from './cascades.ts';
import type { Answer, RedriveEvent } from './events.ts';
import type { Activation, FailureInfo, Head } from './head.ts';
import { announce } from './pauses.ts';
import { chunkName } from './policy.ts';
import { openChild } from './sub-flows.ts';
import { noteInterrupt } from './system-items.ts';
import { graphAt, type Turn } from './turn.ts';

/**
 * Accepted once by id, and only while something has failed that can be tried again. Every failed activation, or only the one
 * that is named, starts with fresh attempts, a wait whose expiry was the failure begins anew, and an execution that was closed
 * as failed is open again.
 */
export function redrive(turn: Turn, { id, activation, actor }: RedriveEvent): Answer {
  const { head, now } = turn;
  if (head.redrives?.some((each) => each.id === id)) return { kind: 'already' };
  const failure = head.failure ?? head.sideFailure;
  // The failed rows of a cascade are the affair of the activation that awaits it.
  const all = listFailed(head).filter(({ cascade }) => cascade === undefined || !head.cascades[cascade]);
  const failed = all.filter((each) => activation === undefined || each.id === activation);
  const isRunaway = failure?.code === 'hop_budget' && activation === undefined;
  if (!failure || (failed.length === 0 && !isRunaway) || head.closing === 'cancelled') return { kind: 'ignored' };
  head.redrives ??= [];
  head.redrives.push({ id, at: now, ...(actor === undefined ? {} : { actor }), error: summary(failure) });
  delete head.failure;
  delete head.sideFailure;
  const left = all.find((each) => !failed.includes(each));
  if (left) head.sideFailure = notTried(turn, left);
  if (head.lifecycle === 'closed') reopen(head);
  for (const each of failed) again(turn, each);
  return { kind: 'applied' };
}

function reopen(head: Head): void {
  head.lifecycle = 'open';
  delete head.closedAt;
  delete head.closing;
  delete head.cancels;
  delete head.idleSince;
}

function again(turn: Turn, activation: Activation): void {
  const { head, now } = turn;
  const { expired } = activation;
  const node = graphAt(turn, activation.home).nodes[activation.node];
  delete activation.failed;
  if (expired) {
    remove(head, activation);
    const lasts = (expired.expiresAt ?? now) - expired.createdAt;
    const generation = (expired.generation ?? 0) + 1;
    const anew = { ...expired, generation, createdAt: now, expiresAt: now + lasts };
    head.interrupts.push(anew);
    noteInterrupt(head, 'pause', anew);
    announce(head, anew, `${head.redrives?.length}`);
  } else if (node?.kind === 'subFlow') {
    remove(head, activation);
    // One that is there has run: it only writes back.
    if (!head.frames[activation.id])
      openChild(turn, activation.node, node, activation.input, activation, activation.id);
  } else {
    activation.attempt = 0;
    againInside(turn, activation);
  }
}

/**
 * What failed in an awaited emit is tried again too, and the activation goes on once that is quiet; unless it has had other
 * operations accepted since, in knowledge of the failure: then the failure stays what it was.
 */
function againInside(turn: Turn, activation: Activation): void {
  const { head } = turn;
  for (const [id, cascade] of Object.entries(head.cascades)) {
    if (cascade.owner !== activation.id || !cascade.failure || cascade.failedAt !== activation.ops?.n) continue;
    delete cascade.failure;
    delete cascade.failedAt;
    // Who awaits goes on uncounted: this is its first attempt again.
    activation.attempt = 1;
    activation.awaiting = [...(activation.awaiting ?? []), id];
    for (const inner of listFailed(head)) if (inner.cascade === id) again(turn, inner);
  }
}

function remove(head: Head, activation: Activation): void {
  head.activations = head.activations.filter((each) => each !== activation);
}

/** What is left as it is fails the execution again once the rest is over. Its own error may not have been kept. */
function notTried(turn: Turn, activation: Activation): FailureInfo {
  const chunk = chunkName(turn, activation);
  return { name: 'Error', message: `${chunk} had failed and was not tried again.`, chunk, attempt: activation.attempt };
}

/** Without the message: it may be long, and these rows are kept for good. */
function summary({ name, chunk, code }: FailureInfo) {
  return { name, chunk, ...(code === undefined ? {} : { code }) };
}
