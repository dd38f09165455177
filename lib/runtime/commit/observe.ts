/** What traces and metrics take from a commit. */
import { defined } from '../../defined.ts';
import type { Head } from '../../engine/head.ts';
import type { Ports } from '../../ports/ports.ts';

/** Notes in the head, and in the waits that begin with it, where in a trace the commit is made. */
export function stamp({ tracer }: Ports, before: Head | undefined, head: Head): Head {
  const trace = tracer?.current();
  if (trace === undefined) return head;
  const known = new Set(before?.interrupts.map(({ id, generation }) => `${generation ?? 0} ${id}`));
  const interrupts = head.interrupts.map((wait) =>
    known.has(`${wait.generation ?? 0} ${wait.id}`) ? wait : { ...wait, trace },
  );
  return { ...head, trace, interrupts };
}

/** @param before absent: the head is the first one, or what was before is unknown */
export function measure({ meter }: Ports, before: Head | undefined, after: Head): void {
  if (!meter) return;
  const { flow, lifecycle, failure, closing = 'completed' } = after;
  if (before?.unstarted && !after.unstarted) meter.record('executionsStarted', 1, { flow });
  if (lifecycle !== 'closed' || before?.lifecycle === 'closed') return;
  meter.record('executionsClosed', 1, { flow, status: failure ? 'failed' : closing });
}

/** Traces that sent an execution here: the newest traced commit, and the messages. */
export function tracesOf(
  { trace }: Head,
  messages: readonly { readonly traceparent?: string }[],
): readonly (string | undefined)[] {
  return [trace, ...messages.map(({ traceparent }) => traceparent)];
}

/** The wait that is answered is part of an earlier trace. */
export function linkTo({ tracer }: Ports, { trace }: { readonly trace?: string }): void {
  if (trace !== undefined) tracer?.link(trace);
}

/** `{ traceparent }` of the code that runs now, for messages to others. */
export function traceparentOf({ tracer }: Ports): { readonly traceparent?: string } {
  return defined({ traceparent: tracer?.current() });
}
