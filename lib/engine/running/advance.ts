/** Starts branches and items that the limits of running operators allow, and ends operators without live work. */
import { ITEM } from '../frames/bodies.ts';
import { busyIn, countBusy, forgetBusy, hasMore } from '../frames/busy.ts';
import { dropSpent } from '../frames/join-rows.ts';
import { allAround, dropFrame, outerOf, pruneScopes } from '../frames/scopes.ts';
import { countWaiting, giveBackSlots, grantSlots, hasSlots, limitOf, parkWork } from '../frames/slots.ts';
import type { Frame, Head, ScopeId } from '../head.ts';
import { frameOperatorOf } from '../moves.ts';
import { askForPage } from '../operators/pages.ts';
import type { Transition } from '../transition.ts';
import { endSilentPart } from '../work/places.ts';
import { endIdleChildren } from './idle-children.ts';
import { silentBranches } from './silent-branches.ts';

/** Limit of kept unfilled frames, so that the head does not grow with the turns of a loop. */
const UNFILLED = 20;

/**
 * Runs after every event: ends operators and sub-flows without live work, then starts new parts within the limits.
 * Sub-flows end first, because their result continues in the same slot.
 */
export function advanceAll(transition: Transition): void {
  let frames = framesOf(transition);
  for (let again = frames.length > 0; again; ) {
    while (endIdleChildren(transition, frames, () => silentIn(transition, frames).places))
      frames = framesOf(transition);
    forgetBusy(transition);
    giveBackSlots(transition, frames);
    for (const [scope, frame] of frames) grantSlots(transition, scope, frame);
    const open = frames.filter(([scope, frame]) => hasMore(frame) && !isAhead(transition, scope, frame));
    if (open.length > 0) countBusy(transition);
    const counted = transition.cache.busy;
    const isQuiet = open.map(([scope]) => advance(transition, scope)).includes(true);
    if (open.length > 0) frames = framesOf(transition);
    // The index was rebuilt: an operator has ended, which may free a slot of an enclosing one.
    const hasEnded = transition.cache.busy !== counted;
    // The events are reduced again with the values that are missing.
    if (transition.missing.values.size > 0) return;
    again = dropSilent(transition, frames) || isQuiet || hasEnded;
    if (again) frames = framesOf(transition);
  }
  parkWork(transition, frames);
  dropSpent(transition);
  pruneScopes(transition.head);
}

type FrameEntry = readonly [scope: ScopeId, frame: Frame];

/** Read once per pass: with a thousand frames this read costs more than the rest of an event. */
function framesOf({ head }: Transition): readonly FrameEntry[] {
  return Object.entries(head.frames);
}

/** Frames without live work, and the items and branches among them whose places are still to be filled. */
interface Silent {
  readonly silent: readonly FrameEntry[];
  /** Items that lack an output. */
  readonly missing: readonly FrameEntry[];
  readonly branches: ReturnType<typeof silentBranches>;
  /** Scopes of the frames with these places. */
  readonly places: readonly ScopeId[];
}

function silentIn(transition: Transition, frames: readonly FrameEntry[]): Silent {
  const live = liveScopes(transition, frames);
  const endsByItself = (frame: Frame) => frameOperatorOf(transition, frame).endsByItself === true;
  const isLeftBehind = (frame: Frame) =>
    frameOperatorOf(transition, frame).isLeftBehind?.(transition.head, frame) === true;
  const isSilent = ([scope, frame]: FrameEntry) =>
    !endsByItself(frame) && !hasMore(frame) && (!live.has(scope) || isLeftBehind(frame));
  const silent = frames.filter(isSilent);
  const branches = silentBranches(transition, frames);
  const missing = silent.filter(([, frame]) => frameOperatorOf(transition, frame).lacksOutput?.(transition, frame));
  return { silent, missing, branches, places: [...missing.map(([scope]) => scope), ...branches.map(({ at }) => at)] };
}

/**
 * Deletes frames without live work; keeps the newest unfilled ones because the view reports them. An item without
 * output becomes a failed result if its list collects errors or counts failures; so does a branch.
 * @returns whether a result was filled
 */
