/** Invariants of limits: no more concurrent runs than the execution or an operator allows. */
import { isDeepStrictEqual } from 'node:util';
import type { Activation, Frame, Head, ListFrame, Origin, ScopeId } from '../../../lib/engine/head.ts';
import { roomForItems } from '../../../lib/engine/limits/crowds.ts';
import { graphAt } from '../../../lib/engine/transition.ts';
import type { SubFlowNode } from '../../../lib/flow/graph/graph.ts';
import type { Parameters } from '../../../lib/runtime/app/parameters.ts';
import { APART } from '../world/world.ts';
import type { Step } from './activations.ts';
import { isReady } from './claims.ts';

export function checkLimits(step: Step, parameters: Parameters): void {
  const { world, graph, before, after } = step;
  checkWaits(step);
  checkRoom(step, parameters);
  const { concurrency = Infinity } = after.options;
  const running = runningIn(after);
  // A lowered limit does not stop running work.
  if (running.length > Math.max(concurrency, runningIn(before).length))
    world.violate('over the limit', `${running.length} run in ${after.id}`);
  if (running.length === concurrency && after.activations.length > running.length) world.reached('limit held work up');
  const roomOf = roomForItems({ graph, head: after, lookups: parameters });
  for (const [scope, frame] of Object.entries(after.frames)) {
    if (frame.kind === 'list' && hasMore(frame) && roomOf(scope) === 0) world.reached('list waited for room');
    const node = graphAt({ graph, head: after }, frame.parent.home).nodes[frame.node];
    if (frame.kind === 'child' && node?.kind === 'subFlow') checkChild(step, scope, node);
    if (frame.kind === 'list' && node?.kind === 'forEach' && node.concurrency !== undefined)
      checkItems(step, scope, frame, node.concurrency);
    if (frame.kind === 'branches' && node?.kind === 'batch' && node.concurrency !== undefined) {
      const own = node.branches.flatMap(({ to }) => ('node' in to ? [to.node] : []));
      const rows = after.activations.filter(
        (each) => each.scope === scope && isAtWork(each) && own.includes(each.node),
      );
      const busy = new Set(rows.map((each) => each.node)).size;
      if (busy > node.concurrency) world.violate('over the limit', `${busy} branches of ${scope} in ${after.id}`);
    }
  }
}

/** The chunks of a sub-flow, nested ones included, against its own cap and that of the flow. */
function checkChild({ world, after }: Step, home: ScopeId, { graph, concurrency = Infinity }: SubFlowNode): void {
  const limit = Math.min(concurrency, graph.concurrency ?? Infinity);
  const running = runningIn(after).filter((row) => homesOf(after, row).includes(home)).length;
  if (running > limit) world.violate('over the limit', `${running} run in sub-flow ${home} of ${after.id}`);
  const ready = after.activations.some((row) => isReady(row) && homesOf(after, row).includes(home));
  if (running === limit && ready) world.reached('limit held sub-flow up');
}

function homesOf({ frames }: Head, { home }: Activation): readonly ScopeId[] {
  const homes: ScopeId[] = [];
  for (let at = home; at !== undefined; at = frames[at]?.parent.home) homes.push(at);
  return homes;
}

/** Whether the cap of an enclosing sub-flow blocks a ready row. */
export function isHeldUp(head: Head, row: Activation): boolean {
  return homesOf(head, row).some((home) => {
    const frame = head.frames[home];
    const running = runningIn(head).filter((each) => homesOf(head, each).includes(home)).length;
    return frame?.kind === 'child' && running >= (frame.concurrency ?? Infinity);
  });
}

