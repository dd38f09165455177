/** The view of an interrupt, for callers and exchange providers. */
import { defined } from '../../defined.ts';
import type { Head, Interrupt, ResumeEntry } from '../../engine/head.ts';
import type { ValueStore } from '../../ports/value-store.ts';
import { iso } from '../app/checks/times.ts';
import type { InterruptView } from '../client/types.ts';
import { loadValue } from './values.ts';

export async function viewInterrupt(store: ValueStore, head: Head, interrupt: Interrupt): Promise<InterruptView> {
  return { ...interruptFacts(head, interrupt), payload: await loadValue(store, head, interrupt.payload) };
}

/** The part of the view that needs no stored value. */
export function interruptFacts(head: Head, interrupt: Interrupt): Omit<InterruptView, 'payload'> {
  return {
    executionId: head.id,
    interruptId: interrupt.id,
    flow: head.flow,
    type: interrupt.type,
    resumeTo: resumeToOf(interrupt),
    createdAt: iso(interrupt.createdAt),
    ...(interrupt.expiresAt === undefined
      ? {}
      : { expiresAt: iso(interrupt.expiresAt), onExpiry: onExpiryOf(interrupt) }),
    ...defined({ generation: interrupt.generation }),
    ...(interrupt.requireActor ? { requireActor: true } : {}),
  };
}

function onExpiryOf({ onExpiry }: Interrupt): NonNullable<InterruptView['onExpiry']> {
  if (!onExpiry) return 'fail';
  return 'value' in onExpiry ? 'value' : 'event';
}

function resumeToOf({ resumeTo }: Interrupt): InterruptView['resumeTo'] {
  if (!resumeTo) return 'next';
  return 'self' in resumeTo ? 'self' : resumeTo;
}

/** A ledger entry without its internal fields (`mark`, `revoked`). */
export function viewEntry({ mark: _, revoked: _links, ...entry }: ResumeEntry): ResumeEntry {
  return entry;
}
