/** Which steps of an execution with durability `exit` need not be stored before the next one runs, and when they stand. */
import type { FlowEvent } from '../events.ts';
import type { Head } from '../head.ts';

/**
 * A plain step of a chain: the one chunk that ran has ended, its session runs the one that follows, and there is nothing
 * that anybody else has to hear of. With every wait, signal, retry, fan-out and end this is over.
 */
export function isPlainStep(before: Head, after: Head, session: string): boolean {
  const [was, ...wasBeside] = before.activations;
  const [next, ...beside] = after.activations;
  if (after.options.durability !== 'exit' || !was || !next || wasBeside.length + beside.length > 0) return false;
  const lease = after.leases.find((each) => each.session === session);
  const runs = next.fence === lease?.fence && next.attempt === 1 && next.id !== was.id;
  const quiet = after.lifecycle === 'open' && !after.closing && !after.failure;
  const nothingToDo = after.signals.length === 0 && after.outbox.every((row) => row.kind === 'drop');
  return runs && quiet && nothingToDo && waits(before) === waits(after);
}

/** The waits there are, and how many have ended. */
function waits({ interrupts, ledger }: Head): string {
  return JSON.stringify([interrupts.map(({ id, activation }) => [id, activation]), ledger.length]);
}

/** The head that is stored, as the session knows it, and the one that the steps ahead of it have made. */
export interface Reach {
  readonly session: string;
  readonly stored: Head;
  readonly foreseen: Head;
}

/**
 * What a session commits on `head`. What others have stored meanwhile may be what a step behind the first one should have
 * read, or has its turn under the cap: then only the first step stands, and those behind it run again under another fence.
 */
export function rebase(
  { session, stored, foreseen }: Reach,
  head: Head,
  uncommitted: readonly FlowEvent[],
  events: readonly FlowEvent[],
): readonly FlowEvent[] {
  const scopes = Object.keys(stored.frames);
  if (uncommitted.length === 0 || seen(head, scopes) === seen(stored, scopes) || isHeldIn(head, foreseen)) {
    return [...uncommitted, ...events];
  }
  const known = new Set(stored.activations.map(({ id }) => id));
  const first = uncommitted.filter((event) => event.type === 'settle' && known.has(event.activation));
  return [...first, { type: 'release', session, started: [] }, ...events.filter(({ type }) => type === 'claim')];
}

/** What chunks read, and what their turn depends on. */
function seen({ state, interventions, frames, options, activations }: Head, scopes: readonly string[]): string {
  const around = scopes.map((scope) => frames[scope] ?? null);
  return JSON.stringify([state, interventions ?? [], around, options, options.concurrency ? activations : []]);
}

/** The steps were stored by a commit whose outcome is unknown. */
function isHeldIn(head: Head, { activations: [next] }: Head): boolean {
  return head.activations.some(({ id, fence }) => id === next?.id && fence === next.fence);
}