/** A commit that claims work leaves no runnable work while there is room. */
function checkRoom(step: Step, { claimLimit, abortMargin }: Parameters): void {
  const { world, books, process, before, after } = step;
  const own = after.leases.find(({ session }) => books.sessions.get(session) === process);
  if (!own || after.hostLease || after.failure || process.deadline - abortMargin <= world.now + APART) return;
  const was = new Map(before.activations.map((each) => [each.id, each]));
  const held = after.activations.filter(({ fence }) => fence === own.fence);
  const isOld = (each: Activation) => isDeepStrictEqual(was.get(each.id), each);
  if (held.every(isOld) || held.some(({ suspect }) => suspect)) return;
  if (held.filter(runs).length > claimLimit) world.reached('more at once beside others');
  const { concurrency = Infinity } = after.options;
  const room = Math.min(claimLimit - held.filter(runs).length, concurrency - runningIn(after).length);
  if (room > 0 && after.activations.some((row) => isReady(row) && !isHeldUp(after, row)))
    world.violate('left lying', `work of ${after.id}, with room for it`);
}

function runs({ fence, awaiting }: Activation): boolean {
  return fence !== undefined && !awaiting?.length;
}

export function runningIn({ activations }: Head): readonly Activation[] {
  return activations.filter(runs);
}

/** A wait of a branch ends with its operator, for any cause. */
function checkWaits({ world, graph, before, after }: Step): void {
  for (const { id, node, scope, side } of after.interrupts) {
    const frame = before.frames[scope];
    if (side || after.frames[scope] || frame?.kind !== 'branches') continue;
    const batch = graphAt({ graph, head: before }, frame.parent.home).nodes[frame.node];
    const isBranch = batch?.kind === 'batch' && batch.branches.some(({ to }) => 'node' in to && to.node === node);
    if (isBranch) world.violate('orphan', `${id} of ${after.id} waits for an operator that is over`);
  }
}

/** An item keeps its slot until it has no running or startable work; an answered item waits for a slot. */
function checkItems({ world, before, after }: Step, list: ScopeId, frame: ListFrame, limit: number): void {
  const itemOf = (row: Row) => itemAround(after, row, list);
  const open = Object.values(after.frames).flatMap((each) =>
    hasMore(each) ? [{ ...each.parent, node: each.node }] : [],
  );
  const started = open.map(itemOf).filter((item) => item !== undefined);
  const busy = new Set([
    ...after.activations.filter(isAtWork).map(itemOf),
    ...started.filter((item) => !isIdle(after, item)),
  ]);
  busy.delete(undefined);
  if (busy.size > limit) world.violate('over the limit', `${busy.size} items of ${list} in ${after.id}`);
  if (busy.size === limit && frame.next < frame.count) world.reached('limit held items up');
  if (after.activations.some((row) => row.parked && itemOf(row))) world.reached('answered item held up');
  const early = started.find((item) => isIdle(after, item) && !isIdle(before, item));
  if (early !== undefined)
    world.violate('slot given away', `by ${early} in ${after.id}, with items still to be started`);
}

function isAtWork({ failed, parked }: Activation): boolean {
  return !failed && !parked;
}

function isIdle({ frames }: Head, scope: ScopeId): boolean {
  const frame = frames[scope];
  return frame?.kind === 'item' && frame.idle === true;
}

function hasMore(frame: Frame): boolean {
  if (frame.kind === 'list') return frame.next < frame.count;
  return frame.kind === 'branches' && frame.next < frame.names.length;
}

type Row = Origin & Pick<Activation, 'node' | 'instead'>;

/** The list item of a row. Once its result has left, only its body counts. */
function itemAround({ frames }: Head, row: Row, list: ScopeId): ScopeId | undefined {
  for (let at = row.scope; ; ) {
    const frame = frames[at];
    if (!frame) return undefined;
    if (frame.kind === 'item' && frame.parent.scope === list)
      return !frame.over || row.home !== frame.parent.home || isInBody(frame, row) ? at : undefined;
    at = frame.parent.scope;
  }
}

/** Node positions of wired flows contain their body. */
export function isInBody({ node: operator }: Frame, { node, instead }: Partial<Row>): boolean {
  return (instead ?? node)?.startsWith(`${operator}/`) === true;
}
