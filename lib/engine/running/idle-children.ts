/** Ends sub-flows without live work, the innermost first. */
import { hasMore } from '../frames/busy.ts';
import { dropChild, framesInside } from '../frames/children.ts';
import type { Activation, ChildFrame, Frame, Head, Origin, ScopeId } from '../head.ts';
import { endChild } from '../operators/sub-flow.ts';
import type { Transition } from '../transition.ts';

/**
 * Ends the sub-flow frames without live work, of nested ones only the inner.
 * @param frames all frames of the head
 * @param unfilled finds the scopes of frames in which a part without output is still to be counted: the operator may go on then
 * @returns whether a frame ended and no lookup is missing
 */
export function endIdleChildren(
  transition: Transition,
  frames: readonly (readonly [scope: ScopeId, frame: Frame])[],
  unfilled: () => readonly ScopeId[],
): boolean {
  const children = frames.filter((entry): entry is ChildEntry => entry[1].kind === 'child');
  if (children.length === 0) return false;
  const busy = busySubFlows(transition.head, frames);
  // At most events each sub-flow has work, and the rest need not be known.
  const quiet = children.filter(([scope]) => !busy.has(scope));
  if (quiet.length === 0) return false;
  const rest = restIn(transition.head, children);
  const candidates = quiet.filter((child) => isIdle(rest, child));
  const goOn = candidates.length > 0 ? goingOn(transition.head, unfilled()) : new Set<ScopeId>();
  const idle = candidates.filter(([scope, frame]) => frame.over || !goOn.has(scope));
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

/** Rows that keep sub-flows without work from ending. Each set holds scopes of sub-flow frames, except `ids`. */
interface Rest {
  /** Ids of activations. A sub-flow whose write-back failed has an activation with the id of its frame. */
  readonly ids: ReadonlySet<string>;
  /** Sub-flows with failed side branches that a redrive may retry. */
  readonly failedSides: ReadonlySet<ScopeId>;
  /** Sub-flows that contain an ended sub-flow kept for a redrive. */
  readonly endedInside: ReadonlySet<ScopeId>;
}

function restIn(head: Head, children: readonly ChildEntry[]): Rest {
  const over = children.flatMap(([, frame]) => (frame.over ? [frame.parent] : []));
  return {
    ids: new Set(head.activations.map(({ id }) => id)),
    failedSides: subFlowsAround(head, head.activations.filter(isFailedSide)),
    endedInside: subFlowsAround(head, over),
  };
}

/** The sub-flow frames with work, collected in one pass for all frames. */
function busySubFlows(head: Head, frames: readonly (readonly [scope: ScopeId, frame: Frame])[]): ReadonlySet<ScopeId> {
  const homes = new Set<ScopeId>();
  for (const row of head.activations) if (!isFailedSide(row)) addAround(homes, head, row);
  for (const row of head.signals) addAround(homes, head, row);
  for (const row of head.interrupts) addAround(homes, head, row);
  for (const [, frame] of frames) {
    // An inner sub-flow ends first: its result continues in the one around it.
    const goesOn = frame.kind === 'child' ? !frame.over : hasMore(frame);
    if (goesOn) addAround(homes, head, frame.parent);
  }
  return homes;
}

/** The sub-flow frames around frames with a part to be counted. */
function goingOn(head: Head, unfilled: readonly ScopeId[]): ReadonlySet<ScopeId> {
  const homes = new Set<ScopeId>();
  for (const scope of unfilled) addAround(homes, head, head.frames[scope]?.parent ?? {});
  return homes;
}

function isFailedSide({ failed, side }: Activation): boolean {
  return failed === true && side === true;
}

/** The sub-flow frames around the origins. */
function subFlowsAround(head: Head, origins: readonly Origin[]): ReadonlySet<ScopeId> {
  const homes = new Set<ScopeId>();
  for (const origin of origins) addAround(homes, head, origin);
  return homes;
}

function addAround(homes: Set<ScopeId>, { frames }: Head, { home }: Pick<Origin, 'home'>): void {
  for (let at = home; at !== undefined && !homes.has(at); at = frames[at]?.parent.home) homes.add(at);
}

/** A failed side branch does not keep a sub-flow from ending: the main path continues without it. */
function isIdle({ ids, failedSides, endedInside }: Rest, [scope, frame]: ChildEntry): boolean {
  if (ids.has(scope)) return false;
  const countsSides = frame.over || frame.parent.side;
  return !(countsSides && failedSides.has(scope)) && !(frame.over && endedInside.has(scope));
}