function dropSilent(transition: Transition, frames: readonly FrameEntry[]): boolean {
  const { silent, missing, branches } = silentIn(transition, frames);
  if (silent.length === 0 && branches.length === 0) return false;
  const within = missing.map(([, { parent }]) => parent.scope);
  const around = allAround(transition.head, [...within, ...branches.map(({ at }) => at)]);
  const unfilled = silent
    .filter(([, frame]) => frameOperatorOf(transition, frame).isKept?.(transition, frame))
    .slice(-UNFILLED);
  const kept = new Set([...unfilled, ...missing]);
  for (const each of silent) if (!kept.has(each) && !around.has(each[0])) dropSilentFrame(transition, ...each);
  // An item that encloses another one may continue with that one's result.
  for (const [scope] of missing) if (!around.has(scope)) endSilentPart(transition, { at: scope, branch: ITEM });
  const { head } = transition;
  const outer = new Set([...allAround(head, within), ...branches.flatMap(({ at }) => outerScopes(head, at))]);
  for (const place of branches) if (!outer.has(place.at)) endSilentPart(transition, place);
  return missing.length > 0 || branches.length > 0;
}

function dropSilentFrame(transition: Transition, scope: ScopeId, frame: Frame): void {
  dropFrame(transition.head, scope);
  frameOperatorOf(transition, frame).dropped?.(transition.head, scope, frame);
}

/** The scopes around a scope, without itself. */
function outerScopes(head: Head, scope: ScopeId): readonly ScopeId[] {
  return [...allAround(head, [scope])].slice(1);
}

/**
 * The scopes with live or retryable work, and the scopes that enclose them. Sub-flow frames count as work: they end by
 * themselves.
 */
function liveScopes(transition: Transition, frames: readonly FrameEntry[]): ReadonlySet<ScopeId> {
  const { head } = transition;
  const scopes = head.signals.map(({ scope }) => scope);
  for (const rows of [head.activations, head.interrupts])
    for (const { scope, page } of rows) {
      scopes.push(scope);
      if (page) scopes.push(page.list);
    }
  for (const [, frame] of frames) if (frameOperatorOf(transition, frame).endsByItself) scopes.push(frame.parent.scope);
  return allAround(head, scopes);
}

/** Default of `Lookups.startAhead`: a claim starts the other items when a session has room for them. */
const START_AHEAD = 64;

/** True when a list has busy items and the head enough activations: then `advance` would start none, but count all rows first. */
function isAhead({ head, lookups }: Transition, scope: ScopeId, frame: Frame): boolean {
  if (frame.kind !== 'list' || frame.source || head.activations.length < (lookups.startAhead ?? START_AHEAD))
    return false;
  return head.activations.some((row) => !row.failed && isInItem(head, row.scope, scope));
}

/** Whether a scope is an open item of the list, or within one: in a sub-flow or an inner operator. */
function isInItem(head: Head, scope: ScopeId, list: ScopeId): boolean {
  for (let at: ScopeId | undefined = scope; at !== undefined; at = outerOf(head, at)) {
    const frame = head.frames[at];
    if (frame?.kind === 'item' && frame.parent.scope === list) return !frame.over;
  }
  return false;
}

/**
 * Starts the next parts of a frame, as many as its limit allows. Of a list, only while the head has fewer than `most`
 * activations: items become rows when they are about to be claimed, so the head's size follows what is running.
 * @returns true when a started part left no live work, so more may be started
 */
export function advance(
  transition: Transition,
  scope: ScopeId,
  most = transition.lookups.startAhead ?? START_AHEAD,
): boolean {
  const { head, missing } = transition;
  const frame = head.frames[scope];
  if (!frame || !hasSlots(frame)) return false;
  const operator = frameOperatorOf(transition, frame);
  if (!operator.startNext) return false;
  const limit = limitOf(transition, frame) + countWaiting(transition, scope, frame);
  let quiet = 0;
  while (head.frames[scope] === frame && hasMore(frame)) {
    const busy = busyIn(transition, scope).size;
    if (busy + quiet >= limit) break;
    // Items that lack a stored value have no row yet, and would be started to the end of the list.
    const lacking = missing.values.size > 0 ? quiet : 0;
    if (frame.kind === 'list' && busy + lacking > 0 && head.activations.length + lacking >= most) break;
    const { part, slot } = operator.startNext(transition, scope, frame);
    const isOpen = !Object.hasOwn(frame.slots, slot);
    if (isOpen && !busyIn(transition, scope).has(part)) quiet += 1;
  }
  if (frame.kind === 'list' && head.frames[scope] === frame) askForPage(transition, scope, frame);
  if (hasMore(frame)) return quiet > 0;
  operator.dropInput?.(frame);
  return quiet > 0;
}
