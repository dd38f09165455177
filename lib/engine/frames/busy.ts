/**
 * Finds the items and branches of running operators that have live work. One count serves all operators; new rows are
 * added to it.
 */

import type { Activation, Frame, Head, QueuedSignal, ScopeId } from '../head.ts';
import type { Transition } from '../transition.ts';
import { type Around, framesAround } from './bodies.ts';

/**
 * Valid while rows and frames are only added. After `forgetBusy` or with a replaced array of rows the next query counts
 * again.
 */
export interface BusyIndex {
  readonly activations: readonly Activation[];
  readonly signals: readonly QueuedSignal[];
  /** How many rows of each array are counted. */
  readonly counted: { activations: number; signals: number };
  /**
   * Scopes whose enclosing frames are already counted. `true`: counted from a node in the body of the scope's operator.
   */
  readonly walked: Map<ScopeId, boolean>;
  /** By scope of the operator: busy items (their scopes) or busy branches (their names), the oldest work first. */
  readonly parts: Map<ScopeId, Set<string>>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The busy parts of an operator: items or branches with ready, running, retried, sleeping, queued or unstarted work. A
 * part that only waits for people is not busy.
 */
export function busyIn(transition: Transition, scope: ScopeId): ReadonlySet<string> {
  return indexOf(transition).parts.get(scope) ?? NONE;
}

/** Counts the live work. A later change of `cache.busy` means that rows were removed since. */
export function countBusy(transition: Transition): void {
  indexOf(transition);
}

/** Call it after removing or failing rows or frames. */
export function forgetBusy({ cache }: Transition): void {
  cache.busy = undefined;
}

/** True while the frame has branches or items to start. */
export function hasMore(frame: Frame): boolean {
  switch (frame.kind) {
    case 'list':
      return frame.next < frame.count;
    case 'branches':
      return frame.next < frame.names.length;
    case 'item':
    case 'child':
      return false;
    default:
      return frame satisfies never;
  }
}

function indexOf(transition: Transition): BusyIndex {
  const { head, cache } = transition;
  const { activations, signals } = head;
  const known = cache.busy;
  const isValid = known?.activations === activations && known.signals === signals;
  const index = isValid ? known : newIndex(head);
  cache.busy = index;
  const { counted } = index;
  for (; counted.activations < activations.length; counted.activations += 1) {
    const row = activations[counted.activations];
    if (row && !row.failed) count(transition, index, row.scope, row.instead ?? row.node);
  }
  for (; counted.signals < signals.length; counted.signals += 1) {
    const row = signals[counted.signals];
    if (row) count(transition, index, row.scope);
  }
  const open = isValid ? [] : Object.values(head.frames).filter(hasMore);
  for (const { node, parent } of open) count(transition, index, parent.scope, node);
  return index;
}

function newIndex({ activations, signals }: Head): BusyIndex {
  return { activations, signals, counted: { activations: 0, signals: 0 }, walked: new Map(), parts: new Map() };
}

function count(transition: Transition, { walked, parts }: BusyIndex, scope: ScopeId, node?: string): void {
  for (const around of framesAround(transition, scope, node)) {
    const { at, branch } = around;
    const inBody = branch !== undefined;
    addBusyPart(parts, around);
    const known = walked.get(at);
    if (known === true || known === inBody) return;
    walked.set(at, inBody);
  }
}

function addBusyPart(parts: BusyIndex['parts'], { at, frame, branch }: Around): void {
  switch (frame.kind) {
    case 'branches':
      if (branch !== undefined) add(parts, at, branch);
      return;
    case 'item':
      if (branch !== undefined || !frame.over) add(parts, frame.parent.scope, at);
      return;
    case 'list':
    case 'child':
      return;
    default:
      frame satisfies never;
  }
}

function add(parts: BusyIndex['parts'], operator: ScopeId, part: string): void {
  const known = parts.get(operator);
  if (known) known.add(part);
  else parts.set(operator, new Set([part]));
}
