/** Asks `until` of running operators: user code decides whether the results so far are enough. */
import { hashId } from '../../flow/json.ts';
import type { CompletionCounts } from '../../flow/options/completion.ts';
import { endParts, resultOf } from '../frames/ends.ts';
import { hasSlots } from '../frames/slots.ts';
import { countParts, type PartsFrame, ruleOf } from '../frames/tally.ts';
import type { Activation, ScopeId, Value } from '../head.ts';
import { originOf } from '../origin.ts';
import type { Reading, Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';

/**
 * Asks each operator with new results once. While a decision is missing, an activation holds the question; if it is
 * still missing when the commit is written, a worker decides it as an attempt of its own.
 * @returns whether an operator ended
 */
export function askUntil(transition: Transition): boolean {
  const { frames } = transition.head;
  const asking: [ScopeId, PartsFrame][] = [];
  for (const scope in frames) {
    const frame = frames[scope];
    if (frame && hasSlots(frame) && isAsking(transition, frame)) asking.push([scope, frame]);
  }
  return asking.map(([scope, frame]) => ask(transition, scope, frame)).includes(true);
}

function isAsking(transition: Transition, frame: PartsFrame): boolean {
  // Without a completion nothing is counted.
  if ((frame.kind === 'list' ? frame.failures : frame.failed) === undefined) return false;
  const filled = Object.keys(frame.slots).length;
  if (frame.over || filled === 0 || filled === frame.asked) return false;
  return ruleOf(transition, frame)?.until !== undefined;
}

function ask(transition: Transition, scope: ScopeId, frame: PartsFrame): boolean {
  const { head, lookups, missing } = transition;
  if (head.frames[scope] !== frame || head.activations.some((row) => row.asks === scope)) return false;
  const done = Object.keys(frame.slots).sort();
  const id = hashId(head.id, scope, 'until', ...done);
  const decision = lookups.decisions.get(id);
  if (decision) return decide(transition, scope, done.length, decision);
  missing.decisions.add(id);
  const question = { input: literal(done.length), attempt: 0, asks: scope };
  head.activations.push({ id, node: frame.node, ...originOf(frame.parent), ...question });
  return false;
}

/** Ends the operator if its `until` holds. @param filled how many results were asked about */
export function decide(transition: Transition, scope: ScopeId, filled: number, decision: readonly number[]): boolean {
  const frame = transition.head.frames[scope];
  if (!frame || !hasSlots(frame) || frame.over) return false;
  frame.asked = filled;
  if (decision.length === 0) return false;
  endParts(transition, scope, frame);
  return true;
}

/** A question to user code: the key of the predicate, and what it gets. */
export interface Question {
  readonly until: string;
  readonly results: Value;
  readonly counts: CompletionCounts;
}

/** The question about the results in this head. `undefined`: the operator has ended. */
export function questionOf(reading: Reading, scope: ScopeId): Question | undefined {
  const frame = reading.head.frames[scope];
  if (!frame || !hasSlots(frame)) return undefined;
  const until = ruleOf(reading, frame)?.until;
  return until === undefined ? undefined : { until, results: resultOf(reading, frame), counts: countParts(frame) };
}

/** The question of an activation has been answered by a worker. */
export function settleQuestion(transition: Transition, { id, asks, input }: Activation): void {
  const filled = 'v' in input ? Number(input.v) : 0;
  if (asks !== undefined) decide(transition, asks, filled, transition.lookups.decisions.get(id) ?? []);
}
