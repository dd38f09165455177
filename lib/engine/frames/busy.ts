/** Which items and branches of running operators have live work: counted once for all operators, then kept up with new rows. */

import type { Activation, Frame, Head, QueuedSignal, ScopeId } from '../head.ts';
import type { Transition } from '../transition.ts';
import { framesAround } from './bodies.ts';

/** Valid while rows and frames are only added; `forgetBusy` or a replaced list of rows makes the next query count anew. */
export interface BusyIndex {
  readonly activations: readonly Activation[];
  readonly signals: readonly QueuedSignal[];
  /** How many rows of each list are counted. */
  counted: { activations: number; signals: number };
  /** Scopes whose way up is counted already; `true`: for a position in the body of the scope's operator. */
  readonly walked: Map<ScopeId, boolean>;
  /** Busy items (their scopes) and busy branches (their names) by the scope of their operator, the oldest work first. */
  readonly parts: Map<ScopeId, Set<string>>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Branches or items with work that is ready, running, retried, asleep or queued, or that has still to be started; those that only
 * wait for people do not count.
 */
export function busyIn(transition: Transition, scope: ScopeId): ReadonlySet<string> {
  return indexOf(transition).parts.get(scope) ?? NONE;
}

/** To be called where rows or frames are removed, or fail. */
export function forgetBusy({ cache }: Transition): void {
  delete cache.busy;
}

/** Has branches or items that are still to be started. */
export function hasMore(frame: Frame): boolean {
  if (frame.kind === 'list') return frame.next < frame.count;
  return frame.kind === 'branches' && frame.next < frame.names.length;
}

function indexOf(transition: Transition): BusyIndex {
  const { head, cache } = transition;
  const { activations, signals } = head;
  const known = cache.busy;
  const isValid = known?.activations === activations && known.signals === signals;
  const index = isValid ? known : newIndex(head);
  cache.busy = index;
  for (const row of activations.slice(index.counted.activations))
    if (!row.failed) count(transition, index, row.scope, row.instead ?? row.node);
  for (const row of signals.slice(index.counted.signals)) count(transition, index, row.scope);
  const open = isValid ? [] : Object.values(head.frames).filter(hasMore);
  for (const { node, parent } of open) count(transition, index, parent.scope, node);
  index.counted = { activations: activations.length, signals: signals.length };
  return index;
}

function newIndex({ activations, signals }: Head): BusyIndex {
  return { activations, signals, counted: { activations: 0, signals: 0 }, walked: new Map(), parts: new Map() };
}

function count(transition: Transition, { walked, parts }: BusyIndex, scope: ScopeId, node?: string): void {
  for (const { at, frame, branch } of framesAround(transition, scope, node)) {
    const inBody = branch !== undefined;
    if (frame.kind === 'branches' && inBody) add(parts, at, branch);
    if (frame.kind === 'item' && (inBody || !frame.over)) add(parts, frame.parent.scope, at);
    const known = walked.get(at);
    if (known === true || known === inBody) return;
    walked.set(at, inBody);
  }
}

function add(parts: BusyIndex['parts'], operator: ScopeId, part: string): void {
  const known = parts.get(operator);
  if (known) known.add(part);
  else parts.set(operator, new Set([part]));
}
