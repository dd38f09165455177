/** Ends sub-flows without live work, the innermost first. */
import { hasMore } from '../frames/busy.ts';
import { dropChild, framesInside } from '../frames/children.ts';
import type { Activation, ChildFrame, Frame, Head, Origin, ScopeId } from '../head.ts';
import { endChild } from '../operators/sub-flow.ts';
import type { Transition } from '../transition.ts';

/**
 * Ends the sub-flow frames without live work, of nested ones only the inner.
 * @param frames all frames of the head
 * @returns whether a frame ended and no lookup is missing
 */
export function endIdleChildren(
  transition: Transition,
  frames: readonly (readonly [scope: ScopeId, frame: Frame])[],
): boolean {
  const children = frames.filter((entry): entry is ChildEntry => entry[1].kind === 'child');
  if (children.length === 0) return false;
  const open = frames.flatMap(([, frame]) => (hasMore(frame) ? [frame.parent] : []));
  const work = liveWork(transition.head, children, open);
  const idle = children.filter((child) => isIdle(work, child));
  const inside = idle.length > 0 ? framesInside(transition.head) : new Map<ScopeId, ScopeId[]>();
  for (const [scope, frame] of idle) {
    // The end of another one may have ended the operator around it.
    if (transition.head.frames[scope] !== frame) continue;
    if (frame.over) dropChild(transition.head, scope, inside.get(scope) ?? []);
    else endChild(transition, scope, frame, inside.get(scope) ?? []);
    if (transition.missing.values.size > 0) return false;
  }
  return idle.length > 0;
}

type ChildEntry = readonly [scope: ScopeId, frame: ChildFrame];

/**
 * The work inside sub-flows, collected in one pass for all frames. Each set holds scopes of sub-flow frames, except
 * `ids`.
 */
interface LiveWork {
  /** Ids of activations. A sub-flow whose write-back failed has an activation with the id of its frame. */
  readonly ids: ReadonlySet<string>;
  readonly busy: ReadonlySet<ScopeId>;
  /** Sub-flows with failed side branches that a redrive may retry. */
  readonly failedSides: ReadonlySet<ScopeId>;
  /** Sub-flows that contain an ended sub-flow kept for a redrive. */
  readonly endedInside: ReadonlySet<ScopeId>;
}

/** @param open origins of operators with branches or items to start */
function liveWork(head: Head, children: readonly ChildEntry[], open: readonly Origin[]): LiveWork {
  const isFailedSide = ({ failed, side }: Activation) => failed === true && side === true;
  const parents = (over: boolean) =>
    children.flatMap(([, frame]) => ((frame.over ?? false) === over ? [frame.parent] : []));
  const rows = head.activations.filter((each) => !isFailedSide(each));
  return {
    ids: new Set(head.activations.map(({ id }) => id)),
    // An inner sub-flow ends first: its result continues in this one.
    busy: subFlowsAround(head, [...rows, ...head.signals, ...head.interrupts, ...open, ...parents(false)]),
    failedSides: subFlowsAround(head, head.activations.filter(isFailedSide)),
    endedInside: subFlowsAround(head, parents(true)),
  };
}

/** The sub-flow frames around the origins. */
function subFlowsAround({ frames }: Head, origins: readonly Origin[]): ReadonlySet<ScopeId> {
  const homes = new Set<ScopeId>();
  for (const { home } of origins) {
    for (let at = home; at !== undefined && !homes.has(at); at = frames[at]?.parent.home) homes.add(at);
  }
  return homes;
}

/** A failed side branch does not keep a sub-flow from ending: the main path continues without it. */
function isIdle({ ids, busy, failedSides, endedInside }: LiveWork, [scope, frame]: ChildEntry): boolean {
  if (ids.has(scope) || busy.has(scope)) return false;
  const countsSides = frame.over || frame.parent.side;
  return !(countsSides && failedSides.has(scope)) && !(frame.over && endedInside.has(scope));
}
