/**
 * Reports failed attempts to a host in the same process, once their failure is committed: the error and the time of the
 * retry.
 */
import type { Answer, FlowEvent, Outcome } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { type AttemptInfo, hasFailureListener, publishFailure } from '../chunk/attempts-channel.ts';

export class FailedAttempts {
  readonly #ended = new WeakMap<Outcome, { readonly info: AttemptInfo; readonly error: unknown }>();

  note(outcome: Outcome, info: AttemptInfo, thrown: unknown): void {
    if (outcome.kind === 'failed') this.#ended.set(outcome, { info, error: thrown ?? outcome.error });
  }

  /** @param answers answers to `events`, in the same order */
  tell(events: readonly FlowEvent[], answers: readonly Answer[], head: Head, now: number): void {
    if (!hasFailureListener()) return;
    for (const [i, event] of events.entries()) {
      const ended = event.type === 'settle' ? this.#ended.get(event.outcome) : undefined;
      if (event.type !== 'settle' || !ended || answers[i]?.kind !== 'applied') continue;
      const row = head.activations.find(({ id, failed }) => id === event.activation && !failed);
      publishFailure({ ...ended.info, error: ended.error, ...(row ? { nextAt: row.dueAt ?? now } : {}) });
    }
  }
}
