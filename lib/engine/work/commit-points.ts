/** Commit points: awaited emits and watched writes, by which an activation is accepted in parts before its settle. */
import type { EmitEvent } from '../events.ts';
import type { Activation, Head } from '../head.ts';
import { askerOf } from '../outside/questions.ts';

/** What of an activation is accepted before its settle. */
export interface Accepted {
  /** Operations up to its newest commit point, and the rolling hash of what they were. */
  n: number;
  h: string;
  /** In order of acceptance: a repeat is compared with these. Absent (rows of older versions): with all operations. */
  points?: CommitPoint[];
}

/** An awaited emit or watched write that is accepted. */
export interface CommitPoint {
  /** Operations up to this one. */
  n: number;
  /** Short hash of what it was. */
  name: string;
  /** Hash of the key that it was given, if any. */
  key?: string;
}

/** With the one that is accepted now. */
export function pointsOf({ ops }: Activation, { ordinal, point }: EmitEvent): Pick<Accepted, 'points'> {
  return point ? { points: [...(ops?.points ?? []), { n: ordinal, ...point }] } : {};
}

/** Operations that are accepted of an activation, also while its question is pending. */
export function acceptedOf({ activations, interrupts }: Head, id: string): number {
  const row = activations.find((each) => each.id === id);
  const question = interrupts.find((each) => each.activation === id);
  return (row?.ops ?? (question && askerOf(question))?.ops)?.n ?? 0;
}
