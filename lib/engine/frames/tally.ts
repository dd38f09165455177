/** Counts the parts of an operator, and tells by its `completion` when it has ended and what it tolerates. */
import type { CompletionRule } from '../../flow/options/completion.ts';
import type { BranchFrame, Frame, ListFrame } from '../head.ts';
import { operatorAt } from '../moves.ts';
import type { Reading } from '../transition.ts';
import { countOf } from '../values/runs.ts';

/** An operator whose parts are branches or items. */
export type PartsFrame = BranchFrame | ListFrame;

export interface Tally {
  readonly succeeded: number;
  readonly failed: number;
  readonly total: number;
  /** How many outputs end the operator. Absent: all parts must end. */
  readonly goal: number | undefined;
  readonly tolerated: number;
}

/** The `completion` of the operator that opened the frame; also for the frame of one of its items. */
export function ruleOf(transition: Reading, frame: Frame): CompletionRule | undefined {
  const { node } = operatorAt(transition, frame) ?? {};
  return node && 'completion' in node ? node.completion : undefined;
}

/** True when the operator may end before all its parts have. */
export function isEarly({ minSuccessful, until }: CompletionRule): boolean {
  return minSuccessful !== undefined || until !== undefined;
}

/** True when user code reads the results at each commit, so they stay in the head. */
export function readsResults({ until }: CompletionRule): boolean {
  return until !== undefined;
}

export function countParts(frame: PartsFrame): Pick<Tally, 'succeeded' | 'failed' | 'total'> {
  const failed = frame.kind === 'list' ? (frame.failures ?? 0) : (frame.failed?.length ?? 0);
  const total = frame.kind === 'list' ? frame.count : frame.names.length;
  return { succeeded: countFilled(frame) - failed, failed, total };
}

/** How many parts have a result. */
function countFilled(frame: PartsFrame): number {
  const stored = frame.kind === 'list' ? countOf(frame.done ?? '') : 0;
  return stored + Object.keys(frame.slots).length;
}

export function tallyOf(transition: Reading, frame: PartsFrame, rule: CompletionRule): Tally {
  const counts = { ...countParts(frame), total: totalOf(frame) };
  const { minSuccessful } = rule;
  const goal = minSuccessful === undefined ? undefined : Math.min(minSuccessful, counts.total);
  return { ...counts, goal, tolerated: toleratedOf(transition, frame, rule, goal) };
}

function toleratedOf(
  transition: Reading,
  frame: PartsFrame,
  { toleratedFailureCount: count, toleratedFailurePercentage: percentage }: CompletionRule,
  goal: number | undefined,
): number {
  const total = totalOf(frame);
  if (count !== undefined || percentage !== undefined) return Math.min(count ?? Infinity, shareOf(total, percentage));
  if (goal !== undefined) return total - goal;
  const { node, operator } = operatorAt(transition, frame) ?? {};
  return node && operator?.collectsErrors?.(node) ? total : 0;
}

/** Unknown while a list may get further pages. */
function totalOf(frame: PartsFrame): number {
  return frame.kind === 'list' && frame.source ? Infinity : countParts(frame).total;
}

/** A share of an unknown number counts when the number is known; 0 % is none of any number. */
function shareOf(total: number, percentage = 100): number {
  return percentage === 0 ? 0 : Math.floor((total * percentage) / 100);
}

/** True when the operator ends: its goal is reached, or all its parts have ended. */
export function isReached(transition: Reading, frame: PartsFrame): boolean {
  const rule = frame.over ? undefined : ruleOf(transition, frame);
  if (!rule) return isFull(frame);
  const { succeeded, failed, goal = Infinity, tolerated } = tallyOf(transition, frame, rule);
  return failed <= tolerated && (succeeded >= goal || isFull(frame));
}

export function isFull(frame: PartsFrame): boolean {
  // Spares the count of a long list's results at each of them.
  if (frame.kind === 'list' && frame.next < frame.count) return false;
  return countFilled(frame) >= totalOf(frame);
}

/** How the operator fails with this many more failures: too many, or its goal cannot be reached. Absent: it does not. */
export function missedBy(transition: Reading, frame: PartsFrame, more = 0): 'tolerance' | 'goal' | undefined {
  const rule = ruleOf(transition, frame);
  if (!rule || frame.over) return undefined;
  const { failed, total, goal, tolerated } = tallyOf(transition, frame, rule);
  if (goal !== undefined && total - failed - more < goal) return 'goal';
  return failed + more > tolerated ? 'tolerance' : undefined;
}
