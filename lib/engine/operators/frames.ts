/** Running operators: what opens a scope for each of its branches or items, and goes on when they are done. */

import type { ForEachNode, NodeId, Target } from '../../flow/graph/graph.ts';
import { hashId, type Json } from '../../flow/json.ts';
import { busyIn, forgetBusy, hasMore } from '../frames/busy.ts';
import { endFrame, endItem } from '../frames/ends.ts';
import { allAround, dropFrame, pruneScopes } from '../frames/scopes.ts';
import { countWaiting, giveBackSlots, grantSlots, limitOf, parkWork } from '../frames/slots.ts';
import type { BranchFrame, Frame, Head, ListFrame, Origin, ScopeId, Value } from '../head.ts';
import { dispatch } from '../moves.ts';
import { originOf } from '../origin.ts';
import type { Answered } from '../outside/attribution.ts';
import { graphAt, type Transition } from '../transition.ts';
import { literal, readValue } from '../values/value-refs.ts';
import { endFailedItem } from '../work/failures.ts';
import { dropSpent, inOrder } from './joins.ts';
import { endIdleChild } from './sub-flows.ts';

/** Most characters of the positions of items. */
const POSITIONS = 32;

/** More are not kept: a head does not grow with the turns of a loop. */
const UNFILLED = 20;

/** Opens a frame whose branches all get the same input; they start as the operator's `concurrency` allows. */
export function openBranches(
  transition: Transition,
  { node, parent, names }: Pick<BranchFrame, 'node' | 'parent' | 'names'>,
  input: Value,
  instance: ScopeId,
  answer?: Answered,
): void {
  const given = answer ? { input, answer } : { input };
  transition.head.frames[instance] = {
    kind: 'branches',
    node,
    parent: originOf(parent),
    names,
    next: 0,
    ...given,
    slots: {},
  };
  advance(transition, instance);
}

/** Opens a frame over a list; anything else is one item. */
export function openList(
  transition: Transition,
  id: NodeId,
  node: ForEachNode,
  value: Value,
  path: Origin,
  instance: ScopeId,
): void {
  const list = readValue(value, transition.lookups.values, transition.missing.values);
  if (list === undefined) return;
  const items = Array.isArray(list) ? value : literal([list] as Json);
  const count = Array.isArray(list) ? list.length : 1;
  if (count === 0) {
    if (node.collects) dispatch(transition, node.out, literal([]), path, instance);
    return;
  }
  transition.head.frames[instance] = {
    kind: 'list',
    node: id,
    parent: originOf(path),
    items,
    count,
    next: 0,
    slots: {},
  };
  advance(transition, instance);
}

/** Takes the output of a branch or item; the operator goes on when it was the last one. */
export function leaveFrame(transition: Transition, id: NodeId, branch: string, value: Value, path: Origin): void {
  const frame = transition.head.frames[path.scope];
  if (frame?.kind === 'branches' && frame.node === id) {
    frame.slots[branch] = value;
    endBranches(transition, path.scope, frame);
  } else if (frame?.kind === 'item' && frame.node === id) {
    endItem(transition, path.scope, value);
  }
}

function endBranches(transition: Transition, scope: ScopeId, frame: BranchFrame): void {
  const filled = inOrder(frame.names, frame.slots);
  if (!filled) return;
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  const isMatch = node?.kind === 'match';
  endFrame(
    transition,
    scope,
    frame,
    isMatch ? { list: frame.names.map((name) => frame.slots[name] ?? literal(null)) } : filled,
  );
}

/**
 * After every event: ends operators and sub-flows in which nothing happens any more, and starts what the limits of running
 * operators leave room for. A sub-flow ends first: its result continues in the slot that its work had.
 */
export function advanceAll(transition: Transition): void {
  let frames = framesOf(transition);
  for (let again = frames.length > 0; again; ) {
    while (endIdleChild(transition, frames)) frames = framesOf(transition);
    forgetBusy(transition);
    giveBackSlots(transition, frames);
    for (const [scope, frame] of frames) grantSlots(transition, scope, frame);
    const counted = transition.cache.busy;
    const open = frames.filter(([, frame]) => hasMore(frame));
    const isQuiet = open.map(([scope]) => advance(transition, scope)).includes(true);
    if (open.length > 0) frames = framesOf(transition);
    // Counted anew: something has ended, which may leave room in an operator around it.
    const hasEnded = transition.cache.busy !== counted;
    again = dropSilent(transition, frames) || isQuiet || hasEnded;
    if (again) frames = framesOf(transition);
  }
  parkWork(transition, frames);
  dropSpent(transition);
  pruneScopes(transition.head);
}

type FrameEntry = readonly [scope: ScopeId, frame: Frame];

/** Read once for each pass: with a thousand frames this costs more than the rest of an event. */
function framesOf({ head }: Transition): readonly FrameEntry[] {
  return Object.entries(head.frames);
}

/**
 * Deletes frames without live work; keeps the newest unfilled ones because the view reports them. An item that has delivered
 * nothing fills its place as a failure where its list collects them.
 * @returns whether a place was filled
 */
