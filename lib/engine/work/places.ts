/**
 * Places of running operators: the result of one item or branch. A failure may fill a place, where its operator collects
 * errors or tolerates failures.
 */
import { hashId } from '../../flow/json.ts';
import type { ErrorInfo } from '../events.ts';
import { type Around, framesAround } from '../frames/bodies.ts';
import { endIfReached, endItem } from '../frames/ends.ts';
import { hasSlots } from '../frames/slots.ts';
import { countParts, missedBy, type PartsFrame, ruleOf } from '../frames/tally.ts';
import type { Activation, Frame, Origin, ScopeId } from '../head.ts';
import { fail, operatorAt } from '../moves.ts';
import type { Transition } from '../transition.ts';
import { without } from '../values/runs.ts';
import { literal } from '../values/value-refs.ts';
import { dropBody } from './drops.ts';

/** A row at a node. `instead`: node of the failed chunk that a handler replaces. */
export type Placed = Origin & Pick<Activation, 'node' | 'instead'>;

/** An item, by the scope of its frame, or a branch of the frame `at`. */
export interface Place {
  readonly at: ScopeId;
  readonly branch: string;
}

/**
 * What becomes of a failure at a place. `collect`: it fills the place, and the part's other work is dropped. `keep`: it
 * fills the place, and a redrive may retry it. `known`: the part has failed before. `ignore`: the operator has sent its
 * result on.
 */
export type Taking = 'collect' | 'keep' | 'known' | 'ignore';

/** Failures that one operator keeps for a redrive, so that the head does not grow with the length of a list. */
const KEPT = 50;

/**
 * The innermost place that takes the failure. An awaited emit in between gets the error first. Side branches and
 * listeners in the scope of an item do not belong to the item.
 */
export function placeOf(
  transition: Transition,
  { scope, node, instead, cascade, side }: Placed,
): (Place & { readonly taking: Taking }) | undefined {
  for (const around of framesAround(transition, scope, instead ?? node)) {
    const { at, frame, branch } = around;
    if (frame.parent.cascade !== cascade || (side && !frame.parent.side)) return undefined;
    const taking = takingOf(transition, around);
    if (taking && branch !== undefined) return { at, branch, taking };
  }
  return undefined;
}

function takingOf(transition: Transition, { frame, branch }: Around): Taking | undefined {
  const parts = partsOf(transition, frame);
  if (branch === undefined || !parts) return undefined;
  const { node, operator } = operatorAt(transition, frame) ?? {};
  const collects = node !== undefined && operator?.collectsErrors?.(node) === true;
  const ended = endOf(frame, branch);
  if (!ruleOf(transition, parts)) return collects && !ended ? 'collect' : undefined;
  if (ended === 'done') return undefined;
  if (parts.over) return 'ignore';
  if (ended === 'failed') return 'known';
  if (missedBy(transition, parts, 1)) return undefined;
  return collects || countParts(parts).failed >= KEPT ? 'collect' : 'keep';
}

/** The operator that a frame with branches, or the frame of an item, belongs to. */
function partsOf({ head }: Transition, frame: Frame): PartsFrame | undefined {
  const parts = frame.kind === 'item' ? head.frames[frame.parent.scope] : frame;
  const holds = frame.kind === 'item' || frame.kind === 'branches';
  return holds && parts && hasSlots(parts) ? parts : undefined;
}

function endOf(frame: Frame, branch: string): 'done' | 'failed' | undefined {
  if (frame.kind === 'item') return frame.over;
  if (frame.kind !== 'branches' || !Object.hasOwn(frame.slots, branch)) return undefined;
  return frame.failed?.includes(branch) ? 'failed' : 'done';
}

/** Drops the live work of a part and stores the error as its result. */
export function endFailedPart(transition: Transition, { at, branch }: Place, error: ErrorInfo): void {
  const isItem = transition.head.frames[at]?.kind === 'item';
  dropBody(transition, at, isItem ? undefined : branch);
  failPart(transition, { at, branch }, error);
}

