/** Begins waits. */
import { defined } from '../../defined.ts';
import { hashId } from '../../flow/json.ts';
import type { ErrorInfo, Pause } from '../events.ts';
import type { Activation, Head, Interrupt } from '../head.ts';
import { noteEnded } from '../history/attempts.ts';
import { originOf } from '../origin.ts';
import { conclude, pendingWait } from '../outside/interrupts.ts';
import { entriesOf } from '../outside/ledger.ts';
import { toAsker } from '../outside/questions.ts';
import { noteInterrupt } from '../outside/system-items.ts';
import { endingOf, isPending } from '../outside/waits.ts';
import { type Transition, takeRoom } from '../transition.ts';
import { literal } from '../values/value-refs.ts';

/** Why the activation may not pause like this; `undefined`: it may. Checked before its effects are applied. */
export function pauseProblem({ head }: Transition, activation: Activation, spec: Pause): ErrorInfo | undefined {
  const { count = 0, decided = {} } = activation.resume ?? {};
  const own = count - Object.keys(decided).length;
  if (spec.resumeTo === 'self' && spec.maxResumes !== null && own >= spec.maxResumes) {
    return refusal(
      'resume_limit',
      `paused again after ${own} resumes, but its maxResumes is ${spec.maxResumes}: raise maxResumes, or return an output`,
    );
  }
  const id = idOf(head, activation, spec);
  if (pendingWait(head, id) || isRestarting(head, id)) {
    return refusal(
      'interrupt_id_taken',
      `paused with the id "${id}", which another pending wait has: give each wait its own id, or none`,
    );
  }
  return undefined;
}

/** True when a redrive starts a wait with this id again. */
function isRestarting(head: Head, id: string): boolean {
  return head.interrupts.some((wait) => wait.id === id && endingOf(head, wait)?.restarts);
}

/** Each question of an activation has its own wait. */
function idOf(head: Head, { id, items }: Activation, spec: Pause): string {
  if (spec.approval !== undefined) return hashId(head.id, id, 'interrupt', spec.approval);
  if (spec.id === undefined) return hashId(head.id, id, 'interrupt');
  return items === undefined ? spec.id : `${spec.id}-${items}`;
}

/** Adds the interrupt of an activation that pauses. */
export function pause(transition: Transition, activation: Activation, spec: Pause): void {
  const { head } = transition;
  const id = idOf(head, activation, spec);
  const ended = head.interrupts.find((each) => each.id === id);
  if (ended) conclude(transition, ended);
  const generation = spec.id === undefined ? 0 : (entriesOf(transition, 'resume', id)?.length ?? 0);
  const resumeTo = destination(activation, spec);
  const interrupt: Interrupt = {
    id,
    activation: activation.id,
    node: activation.node,
    ...originOf(activation),
    ...(activation.instead === undefined ? {} : { instead: activation.instead }),
    ...(activation.page ? { page: activation.page } : {}),
    type: spec.type,
    payload: literal(spec.payload),
    createdAt: transition.now,
    ...(resumeTo ? { resumeTo } : {}),
    ...(generation > 0 ? { generation } : {}),
    ...(spec.channel === undefined ? {} : { channel: spec.channel }),
    ...(spec.requireActor ? { requireActor: true } : {}),
    ...(spec.expiresIn === undefined ? {} : { expiresAt: transition.now + spec.expiresIn }),
    ...(spec.expiresIn === undefined || spec.onExpiry ? {} : { input: activation.input }),
    ...(spec.onExpiry ? { onExpiry: expiryOf(spec.onExpiry) } : {}),
  };
  head.interrupts.push(interrupt);
  noteEnded(transition, activation, 'waiting', {
    wait: spec.type,
    interruptId: id,
    ...defined({ generation: interrupt.generation, expiresAt: interrupt.expiresAt }),
    ...(typeof spec.resumeTo === 'object' ? { event: spec.resumeTo.event } : {}),
  });
  noteInterrupt(head, 'pause', interrupt);
  announce(head, interrupt, spec.approval ?? 'pause');
}

/** Announces waits that a redrive restarted, as many as there is room for. */
export function announceRestarted(transition: Transition): boolean {
  const { head } = transition;
  const untold = head.interrupts.filter((wait) => wait.untold && isPending(head, wait));
  const portion = untold.slice(0, takeRoom(transition, untold.length));
  for (const wait of portion) announceAgain(head, wait);
  return portion.length > 0;
}

/** Announces a wait that a redrive restarted. */
export function announceAgain(head: Head, wait: Interrupt): void {
  delete wait.untold;
  noteInterrupt(head, 'pause', wait);
  announce(head, wait, `${head.redrives?.length}`);
}

function expiryOf(onExpiry: NonNullable<Pause['onExpiry']>): NonNullable<Interrupt['onExpiry']> {
  if ('value' in onExpiry) return { value: literal(onExpiry.value) };
  const { event, emits } = onExpiry;
  return emits === undefined ? { event } : { event, emits: literal(emits) };
}

/** @param cause distinguishes repeated announcements of one wait */
function announce(head: Head, { id, activation }: Interrupt, cause: string): void {
  head.outbox.push({ id: hashId(head.id, activation, 'announce', cause), kind: 'announce', interrupt: id });
}

function destination(activation: Activation, { resumeTo, approval }: Pause): Interrupt['resumeTo'] {
  if (resumeTo === 'next') return undefined;
  if (resumeTo !== 'self') return resumeTo;
  const { input, resume: { count = 0, decided } = {} } = activation;
  const self = { input, count, ...(decided ? { decided } : {}) };
  return { self: approval === undefined ? self : { ...self, approval, asker: toAsker(activation) } };
}

function refusal(code: string, what: string): ErrorInfo {
  return { name: 'FlowError', code, message: `The chunk ${what}.` };
}
