/** Sub-flows in which nothing happens any more: they end, the innermost first. */
import { hasMore } from '../frames/busy.ts';
import { dropChild } from '../frames/children.ts';
import type { Activation, ChildFrame, Frame, Head, Origin, ScopeId } from '../head.ts';
import { endChild } from '../operators/sub-flow.ts';
import type { Transition } from '../transition.ts';

/** Ends the first child frame without live work. Says whether there was one. @param frames all that the head has */
export function endIdleChild(
  transition: Transition,
  frames: readonly (readonly [scope: ScopeId, frame: Frame])[],
): boolean {
  const children = frames.filter((entry): entry is ChildEntry => entry[1].kind === 'child');
  if (children.length === 0) return false;
  const open = frames.flatMap(([, frame]) => (hasMore(frame) ? [frame.parent] : []));
  const work = liveWork(transition.head, children, open);
  const idle = children.find((child) => isIdle(work, child));
  if (!idle) return false;
  const [scope, frame] = idle;
  if (frame.over) dropChild(transition.head, scope);
  else endChild(transition, scope, frame);
  return transition.missing.values.size === 0;
}

type ChildEntry = readonly [scope: ScopeId, frame: ChildFrame];

/** What goes on inside sub-flows, each set by their frames: one pass over the head serves all frames. */
interface LiveWork {
  /** Ids of activations; a sub-flow that could not be written back has a row with the id of its frame. */
  readonly ids: ReadonlySet<string>;
  readonly busy: ReadonlySet<ScopeId>;
  /** Failed side branches that a redrive may retry. */
  readonly failedSides: ReadonlySet<ScopeId>;
  /** Sub-flows that have ended and are kept for a redrive. */
  readonly endedInside: ReadonlySet<ScopeId>;
}

/** @param open where operators have items or branches that are still to be started */
function liveWork(head: Head, children: readonly ChildEntry[], open: readonly Origin[]): LiveWork {
  const isFailedSide = ({ failed, side }: Activation) => failed === true && side === true;
  const parents = (over: boolean) =>
    children.flatMap(([, frame]) => ((frame.over ?? false) === over ? [frame.parent] : []));
  const rows = head.activations.filter((each) => !isFailedSide(each));
  return {
    ids: new Set(head.activations.map(({ id }) => id)),
    // A frame inside ends first: its result goes on in this one.
    busy: homesAround(head, [...rows, ...head.signals, ...head.interrupts, ...open, ...parents(false)]),
    failedSides: homesAround(head, head.activations.filter(isFailedSide)),
    endedInside: homesAround(head, parents(true)),
  };
}

/** The sub-flow frames that contain one of the paths. */
function homesAround({ frames }: Head, paths: readonly Origin[]): ReadonlySet<ScopeId> {
  const homes = new Set<ScopeId>();
  for (const { home } of paths) {
    for (let at = home; at !== undefined && !homes.has(at); at = frames[at]?.parent.home) homes.add(at);
  }
  return homes;
}

/** A failed side branch of the sub-flow's own does not hold it up: the main path continues without it. */
function isIdle({ ids, busy, failedSides, endedInside }: LiveWork, [scope, frame]: ChildEntry): boolean {
  if (ids.has(scope) || busy.has(scope)) return false;
  const countsSides = frame.over || frame.parent.side;
  return !(countsSides && failedSides.has(scope)) && !(frame.over && endedInside.has(scope));
}
