/**
 * The host pauses an execution: nothing is claimed or delivered, and no deadline passes, until it is unpaused. Running
 * attempts settle, and signals and answers are accepted; what they cause waits.
 */
import type { Answer, PauseEvent } from '../events.ts';
import { note } from '../history/records.ts';
import { attributionOf } from '../outside/attribution.ts';
import type { Transition } from '../transition.ts';

export function pause(transition: Transition, event: PauseEvent): Answer {
  const { head, now } = transition;
  if (head.lifecycle === 'closed') return { kind: 'ignored' };
  if (event.paused === (head.paused !== undefined)) return { kind: 'already' };
  if (event.paused) head.paused = { at: now, ...attributionOf(event) };
  else delete head.paused;
  note(transition, 'host', { action: event.paused ? 'pause' : 'unpause', ...attributionOf(event) });
  return { kind: 'applied' };
}
