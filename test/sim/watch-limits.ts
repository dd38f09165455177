/** Invariants of limits: no more runs at once than the execution or an operator allows. */
import type { Activation, Head, ListFrame, ScopeId } from '../../lib/engine/head.ts';
import { graphAt } from '../../lib/engine/turn.ts';
import type { Parameters } from '../../lib/runtime/parameters.ts';
import type { Step } from './watch-activations.ts';
import { isReady } from './watch-claims.ts';
import { APART } from './world.ts';

export function checkLimits(step: Step, parameters: Parameters): void {
  const { world, graph, books, before, after } = step;
  checkWaits(step);
  checkRoom(step, parameters);
  for (const { scope } of after.interrupts) books.waited.add(scope);
  const { concurrency = Infinity } = after.options;
  const running = runningIn(after);
  // A lower limit stops nothing that runs.
  if (running.length > Math.max(concurrency, runningIn(before).length))
    world.violate('over the limit', `${running.length} run in ${after.id}`);
  if (running.length === concurrency && after.activations.length > running.length) world.reached('limit held work up');
  for (const [scope, frame] of Object.entries(after.frames)) {
    const node = graphAt({ graph, head: after }, frame.parent.home).nodes[frame.node];
    if (frame.kind === 'list' && node?.kind === 'forEach' && node.concurrency !== undefined)
      checkItems({ world, books, after }, scope, frame, node.concurrency);
    if (
      frame.kind === 'branches' &&
      node?.kind === 'batch' &&
      node.concurrency !== undefined &&
      !books.waited.has(scope)
    ) {
      const rows = after.activations.filter((each) => each.scope === scope && !each.failed);
      const busy = new Set(rows.map((each) => each.node)).size;
      if (busy > node.concurrency) world.violate('over the limit', `${busy} branches of ${scope} in ${after.id}`);
    }
  }
}

/** Who takes up work in a commit leaves none that could run, as long as there is room. */
function checkRoom(step: Step, { claimLimit, abortMargin }: Parameters): void {
  const { world, books, process, before, after } = step;
  const own = after.leases.find(({ session }) => books.sessions.get(session) === process);
  if (!own || after.hostLease || after.failure || process.deadline - abortMargin <= world.now + APART) return;
  const was = new Map(before.activations.map((each) => [each.id, each]));
  const held = after.activations.filter(({ fence }) => fence === own.fence);
  const isOld = (each: Activation) => JSON.stringify(was.get(each.id)) === JSON.stringify(each);
  if (held.every(isOld) || held.some(({ suspect }) => suspect)) return;
  const { concurrency = Infinity } = after.options;
  const room = Math.min(claimLimit - held.filter(runs).length, concurrency - runningIn(after).length);
  if (room > 0 && after.activations.some(isReady)) world.violate('left lying', `work of ${after.id}, with room for it`);
}

function runs({ fence, awaiting }: Activation): boolean {
  return fence !== undefined && !awaiting?.length;
}

export function runningIn({ activations }: Head): readonly Activation[] {
  return activations.filter(runs);
}

/** A wait of a branch ends with its operator, whatever ended that. */
function checkWaits({ world, graph, before, after }: Step): void {
  for (const { id, node, scope, side } of after.interrupts) {
    const frame = before.frames[scope];
    if (side || after.frames[scope] || frame?.kind !== 'branches') continue;
    const batch = graphAt({ graph, head: before }, frame.parent.home).nodes[frame.node];
    const isBranch = batch?.kind === 'batch' && batch.branches.some(({ to }) => 'node' in to && to.node === node);
    if (isBranch) world.violate('orphan', `${id} of ${after.id} waits for an operator that is over`);
  }
}

/** An item that only waits for people gives its place to another, and may be one too many when it goes on. */
function checkItems(
  { world, books, after }: Pick<Step, 'world' | 'books' | 'after'>,
  list: ScopeId,
  frame: ListFrame,
  limit: number,
): void {
  const busy = new Set<ScopeId>();
  for (const { scope, failed } of after.activations) {
    const item = failed ? undefined : itemAround(after, scope, list, books.waited);
    if (item !== undefined) busy.add(item);
  }
  if (busy.size > limit) world.violate('over the limit', `${busy.size} items of ${list} in ${after.id}`);
  if (busy.size === limit && frame.next < frame.count) world.reached('limit held items up');
}

/** The item of a list that a scope is in; nothing where somebody has waited on the way. */
function itemAround(head: Head, scope: ScopeId, list: ScopeId, waited: ReadonlySet<ScopeId>): ScopeId | undefined {
  for (let at = scope; !waited.has(at); ) {
    const frame = head.frames[at];
    if (!frame) return undefined;
    if (frame.kind === 'item' && frame.parent.scope === list) return at;
    at = frame.parent.scope;
  }
  return undefined;
}
