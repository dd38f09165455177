/** What the engine itself puts into the stream of an execution. It waits in the outbox and is appended after the commit. */
import { hashId } from '../../flow/json.ts';
import type { Head, Interrupt, StreamRow } from '../head.ts';
import type { InterventionRow } from './interventions.ts';
import { askerOf } from './questions.ts';

/** A wait began, or was answered; one that is redriven begins again. */
export function noteInterrupt(head: Head, action: 'pause' | 'resume', interrupt: Interrupt): void {
  const { id, activation, generation, type, payload } = interrupt;
  // An activation may ask several questions.
  const wait = askerOf(interrupt) ? id : activation;
  add(
    head,
    hashId(head.id, wait, action, generation ?? 0),
    { kind: 'interrupt', action, type, interruptId: id },
    payload,
  );
}

/** `by`: what tells repeats of one action apart. */
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