function dropSilent(transition: Transition, frames: readonly FrameEntry[]): boolean {
  const live = liveScopes(transition.head, frames);
  const isSilent = ([scope, frame]: FrameEntry) =>
    frame.kind !== 'child' && !hasMore(frame) && (!live.has(scope) || isLeftBehind(transition.head, frame));
  const silent = frames.filter(isSilent);
  if (silent.length === 0) return false;
  const missing = silent.filter(([, frame]) => lacksOutput(transition, frame));
  const around = allAround(
    transition.head,
    missing.map(([, { parent }]) => parent.scope),
  );
  const unfilled = silent
    .filter(([, frame]) => frame.kind === 'branches' || collects(transition, frame))
    .slice(-UNFILLED);
  const kept = new Set([...unfilled, ...missing]);
  for (const each of silent) if (!kept.has(each) && !around.has(each[0])) dropSilentFrame(transition.head, ...each);
  // An item around another one may continue with what that one gives.
  for (const [scope] of missing) if (!around.has(scope)) endFailedItem(transition, scope, NO_OUTPUT);
  return missing.length > 0;
}

/** An item of a list whose results have left: its slot is needed no more. */
function isLeftBehind({ frames }: Head, frame: Frame): boolean {
  return frame.kind === 'item' && frame.over === 'done' && !frames[frame.parent.scope];
}

function dropSilentFrame(head: Head, scope: ScopeId, frame: Frame): void {
  dropFrame(head, scope);
  if (frame.kind === 'item' && frame.over === 'failed') head.joins = head.joins.filter((each) => each.scope !== scope);
}

const NO_OUTPUT = {
  name: 'NoOutputError',
  code: 'no_output',
  message: 'The item delivered nothing: a branch of it was skipped, or its wait ended without an output.',
};

/** Waits that a close has cancelled fill nothing: the execution ends there. */
function lacksOutput(transition: Transition, frame: Frame): boolean {
  if (frame.kind !== 'item' || frame.over || transition.head.closing === 'cancelled') return false;
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  return node?.kind === 'forEach' && node.collects && node.onItemError === 'collect';
}

function collects(transition: Transition, { kind, parent, node: id }: Frame): boolean {
  const node = graphAt(transition, parent.home).nodes[id];
  return kind === 'list' && node?.kind === 'forEach' && node.collects;
}

/** Where something happens or may be tried again, and what is around it; a sub-flow ends by itself. */
function liveScopes(head: Head, frames: readonly FrameEntry[]): ReadonlySet<ScopeId> {
  const children = frames.flatMap(([, { kind, parent }]) => (kind === 'child' ? [parent] : []));
  const rows = [...head.activations, ...head.signals, ...head.interrupts, ...children];
  return allAround(
    head,
    rows.map(({ scope }) => scope),
  );
}

/** @returns whether to look again: something was started and left no live work, so there may be room for more */
function advance(transition: Transition, scope: ScopeId): boolean {
  const frame = transition.head.frames[scope];
  if (frame?.kind !== 'list' && frame?.kind !== 'branches') return false;
  const limit = limitOf(transition, frame) + countWaiting(transition, scope, frame);
  let quiet = 0;
  while (transition.head.frames[scope] === frame && hasMore(frame) && busyIn(transition, scope).size + quiet < limit) {
    const index = frame.next;
    frame.next += 1;
    const part = frame.kind === 'list' ? itemScope(scope, index) : (frame.names[index] ?? '');
    if (frame.kind === 'list') startItem(transition, scope, frame, index);
    else startBranch(transition, scope, frame, part);
    const isOpen = !Object.hasOwn(frame.slots, frame.kind === 'list' ? index : part);
    if (isOpen && !busyIn(transition, scope).has(part)) quiet += 1;
  }
  if (hasMore(frame)) return quiet > 0;
  // What all have been given is needed no more.
  if (frame.kind === 'list') {
    frame.items = literal(null);
  } else {
    frame.input = literal(null);
    delete frame.answer;
  }
  return quiet > 0;
}

function startBranch(transition: Transition, scope: ScopeId, frame: BranchFrame, name: string): void {
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  const path = { ...frame.parent, scope };
  if (node?.kind === 'match') {
    dispatch(transition, node.cases[Number(name)]?.to ?? [], frame.input, path, `${scope}/${name}`, frame.answer);
  }
  if (node?.kind !== 'batch') return;
  const branch = node.branches.find((each) => each.name === name);
  if (branch) dispatch(transition, [branch.to], frame.input, path, scope, frame.answer);
}

function startItem(transition: Transition, list: ScopeId, frame: ListFrame, index: number): void {
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  const body: readonly Target[] = node?.kind === 'forEach' ? node.body : [];
  const scope = itemScope(list, index);
  const parent = { ...frame.parent, scope: list };
  transition.head.frames[scope] = { kind: 'item', node: frame.node, parent, index };
  const positions = [...(parent.items === undefined ? [] : [parent.items]), index].join('-');
  // Items that begin the next list of a loop would make it longer and longer.
  const items = positions.length > POSITIONS ? hashId(positions) : positions;
  dispatch(transition, body, itemOf(frame.items, index), { ...parent, scope, items }, scope);
}

function itemScope(list: ScopeId, index: number): ScopeId {
  return hashId(list, index);
}

function itemOf(items: Value, index: number): Value {
  if ('ref' in items) return { ref: items.ref, at: index };
  if ('list' in items) return items.list[index] ?? literal(null);
  return literal('v' in items ? ((items.v as readonly Json[])[index] ?? null) : null);
}
