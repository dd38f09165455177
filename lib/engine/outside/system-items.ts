/** Stream items of the engine itself. They wait in the outbox and are appended to the stream after the commit. */
import { defined } from '../../defined.ts';
import { hashId } from '../../flow/json.ts';
import type { Head, Interrupt, StreamRow } from '../head.ts';
import { note } from '../history/records.ts';
import type { Transition } from '../transition.ts';
import type { InterventionRow } from './interventions.ts';
import { askerOf } from './questions.ts';

/** Notes the beginning or end of a wait. A wait that a redrive restarts is noted again. */
export function noteInterrupt(head: Head, action: 'pause' | 'resume', interrupt: Interrupt): void {
  const { id, activation, generation, type, payload } = interrupt;
  // One activation may ask several questions.
  const wait = askerOf(interrupt) ? id : activation;
  add(
    head,
    hashId(head.id, wait, action, generation ?? 0),
    { kind: 'interrupt', action, type, interruptId: id },
    payload,
  );
}

/** Notes a change of an intervention. @param by distinguishes repeats of one action */
export function noteIntervention(
  transition: Transition,
  action: 'append' | 'insert' | 'consume' | 'expire',
  row: InterventionRow,
  by = '',
): void {
  const { head } = transition;
  const { version, status, payload, author, verified } = row;
  note(transition, 'intervention', { action, version, ...defined({ author, verified }) });
  const id = hashId(head.id, 'intervention', version, action, by);
  add(head, id, { kind: 'intervention', action, version, status }, payload);
}

function add(head: Head, id: string, item: StreamRow['item'], payload: StreamRow['payload']): void {
  head.outbox.push({ id, kind: 'stream', item, payload });
}
