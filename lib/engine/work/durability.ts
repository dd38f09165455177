/** Durability `exit`: decides which steps may run on without a commit, and which of them a later commit keeps. */
import type { FlowEvent } from '../events.ts';
import type { Head } from '../head.ts';

/**
 * True for a step of a plain chain: its only chunk ended and its session holds the only next one. Every wait, signal,
 * retry, fan-out or end makes it false.
 */
export function isPlainStep(before: Head, after: Head, session: string): boolean {
  const [was, ...wasBeside] = before.activations;
  const [next, ...beside] = after.activations;
  if (after.options.durability !== 'exit' || !was || !next || wasBeside.length + beside.length > 0) return false;
  const lease = after.leases.find((each) => each.session === session);
  const runs = next.fence === lease?.fence && next.attempt === 1 && next.id !== was.id;
  const quiet = after.lifecycle === 'open' && !after.closing && !after.failure && !after.paused;
  const nothingToDo = after.signals.length === 0 && after.outbox.every((row) => row.kind === 'drop');
  const frames = [...Object.values(before.frames), ...Object.values(after.frames)];
  // Completions and pages are commit points.
  const counts = frames.some((frame) => 'failures' in frame || 'failed' in frame || 'pages' in frame);
  return runs && quiet && !counts && nothingToDo && waits(before) === waits(after);
}

/** Pending waits and the number of ended ones, as a text to compare. */
function waits({ interrupts, ledger }: Head): string {
  return JSON.stringify([interrupts.map(({ id, activation }) => [id, activation]), ledger.length]);
}

/**
 * `stored`: the head that the session last committed. `previewed`: the head after the steps that it has not committed.
 */
export interface SessionHeads {
  readonly session: string;
  readonly stored: Head;
  readonly previewed: Head;
}

/**
 * The events that a session commits on `head`. Other writers may have changed what a later step should have read, or
 * taken its permit. Then only the first step is committed; the later ones run again under another fence.
 */
export function rebase(
  { session, stored, previewed }: SessionHeads,
  head: Head,
  uncommitted: readonly FlowEvent[],
  events: readonly FlowEvent[],
): readonly FlowEvent[] {
  const scopes = Object.keys(stored.frames);
  if (uncommitted.length === 0 || seen(head, scopes) === seen(stored, scopes) || isHeldIn(head, previewed)) {
    return [...uncommitted, ...events];
  }
  const known = new Set(stored.activations.map(({ id }) => id));
  const first = uncommitted.filter((event) => event.type === 'settle' && known.has(event.activation));
  return [...first, { type: 'release', session, started: [] }, ...events.filter(({ type }) => type === 'claim')];
}

/** The parts of the head that chunks read or that limit their claims, as a text to compare. */
function seen({ state, interventions, frames, options, activations, paused }: Head, scopes: readonly string[]): string {
  const around = scopes.map((scope) => frames[scope] ?? null);
  return JSON.stringify([
    state,
    interventions ?? [],
    around,
    options,
    options.concurrency ? activations : [],
    paused ?? null,
  ]);
}

/** True when the steps are in the head already, stored by a commit whose outcome was unknown. */
function isHeldIn(head: Head, { activations: [next] }: Head): boolean {
  return head.activations.some(({ id, fence }) => id === next?.id && fence === next.fence);
}
