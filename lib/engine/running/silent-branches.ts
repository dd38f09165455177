/** Finds the branches of operators with `completion` that can deliver nothing any more. */
import { framesAround } from '../frames/bodies.ts';
import { hasMore } from '../frames/busy.ts';
import type { Activation, BranchFrame, Frame, Origin, ScopeId } from '../head.ts';
import { frameOperatorOf } from '../moves.ts';
import type { Transition } from '../transition.ts';
import type { Place } from '../work/places.ts';

type Row = Pick<Origin, 'scope'> & Pick<Activation, 'node' | 'instead'>;

/** @param frames all frames of the head */
export function silentBranches(
  transition: Transition,
  frames: readonly (readonly [scope: ScopeId, frame: Frame])[],
): readonly Place[] {
  if (transition.head.closing === 'cancelled') return [];
  const counted = frames.filter((entry): entry is readonly [ScopeId, BranchFrame] => isCounted(entry[1]));
  if (counted.length === 0) return [];
  const live = liveBranches(transition, frames);
  return counted.flatMap(([at, frame]) =>
    openBranches(frame).flatMap((branch) => (live.has(keyOf(at, branch)) ? [] : [{ at, branch }])),
  );
}

function isCounted(frame: Frame): boolean {
  return frame.kind === 'branches' && frame.failed !== undefined && !frame.over;
}

function openBranches({ names, next, slots }: BranchFrame): readonly string[] {
  return names.slice(0, next).filter((name) => !Object.hasOwn(slots, name));
}

/** Branches with an activation (also a failed one), a wait, a sub-flow, or an operator with parts to start. */
function liveBranches(transition: Transition, frames: readonly (readonly [ScopeId, Frame])[]): ReadonlySet<string> {
  const { activations, interrupts } = transition.head;
  const operators = frames.flatMap(([, frame]) =>
    hasMore(frame) || frameOperatorOf(transition, frame).endsByItself
      ? [{ scope: frame.parent.scope, node: frame.node }]
      : [],
  );
  const live = new Set<string>();
  for (const { scope, node, instead } of [...activations, ...interrupts, ...operators] as readonly Row[])
    for (const { at, branch } of framesAround(transition, scope, instead ?? node))
      if (branch !== undefined) live.add(keyOf(at, branch));
  return live;
}

function keyOf(scope: ScopeId, branch: string): string {
  return `${scope}/${branch}`;
}
