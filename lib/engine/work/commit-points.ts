/**
 * Commit points are awaited emits and watched writes: the engine accepts an activation's operations up to each of them
 * before its settle.
 */
import type { EmitEvent } from '../events.ts';
import type { Activation, Head } from '../head.ts';
import { askerOf } from '../outside/questions.ts';

/** The operations of an activation that were accepted before its settle. */
export interface Accepted {
  /** How many operations are accepted, up to the newest commit point, and their rolling hash. */
  n: number;
  h: string;
  /**
   * In order of acceptance; a repeated attempt is compared with them. Absent in rows of older versions: all operations
   * are compared.
   */
  points?: CommitPoint[];
}

/** An accepted awaited emit or watched write. */
export interface CommitPoint {
  /** Number of operations up to and including this one. */
  n: number;
  /** Short hash of the operation. */
  name: string;
  /** Hash of the explicit key, if the chunk gave one. */
  key?: string;
}

/** The commit points including the one of this event. */
export function pointsOf({ ops }: Activation, { ordinal, point }: EmitEvent): Pick<Accepted, 'points'> {
  return point ? { points: [...(ops?.points ?? []), { n: ordinal, ...point }] } : {};
}

/** How many operations of an activation are accepted. Also counts while its question is pending. */
export function acceptedOf({ activations, interrupts }: Head, id: string): number {
  const row = activations.find((each) => each.id === id);
  const question = interrupts.find((each) => each.activation === id);
  return (row?.ops ?? (question && askerOf(question))?.ops)?.n ?? 0;
}
