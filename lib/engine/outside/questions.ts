/** Questions: waits whose answer continues the same activation, with its attempts and accepted operations. */
import type { Activation, Interrupt, Resumed, Value } from '../head.ts';

/** The state of an activation before its question. */
export interface Asker extends Required<Pick<Activation, 'attempt' | 'asked'>>, Pick<Activation, 'redriven' | 'ops'> {
  /** The answer to an earlier pause that ran it again. */
  answer?: Pick<Resumed, 'value' | 'requestId'>;
}

/** The answer runs the chunk again. */
export interface SelfResume extends Pick<Resumed, 'count' | 'decided' | 'approval'> {
  input: Value;
  /**
   * Set by a question: the same activation continues. Absent: a new activation starts, also for waits of older
   * versions.
   */
  asker?: Asker;
}

/** The state to continue from. The attempt that asks does not count towards the limit. */
export function toAsker({ attempt, asked = 0, redriven, ops, resume }: Activation): Asker {
  const { value, requestId, approval } = resume ?? {};
  // The answer to its last question is in `decided`.
  const isOwn = value !== undefined && approval === undefined;
  return {
    attempt,
    asked: asked + 1,
    ...(redriven === undefined ? {} : { redriven }),
    ...(ops ? { ops } : {}),
    ...(isOwn ? { answer: { value, ...(requestId === undefined ? {} : { requestId }) } } : {}),
  };
}

/** The state of the asking activation. `undefined`: the wait is no question, or an older version made it. */
export function askerOf({ resumeTo }: Pick<Interrupt, 'resumeTo'>): Asker | undefined {
  return resumeTo && 'self' in resumeTo ? resumeTo.self.asker : undefined;
}
