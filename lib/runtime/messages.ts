/** Which wake-ups a commit calls for. They follow the change of what is claimable, never of what is ready. */
import { isClaimable } from '../engine/claim.ts';
import type { Head } from '../engine/head.ts';
import { type Delayed, MAX_DELAY_SECONDS, type WakeMessage } from '../ports/wake-queue.ts';

/** More messages than this are never on their way for the queued signals of one execution. */
const SIGNAL_MESSAGES = 32;

export interface CommitChange {
  readonly before: Head | undefined;
  readonly after: Head;
  readonly now: number;
  /** Signal messages that the committer had received. */
  readonly received: number;
}

export function messagesAfter(change: CommitChange): readonly Delayed[] {
  const { before, after, now } = change;
  const messages: Delayed[] = [];
  if (claimable(after, now) > (before ? claimable(before, now) : 0)) messages.push(at(after.id, 'wake', now, now));
  for (const signalId of signalHints(change)) {
    messages.push({ message: { executionId: after.id, kind: 'signal', signalId }, delaySeconds: 0 });
  }
  if (after.armed !== undefined && after.armed !== before?.armed)
    messages.push(at(after.id, 'timer', after.armed, now));
  return messages;
}

/** One message for each queued signal, up to the limit; those that were received are on their way no more. */
function signalHints({ before, after, received }: CommitChange): readonly string[] {
  const onTheirWay = Math.max(0, Math.min(SIGNAL_MESSAGES, before?.signals.length ?? 0) - received);
  const wanted = Math.min(SIGNAL_MESSAGES, after.signals.length);
  return after.signals.slice(onTheirWay, wanted).map((signal) => signal.id);
}

export function claimable(head: Head, now: number): number {
  return head.activations.filter((activation) => isClaimable(head, activation, now)).length;
}

/** A message that arrives no earlier than `due`, as far as a queue can delay it. */
export function at(executionId: string, kind: WakeMessage['kind'], due: number, now: number): Delayed {
  const seconds = Math.ceil(Math.max(0, due - now) / 1_000);
  return { message: { executionId, kind }, delaySeconds: Math.min(MAX_DELAY_SECONDS, seconds) };
}
