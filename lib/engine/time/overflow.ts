/** Fails an execution whose head has reached its size limit. All work is kept for a redrive. */
import type { Answer, OverflowEvent } from '../events.ts';
import type { Head } from '../head.ts';
import { noteAborted } from '../history/attempts.ts';
import { chunkName } from '../limits/retry-policy.ts';
import { dueTimeOf } from '../outside/waits.ts';
import type { Transition } from '../transition.ts';
import { isSleepOver } from '../work/settle.ts';

/** Fails the execution. Running work is taken back uncounted, because it may find no room to settle. */
export function overflow(transition: Transition, { error }: OverflowEvent): Answer {
  const { head, now } = transition;
  if (head.overfull || head.lifecycle === 'closed') return { kind: 'already' };
  const row = culprit(head, now);
  head.overfull = true;
  head.failure ??= { ...error, chunk: row ? chunkName(transition, row) : '', attempt: 0 };
  noteAborted(transition, head.activations, 'overflow');
  for (const activation of head.activations) {
    if (activation.fence === undefined) continue;
    delete activation.fence;
    if (!activation.awaiting?.length) activation.attempt -= 1;
  }
  head.leases = [];
  head.fence += 1;
  return { kind: 'applied' };
}

/** The first due row, else the newest work: the failure names its chunk. */
function culprit(head: Head, now: number) {
  const wait = head.interrupts.find((each) => (dueTimeOf(head, each) ?? Infinity) <= now);
  return wait ?? head.activations.find((each) => isSleepOver(each, now)) ?? head.activations.at(-1);
}
