/** Questions: waits whose answer goes to the activation that asked, which is the same one before and after. */
import type { Activation, Interrupt, Resumed, Value } from '../head.ts';

/** What an activation that asked has been so far. */
export interface Asker extends Required<Pick<Activation, 'attempt' | 'asked'>>, Pick<Activation, 'ops'> {
  /** The answer to a pause of its own that ran it again. */
  answer?: Pick<Resumed, 'value' | 'requestId'>;
}

/** The answer runs the chunk again. */
export interface SelfResume extends Pick<Resumed, 'count' | 'decided' | 'approval'> {
  input: Value;
  /** Of a question: it goes on as the same activation. Absent: as a new one, also in waits that an older version made. */
  asker?: Asker;
}

/** The attempt that asks counts for no limit. */
export function toAsker({ attempt, asked = 0, ops, resume }: Activation): Asker {
  const { value, requestId, approval } = resume ?? {};
  // What answered its last question is in `decided`.
  const isOwn = value !== undefined && approval === undefined;
  return {
    attempt,
    asked: asked + 1,
    ...(ops ? { ops } : {}),
    ...(isOwn ? { answer: { value, ...(requestId === undefined ? {} : { requestId }) } } : {}),
  };
}

/** What the asking activation has been so far; `undefined`: the wait is no question, or an older version made it. */
export function askerOf({ resumeTo }: Pick<Interrupt, 'resumeTo'>): Asker | undefined {
  return resumeTo && 'self' in resumeTo ? resumeTo.self.asker : undefined;
}
