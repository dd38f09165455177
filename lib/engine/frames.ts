/** Running operators: what opens a scope for each of its branches or items, and goes on when they are done. */
import type { ForEachNode, NodeId, Target } from '../flow/graph.ts';
import { hashId, type Json } from '../flow/json.ts';
import { busyIn, forgetBusy } from './busy.ts';
import { dispatch, pathOf } from './dispatch.ts';
import type { BranchFrame, Frame, Head, ListFrame, Path, ScopeId, Value } from './head.ts';
import { dropSpent, inOrder } from './joins.ts';
import { dropFrame, pruneScopes } from './scopes.ts';
import { endIdleChild } from './sub-flows.ts';
import { graphAt, type Turn } from './turn.ts';
import { inline, readValue } from './values.ts';

/** Most characters of the positions of items. */
const POSITIONS = 32;

/** Items that may be unfinished and not merely waiting at once, where the flow sets no smaller limit. */
const WINDOW = 512;
/** More are not kept: a head does not grow with the turns of a loop. */
const UNFILLED = 20;

/** Opens a frame whose branches all get the same input; they start as the operator's `concurrency` allows. */
export function openBranches(
  turn: Turn,
  { node, parent, names }: Pick<BranchFrame, 'node' | 'parent' | 'names'>,
  input: Value,
  instance: ScopeId,
): void {
  turn.head.frames[instance] = { kind: 'branches', node, parent: pathOf(parent), names, next: 0, input, slots: {} };
  advance(turn, instance);
}

/** Opens a frame over a list; anything else is one item. */
export function openList(turn: Turn, id: NodeId, node: ForEachNode, value: Value, path: Path, instance: ScopeId): void {
  const list = readValue(value, turn.facts.values, turn.needs.values);
  if (list === undefined) return;
  const items = Array.isArray(list) ? value : inline([list] as Json);
  const count = Array.isArray(list) ? list.length : 1;
  if (count === 0) {
    if (node.collects) dispatch(turn, node.out, inline([]), path, instance);
    return;
  }
  turn.head.frames[instance] = { kind: 'list', node: id, parent: pathOf(path), items, count, next: 0, slots: {} };
  advance(turn, instance);
}

/** Takes the output of a branch or item; the operator goes on when it was the last one. */
export function leaveFrame(turn: Turn, id: NodeId, branch: string, value: Value, path: Path): void {
  const frame = turn.head.frames[path.scope];
  if (frame?.kind === 'branches' && frame.node === id) {
    frame.slots[branch] = value;
    endBranches(turn, path.scope, frame);
  } else if (frame?.kind === 'item' && frame.node === id) {
    endItem(turn, path.scope, value);
  }
}

/** The result of one item is known: its scope is over. */
export function endItem(turn: Turn, scope: ScopeId, result: Value): void {
  const item = turn.head.frames[scope];
  if (item?.kind !== 'item') return;
  const list = turn.head.frames[item.parent.scope];
  forgetBusy(turn);
  dropFrame(turn.head, scope);
  if (list?.kind !== 'list') return;
  list.slots[item.index] = result;
  if (Object.keys(list.slots).length < list.count) return;
  const results = Array.from({ length: list.count }, (_, i) => list.slots[i] ?? inline(null));
  end(turn, item.parent.scope, list, { list: results });
}

function endBranches(turn: Turn, scope: ScopeId, frame: BranchFrame): void {
  const filled = inOrder(frame.names, frame.slots);
  if (!filled) return;
  const node = graphAt(turn, frame.parent.home).nodes[frame.node];
  const isMatch = node?.kind === 'match';
  end(turn, scope, frame, isMatch ? { list: frame.names.map((name) => frame.slots[name] ?? inline(null)) } : filled);
}

function end(turn: Turn, scope: ScopeId, frame: Frame, result: Value): void {
  forgetBusy(turn);
  dropFrame(turn.head, scope);
  const node = graphAt(turn, frame.parent.home).nodes[frame.node];
  if (node) dispatch(turn, node.out, result, frame.parent, scope);
}

/**
 * After every event: starts what the limits of running operators leave room for, and ends what is over: operators and
 * sub-flows in which nothing happens any more.
 */
export function advanceAll(turn: Turn): void {
  let frames = framesOf(turn);
  for (let isOver = frames.length === 0; !isOver; ) {
    forgetBusy(turn);
    const open = frames.filter(([, frame]) => hasMore(frame));
    for (const [scope] of open) advance(turn, scope);
    if (open.length > 0) frames = framesOf(turn);
    isOver = !endIdleChild(turn, dropSilent(turn, frames));
    if (!isOver) frames = framesOf(turn);
  }
  dropSpent(turn);
  pruneScopes(turn.head);
}

