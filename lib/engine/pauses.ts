/** The beginning of a wait. */
import { hashId } from '../flow/json.ts';
import { pathOf } from './dispatch.ts';
import type { ErrorInfo, Pause } from './events.ts';
import type { Activation, Head, Interrupt } from './head.ts';
import { entriesOf } from './ledger.ts';
import { noteInterrupt } from './system-items.ts';
import type { Turn } from './turn.ts';
import { inline } from './values.ts';

/** Adds the interrupt of an activation that pauses. What can't be waited for is returned, and nothing is added. */
export function pause(turn: Turn, activation: Activation, spec: Pause): ErrorInfo | undefined {
  const { head } = turn;
  const { count = 0, decided = {} } = activation.resume ?? {};
  const own = count - Object.keys(decided).length;
  if (spec.resumeTo === 'self' && spec.maxResumes !== null && own >= spec.maxResumes) {
    return refusal(
      'resume_limit',
      `paused again after ${own} resumes; maxResumes is ${spec.maxResumes}: allow it more, or end`,
    );
  }
  const id =
    spec.id === undefined
      ? hashId(head.id, activation.id, 'interrupt')
      : [spec.id, ...(activation.items === undefined ? [] : [activation.items])].join('-');
  if (head.interrupts.some((interrupt) => interrupt.id === id)) {
    return refusal(
      'interrupt_id_taken',
      `paused with the id "${id}", which is pending already: give each wait an id of its own, or none`,
    );
  }
  const generation = spec.id === undefined ? 0 : (entriesOf(turn, 'resume', id)?.length ?? 0);
  const resumeTo = destination(activation, spec);
  const interrupt: Interrupt = {
    id,
    activation: activation.id,
    node: activation.node,
    ...pathOf(activation),
    ...(activation.instead === undefined ? {} : { instead: activation.instead }),
    type: spec.type,
    payload: inline(spec.payload),
    createdAt: turn.now,
    ...(resumeTo ? { resumeTo } : {}),
    ...(generation > 0 ? { generation } : {}),
    ...(spec.channel === undefined ? {} : { channel: spec.channel }),
    ...(spec.expiresIn === undefined ? {} : { expiresAt: turn.now + spec.expiresIn }),
    ...(spec.expiresIn === undefined || spec.onExpiry ? {} : { input: activation.input }),
    ...(spec.onExpiry
      ? { onExpiry: 'value' in spec.onExpiry ? { value: inline(spec.onExpiry.value) } : spec.onExpiry }
      : {}),
  };
  head.interrupts.push(interrupt);
  noteInterrupt(head, 'pause', interrupt);
  announce(head, interrupt, 'pause');
  return undefined;
}

/** @param cause what tells repeats of one wait apart */
export function announce(head: Head, { id, activation }: Interrupt, cause: string): void {
  head.outbox.push({ id: hashId(head.id, activation, 'announce', cause), kind: 'announce', interrupt: id });
}

function destination({ input, resume }: Activation, { resumeTo, approval }: Pause): Interrupt['resumeTo'] {
  if (resumeTo === 'next') return undefined;
  if (resumeTo !== 'self') return resumeTo;
  const { count = 0, decided } = resume ?? {};
  return { self: { input, count, ...(decided ? { decided } : {}), ...(approval === undefined ? {} : { approval }) } };
}

function refusal(code: string, what: string): ErrorInfo {
  return { name: 'FlowError', code, message: `The chunk ${what}.` };
}
