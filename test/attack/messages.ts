/** Messages of the queue that no worker can take. */
import type { Chooser } from '../sim/chooser.ts';
import { badBody, badId, oneOf, text, value, wrong } from './hostile.ts';
import { CANARY } from './tally.ts';

export function messageAttack(chooser: Chooser): string {
  const wake = { executionId: 'waits', kind: 'wake' };
  const signal = { executionId: 'waits', signal: 'go', value: CANARY, signalId: `s-${chooser.pick(1_000)}` };
  return oneOf(chooser, [
    () => badBody(chooser, signal),
    () => `}${text(chooser)}`,
    () => JSON.stringify(value(chooser)),
    () => JSON.stringify({ ...wake, executionId: badId(chooser) }),
    () => JSON.stringify({ ...wake, kind: wrong(chooser) }),
    () => JSON.stringify({ ...wake, due: `${CANARY}${chooser.pick(9)}` }),
    () => JSON.stringify({ ...wake, fence: oneOf(chooser, [0.5, CANARY, [1], 1e300]) }),
    () => JSON.stringify({ ...wake, [CANARY]: JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) }),
    () => JSON.stringify({ ...signal, executionId: badId(chooser) }),
    () => JSON.stringify({ ...signal, executionId: `none-${chooser.pick(100)}` }),
    () => JSON.stringify({ ...signal, signal: wrong(chooser) }),
    () => JSON.stringify({ ...signal, signalId: badId(chooser) }),
    () => JSON.stringify({ ...signal, correlation: wrong(chooser) }),
    () => JSON.stringify({ ...signal, [text(chooser)]: value(chooser) }),
    () => JSON.stringify({ ...signal, value: '\ud800' }),
    () => JSON.stringify({ ...signal, value: undefined }),
  ])();
}
