/**
 * Slots of a running operator: its `concurrency` limits how many items or branches work at once. A part that only waits
 * returns its slot. After an answer it needs a slot again; slots are granted in the order of the answers.
 */

import type { Activation, BranchFrame, Frame, Head, ListFrame, ScopeId } from '../head.ts';
import { graphAt, type Transition } from '../transition.ts';
import { framesAround } from './bodies.ts';
import { busyIn, hasMore } from './busy.ts';

type Operator = BranchFrame | ListFrame;

/** True for the frames whose branches or items need slots. */
export function hasSlots(frame: Frame): frame is Operator {
  switch (frame.kind) {
    case 'list':
    case 'branches':
      return true;
    case 'item':
    case 'child':
      return false;
    default:
      return frame satisfies never;
  }
}

/** How many items or branches may work at once, by the flow's definition. */
export function limitOf(transition: Pick<Transition, 'graph' | 'head'>, frame: Operator): number {
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  return (node && 'concurrency' in node ? node.concurrency : undefined) ?? Infinity;
}

/** How many items of lists could be started, besides those in the head. */
export function startable(
  { graph, head }: Pick<Transition, 'graph' | 'head'>,
  roomOf: (list: ScopeId) => number = () => Infinity,
): number {
  let count = 0;
  for (const scope in head.frames) {
    const frame = head.frames[scope];
    if (frame?.kind !== 'list' || !hasMore(frame)) continue;
    const limit = limitOf({ graph, head }, frame);
    const room = limit === Infinity ? limit : limit - working(head, scope);
    count += Math.max(0, Math.min(frame.count - frame.next, room, roomOf(scope)));
  }
  return count;
}

/** Items of the list that hold a slot. */
function working({ frames }: Head, list: ScopeId): number {
  const holds = (frame: Frame) => frame.kind === 'item' && frame.parent.scope === list && !frame.idle && !frame.over;
  return Object.values(frames).filter(holds).length;
}

/** How many items or branches have work and no slot. */
export function countWaiting(transition: Transition, scope: ScopeId, frame: Operator): number {
  return waiting(transition.head, frame, busyIn(transition, scope)).length;
}

/** Marks the items and branches of limited operators that only wait as idle. */
export function giveBackSlots(transition: Transition, frames: readonly (readonly [ScopeId, Frame])[]): void {
  const capped = new Set<ScopeId>();
  for (const [scope, frame] of frames) {
    if (!hasSlots(frame) || limitOf(transition, frame) === Infinity) continue;
    if (frame.kind === 'list') capped.add(scope);
    else giveBackBranches(frame, busyIn(transition, scope));
  }
  if (capped.size === 0) return;
  for (const [scope, frame] of frames) {
    if (frame.kind !== 'item' || !capped.has(frame.parent.scope)) continue;
    if (!busyIn(transition, frame.parent.scope).has(scope)) frame.idle = true;
  }
}

function giveBackBranches(frame: BranchFrame, busy: ReadonlySet<string>): void {
  const open = frame.names.slice(0, frame.next).filter((name) => !Object.hasOwn(frame.slots, name));
  const idle = open.filter((name) => !busy.has(name) || frame.idle?.includes(name));
  if (idle.length > 0) frame.idle = idle;
  else delete frame.idle;
}

/** Grants free slots to answered items and branches, before new ones start. */
export function grantSlots(transition: Transition, scope: ScopeId, frame: Frame): void {
  if (!hasSlots(frame) || limitOf(transition, frame) === Infinity) return;
  const busy = busyIn(transition, scope);
  const asking = waiting(transition.head, frame, busy);
  const room = Math.max(0, limitOf(transition, frame) - (busy.size - asking.length));
  for (const part of asking.slice(0, room)) {
    const item = transition.head.frames[part];
    if (frame.kind === 'list' && item?.kind === 'item') delete item.idle;
    if (frame.kind === 'branches') frame.idle = frame.idle?.filter((name) => name !== part) ?? [];
  }
  if (frame.kind === 'branches' && frame.idle?.length === 0) delete frame.idle;
}

/** Items or branches with work and without a slot, the oldest work first. */
function waiting({ frames }: Head, frame: Operator, busy: ReadonlySet<string>): readonly string[] {
  if (frame.kind === 'branches') return frame.idle ? [...busy].filter((name) => frame.idle?.includes(name)) : [];
  return [...busy].filter((scope) => {
    const item = frames[scope];
    return item?.kind === 'item' && item.idle;
  });
}

/** Parks the activations whose item or branch has no slot: they cannot be claimed. */
export function parkWork(transition: Transition, frames: readonly (readonly [ScopeId, Frame])[]): void {
  const hasIdle = frames.some(([, frame]) => 'idle' in frame);
  for (const row of transition.head.activations) {
    if (hasIdle && !row.failed && !isGranted(transition, row)) row.parked = true;
    else if (row.parked) delete row.parked;
  }
}

function isGranted(transition: Transition, { scope, node, instead }: Activation): boolean {
  for (const { frame, branch } of framesAround(transition, scope, instead ?? node)) {
    if (frame.kind === 'branches' && branch !== undefined && frame.idle?.includes(branch)) return false;
    if (frame.kind !== 'item' || !frame.idle || (frame.over && branch === undefined)) continue;
    if (transition.head.frames[frame.parent.scope]) return false;
  }
  return true;
}