type FrameEntry = readonly [scope: ScopeId, frame: Frame];

/** Read once for each pass: with a thousand frames this costs more than the rest of an event. */
function framesOf({ head }: Turn): readonly FrameEntry[] {
  return Object.entries(head.frames);
}

function hasMore(frame: Frame): boolean {
  if (frame.kind === 'list') return frame.next < frame.count;
  return frame.kind === 'branches' && frame.next < frame.names.length;
}

/**
 * Deletes frames without live work; keeps the newest unfilled ones because the view reports them.
 * @returns the frames that are left
 */
function dropSilent(turn: Turn, frames: readonly FrameEntry[]): readonly FrameEntry[] {
  const live = liveScopes(turn.head, frames);
  const isSilent = ([scope, frame]: FrameEntry) => frame.kind !== 'child' && !hasMore(frame) && !live.has(scope);
  const silent = frames.filter(isSilent);
  if (silent.length === 0) return frames;
  const unfilled = silent.filter(([, frame]) => frame.kind === 'branches' || collects(turn, frame)).slice(-UNFILLED);
  const gone = new Set(silent.filter((each) => !unfilled.includes(each)));
  for (const [scope] of gone) dropFrame(turn.head, scope);
  return frames.filter((each) => !gone.has(each));
}

function collects(turn: Turn, { kind, parent, node: id }: Frame): boolean {
  const node = graphAt(turn, parent.home).nodes[id];
  return kind === 'list' && node?.kind === 'forEach' && node.collects;
}

/** Where something happens or may be tried again, and what is around it; a sub-flow ends by itself. */
function liveScopes(head: Head, frames: readonly FrameEntry[]): ReadonlySet<ScopeId> {
  const children = frames.flatMap(([, { kind, parent }]) => (kind === 'child' ? [parent] : []));
  const live = new Set<ScopeId>();
  for (const { scope } of [...head.activations, ...head.signals, ...head.interrupts, ...children]) {
    for (let at: ScopeId | undefined = scope; at !== undefined && !live.has(at); at = head.frames[at]?.parent.scope)
      live.add(at);
  }
  return live;
}

function advance(turn: Turn, scope: ScopeId): void {
  const frame = turn.head.frames[scope];
  if (frame?.kind !== 'list' && frame?.kind !== 'branches') return;
  const node = graphAt(turn, frame.parent.home).nodes[frame.node];
  const limit = node && 'concurrency' in node ? (node.concurrency ?? WINDOW) : WINDOW;
  while (turn.head.frames[scope] === frame && hasMore(frame) && busyIn(turn, scope, frame) < limit) {
    const index = frame.next;
    frame.next += 1;
    if (frame.kind === 'list') startItem(turn, scope, frame, index);
    else startBranch(turn, scope, frame, frame.names[index] ?? '');
  }
  // What all have been given is needed no more.
  if (hasMore(frame)) return;
  if (frame.kind === 'list') frame.items = inline(null);
  else frame.input = inline(null);
}

function startBranch(turn: Turn, scope: ScopeId, frame: BranchFrame, name: string): void {
  const node = graphAt(turn, frame.parent.home).nodes[frame.node];
  const path = { ...frame.parent, scope };
  if (node?.kind === 'match') dispatch(turn, node.cases[Number(name)]?.to ?? [], frame.input, path, `${scope}/${name}`);
  if (node?.kind !== 'batch') return;
  const branch = node.branches.find((each) => each.name === name);
  if (branch) dispatch(turn, [branch.to], frame.input, path, scope);
}

function startItem(turn: Turn, list: ScopeId, frame: ListFrame, index: number): void {
  const node = graphAt(turn, frame.parent.home).nodes[frame.node];
  const body: readonly Target[] = node?.kind === 'forEach' ? node.body : [];
  const scope = hashId(list, index);
  const parent = { ...frame.parent, scope: list };
  turn.head.frames[scope] = { kind: 'item', node: frame.node, parent, index };
  const positions = [...(parent.items === undefined ? [] : [parent.items]), index].join('-');
  // Items that begin the next list of a loop would make it longer and longer.
  const items = positions.length > POSITIONS ? hashId(positions) : positions;
  dispatch(turn, body, itemOf(frame.items, index), { ...parent, scope, items }, scope);
}

function itemOf(items: Value, index: number): Value {
  if ('ref' in items) return { ref: items.ref, at: index };
  if ('list' in items) return items.list[index] ?? inline(null);
  return inline('v' in items ? ((items.v as readonly Json[])[index] ?? null) : null);
}
