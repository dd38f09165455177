/** Stream items of the engine itself. They wait in the outbox and are appended to the stream after the commit. */
import { hashId } from '../../flow/json.ts';
import type { Head, Interrupt, StreamRow } from '../head.ts';
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
  head: Head,
  action: 'append' | 'insert' | 'consume' | 'expire',
  { version, status, payload }: InterventionRow,
  by = '',
): void {
  const id = hashId(head.id, 'intervention', version, action, by);
  add(head, id, { kind: 'intervention', action, version, status }, payload);
}

function add(head: Head, id: string, item: StreamRow['item'], payload: StreamRow['payload']): void {
  head.outbox.push({ id, kind: 'stream', item, payload });
}
