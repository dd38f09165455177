/** Rows for the contracts. Ids are random, so that checks may share a table. */
import { randomBytes } from 'node:crypto';
import type { ResumeEvent, SignalEvent } from '../engine/events.ts';
import type { Head, Interrupt } from '../engine/head.ts';
import type { Owner } from '../ports/value-store.ts';

export function randomId(): string {
  // Contains every character that ids may have.
  return `t@e:k=1.${randomBytes(16).toString('base64url')}_-`;
}

export function randomOwner(): Owner {
  return { executionId: randomId(), inc: randomId() };
}

export function headOf(part: Partial<Head> = {}): Head {
  return {
    format: 1,
    id: randomId(),
    inc: randomId(),
    flow: 'orders',
    fingerprint: 'fingerprint',
    inputHash: 'hash',
    options: { autoClose: true, autoCloseTimeout: 0, defaults: { attempts: 3 } } as unknown as Head['options'],
    lifecycle: 'open',
    createdAt: 1_000,
    fence: 0,
    leases: [],
    activations: [],
    frames: {},
    joins: [],
    cascades: {},
    signals: [],
    interrupts: [],
    state: {},
    ledger: [],
    spilled: 0,
    outbox: [],
    ...part,
  };
}

export function interruptOf(id: string): Interrupt {
  return { id, activation: 'a', node: 'n', scope: '', type: 'approval', payload: { v: null }, createdAt: 1_000 };
}

export function answerOf(requestId: string): ResumeEvent {
  const given = { interrupt: 'i', generation: 0, requestId, value: { a: 1 }, valueHash: 'hash', actor: 'somebody' };
  return { type: 'resume', ...given, at: 2_000, mark: `mark-${requestId}` };
}

export function signalOf(id: string): SignalEvent {
  return { type: 'signal', id, name: 'paid', value: { id } };
}
