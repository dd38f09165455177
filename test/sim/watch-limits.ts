/** Invariants of limits: no more runs at once than the execution or an operator allows. */
import type { Activation, Head, ListFrame, ScopeId } from '../../lib/engine/head.ts';
import { graphAt } from '../../lib/engine/turn.ts';
import type { Step } from './watch-activations.ts';

export function checkLimits(step: Step): void {
  const { world, graph, books, before, after } = step;
  checkWaits(step);
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
  }
}

function runningIn({ activations }: Head): readonly Activation[] {
  return activations.filter((each) => each.fence !== undefined && !each.awaiting?.length);
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
