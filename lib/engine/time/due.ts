/** The host makes what waits for its retry, its start time or the end of its sleep due now. */
import type { Answer, DueEvent } from '../events.ts';
import { note, placeOf } from '../history/records.ts';
import { attributionOf } from '../outside/attribution.ts';
import type { Transition } from '../transition.ts';

export function makeDue(transition: Transition, event: DueEvent): Answer {
  const { head, now } = transition;
  const row = head.activations.find(({ id }) => id === event.activation);
  if (!row || row.failed || head.lifecycle === 'closed') return { kind: 'unknown' };
  if (row.fence !== undefined || (row.dueAt ?? 0) <= now) return { kind: 'already' };
  // The next tick ends a sleep that is over.
  if (row.sleeps) row.dueAt = now;
  else delete row.dueAt;
  note(transition, 'host', { action: 'due', ...placeOf(transition, row, row.id), ...attributionOf(event) });
  return { kind: 'applied' };
}