/** Stores the error as the result of a part. */
export function failPart(transition: Transition, { at, branch }: Place, error: ErrorInfo): void {
  const frame = transition.head.frames[at];
  const result = literal({ error: toItem(error) });
  if (frame?.kind === 'item') return endItem(transition, at, result, 'failed');
  if (frame?.kind !== 'branches' || endOf(frame, branch)) return;
  frame.slots[branch] = result;
  frame.failed?.push(branch);
  endIfReached(transition, at, frame);
}

export function toItem({ name, message, code }: ErrorInfo) {
  return { name, message, ...(code === undefined ? {} : { code }) };
}

const NO_OUTPUT = {
  name: 'NoOutputError',
  code: 'no_output',
  message: 'The item has no output: one of its branches was skipped, or its wait ended without an output.',
};

const WITHDRAWN = {
  name: 'WithdrawnError',
  code: 'withdrawn',
  message: 'The item has no output: its wait was withdrawn.',
};

/** Fills the place of a part that can deliver nothing any more. Beyond what is tolerated the operator fails. */
export function endSilentPart(transition: Transition, place: Place): void {
  const frame = transition.head.frames[place.at];
  const parts = frame && partsOf(transition, frame);
  if (!frame || !parts) return;
  const error = isWithdrawn(frame, place.branch) ? WITHDRAWN : NO_OUTPUT;
  const missed = missedBy(transition, parts, 1);
  endFailedPart(transition, place, error);
  const scope = frame.kind === 'item' ? frame.parent.scope : place.at;
  if (missed) failOperator(transition, scope, parts, missed === 'goal' ? unreachable(parts) : error);
}

function isWithdrawn(frame: Frame, branch: string): boolean {
  if (frame.kind === 'item') return frame.withdrawn === true;
  return frame.kind === 'branches' && frame.withdrawn?.includes(branch) === true;
}

function unreachable(frame: PartsFrame): ErrorInfo {
  const { failed, total } = countParts(frame);
  return {
    name: 'CompletionError',
    code: 'completion_unreachable',
    message: `The operator at "${frame.node}" cannot reach its minSuccessful: ${failed} of ${total} parts have no output. Lower minSuccessful, or redrive what failed.`,
  };
}

/** Fails the operator itself. The row that holds the failure is retried by evaluating the completion again. */
function failOperator(transition: Transition, scope: ScopeId, frame: PartsFrame, error: ErrorInfo): void {
  const { head } = transition;
  const id = hashId(head.id, scope, 'completion');
  if (head.activations.some((each) => each.id === id)) return;
  const row: Activation = { id, node: frame.node, ...frame.parent, input: literal(null), attempt: 1, asks: scope };
  head.activations.push(row);
  fail(transition, row, error);
}

/** After a redrive: fails the operator again while too many parts have no output. */
export function failIfMissed(transition: Transition, scope: ScopeId): void {
  const frame = transition.head.frames[scope];
  if (!frame || !hasSlots(frame)) return;
  const missed = missedBy(transition, frame);
  if (missed) failOperator(transition, scope, frame, missed === 'goal' ? unreachable(frame) : NO_OUTPUT);
}

/** Empties the place that a tolerated failure filled, before the failure is retried. */
export function reopenPart(transition: Transition, { scope, node, instead }: Placed): void {
  for (const { frame, branch } of framesAround(transition, scope, instead ?? node)) {
    const parts = partsOf(transition, frame);
    if (branch === undefined || !parts || endOf(frame, branch) !== 'failed') continue;
    delete parts.asked;
    if (frame.kind === 'item' && parts.kind === 'list') {
      delete frame.over;
      // A stored part keeps the old result; the new one takes its place.
      if (!Object.hasOwn(parts.slots, frame.index) && parts.done !== undefined)
        parts.done = without(parts.done, frame.index);
      delete parts.slots[frame.index];
      parts.failures = (parts.failures ?? 1) - 1;
    } else if (frame.kind === 'branches') {
      delete frame.slots[branch];
      frame.failed = frame.failed?.filter((name) => name !== branch) ?? [];
    }
    return;
  }
}
