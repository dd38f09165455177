/** Queue messages that no worker can process. */
import type { Chooser } from '../../sim/world/chooser.ts';
import { CANARY } from '../tally.ts';
import { badBody, badId, oneOf, text, value, wrong } from './hostile.ts';

/** A valid message. */
export const WAKE = { executionId: 'waits', kind: 'wake' };

export function messageAttack(chooser: Chooser): string {
  const signal = { executionId: 'waits', signal: 'go', value: CANARY, signalId: `s-${chooser.pick(1_000)}` };
  return oneOf(chooser, [
    () => badBody(chooser, signal),
    () => `}${text(chooser)}`,
    () => wakeAttack(chooser),
    () => wakeAttack(chooser),
    () => JSON.stringify({ ...signal, executionId: badId(chooser) }),
    () => JSON.stringify({ ...signal, executionId: `none-${chooser.pick(100)}` }),
    // A syntactically valid name: logs must not contain it either.
    () => JSON.stringify({ ...signal, executionId: `none-${chooser.pick(100)}`, signal: text(chooser) }),
    () => JSON.stringify({ ...signal, executionId: 'many', signal: text(chooser) }),
    () => JSON.stringify({ ...signal, executionId: 'many', signal: 'settled', value: wrong(chooser) }),
    () => JSON.stringify({ ...signal, executionId: 'many', signal: 'settled', value: { ok: CANARY } }),
    () => JSON.stringify({ ...signal, signal: wrong(chooser) }),
    () => JSON.stringify({ ...signal, signalId: badId(chooser) }),
    () => JSON.stringify({ ...signal, correlation: wrong(chooser) }),
    () => JSON.stringify({ ...signal, [text(chooser)]: value(chooser) }),
    () => JSON.stringify({ ...signal, value: '\ud800' }),
    () => JSON.stringify({ ...signal, value: undefined }),
  ])();
}

/** Messages that are not wake-ups of this package; the announce function must refuse them. */
export function announcementAttack(chooser: Chooser): string {
  return oneOf(chooser, [
    () => badBody(chooser, { executionId: 'waits' }),
    () => `}${text(chooser)}`,
    () => JSON.stringify({ executionId: 'waits', signal: text(chooser), value: CANARY, signalId: 's' }),
    () => wakeAttack(chooser),
    () => wakeAttack(chooser),
  ])();
}

function wakeAttack(chooser: Chooser): string {
  return JSON.stringify(
    oneOf<() => unknown>(chooser, [
      () => value(chooser),
      () => ({ ...WAKE, executionId: badId(chooser) }),
      () => ({ ...WAKE, executionId: wrong(chooser) }),
      () => ({ ...WAKE, kind: wrong(chooser) }),
      () => ({ ...WAKE, due: `${CANARY}${chooser.pick(9)}` }),
      () => ({ ...WAKE, fence: oneOf(chooser, [0.5, CANARY, [1], 1e300]) }),
      () => ({ ...WAKE, [CANARY]: JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) }),
    ])(),
  );
}
