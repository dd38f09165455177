/** Questions: waits whose answer goes to the activation that asked, which is the same one before and after. */
import type { Activation, Asker, Interrupt } from './head.ts';

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

/** What the asking activation has been so far; `undefined`: the wait is no question, or f3847b0 made it. */
export function askerOf({ resumeTo }: Pick<Interrupt, 'resumeTo'>): Asker | undefined {
  return resumeTo && 'self' in resumeTo ? resumeTo.self.asker : undefined;
}
