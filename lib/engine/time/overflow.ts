/** The end of an execution whose head can take no more. Everything stays as it is, for a redrive. */
import type { Answer, OverflowEvent } from '../events.ts';
import type { Head } from '../head.ts';
import { chunkName } from '../limits/policy.ts';
import { dueTimeOf } from '../outside/waits.ts';
import type { Transition } from '../transition.ts';
import { isAwake } from '../work/settle.ts';

/** Fails the execution. Work that runs is taken back uncounted; it may not find room to settle. */
export function overflow(transition: Transition, { error }: OverflowEvent): Answer {
  const { head, now } = transition;
  if (head.overfull || head.lifecycle === 'closed') return { kind: 'already' };
  const row = culprit(head, now);
  head.overfull = true;
  head.failure ??= { ...error, chunk: row ? chunkName(transition, row) : '', attempt: 0 };
  for (const activation of head.activations) {
    if (activation.fence === undefined) continue;
    delete activation.fence;
    if (!activation.awaiting?.length) activation.attempt -= 1;
  }
  head.leases = [];
  head.fence += 1;
  return { kind: 'applied' };
}

/** The first thing that was due, else the newest work. */
function culprit(head: Head, now: number) {
  const wait = head.interrupts.find((each) => (dueTimeOf(head, each) ?? Infinity) <= now);
  return wait ?? head.activations.find((each) => isAwake(each, now)) ?? head.activations.at(-1);
}
