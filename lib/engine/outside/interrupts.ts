/** The end of a wait: an answer, its expiry, or the close. Exactly one of them wins, and the ledger says which. */

import { listeners } from '../../flow/graph/graph.ts';
import { digest, hashId } from '../../flow/json.ts';
import type { Answer, ResumeEvent, RevokeEvent } from '../events.ts';
import { areNested } from '../frames/scopes.ts';
import type { Activation, Head, Interrupt, Origin, ResumeEntry, Value } from '../head.ts';
import { completeChunk, dispatch, endCascadesOf, fail } from '../moves.ts';
import { bySignal, originOf } from '../origin.ts';
import { graphAt, type Transition, takeRoom } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import { type Answered, answeredBy, attributionOf } from './attribution.ts';
import { isHostLeaseOver } from './host-lease.ts';

import { entriesOf, record } from './ledger.ts';
import { askerOf } from './questions.ts';
import { noteInterrupt } from './system-items.ts';
import { endOf, isPending, pendingWaits, requestIdOf } from './waits.ts';

/** Links to one wait that may be revoked: they stay in the head. */
const REVOCATIONS = 100;

/** The ledger answers first, also after close; only then does a pending wait take the value. */
export function resume(transition: Transition, event: ResumeEvent): Answer {
  const asOf = event.at ?? transition.now;
  if (isHostLeaseOver(transition.head, event.host, asOf)) return { kind: 'leaseExpired' };
  const entries = entriesOf(transition, 'resume', event.interrupt);
  if (!entries) return { kind: 'unknown' };
  const answer = answerFromLedger(entries, event);
  if (answer.kind === 'duplicate' || answer.kind === 'mismatch') return answer;
  const pending = pendingWait(transition.head, event.interrupt, event.generation);
  if (!pending) return answer;
  const refusal = refusalOf(pending, event);
  if (refusal) return refusal;
  // Appended too late; the tick of this or a later commit ends the wait.
  const { expiresAt = Infinity } = pending;
  if (event.at !== undefined && expiresAt <= asOf) return { kind: 'gone', entry: expiredAt(pending, expiresAt) };
  return accept(transition, pending, event);
}

/** Why a wait does not take an answer of this caller, if it does not. */
export function refusalOf(
  wait: Pick<Interrupt, 'requireActor' | 'revoked'>,
  { verified, link }: { readonly verified?: boolean; readonly link?: string },
): { readonly kind: 'revoked' | 'actorRequired' } | undefined {
  if (isRevoked(wait, link)) return { kind: 'revoked' };
  return wait.requireActor && !verified ? { kind: 'actorRequired' } : undefined;
}

/** Whether the link to a wait was revoked while that was pending. */
export function isRevoked({ revoked }: { readonly revoked?: readonly string[] }, link: string | undefined): boolean {
  return link !== undefined && revoked?.includes(link) === true;
}

/** Ends a link to a pending wait. Ids of links are not known before: any may be revoked. */
export function revoke(transition: Transition, { interrupt, link }: RevokeEvent): Answer {
  const wait = pendingWait(transition.head, interrupt);
  if (!wait) return { kind: entriesOf(transition, 'resume', interrupt)?.length ? 'ignored' : 'unknown' };
  const { revoked = [] } = wait;
  if (revoked.includes(link)) return { kind: 'already' };
  if (revoked.length >= REVOCATIONS) return { kind: 'full' };
  wait.revoked = [...revoked, link];
  return { kind: 'applied' };
}

/** The wait that an answer is for, if it is pending. */
export function pendingWait(head: Head, id: string, generation?: number): Interrupt | undefined {
  const pending = head.interrupts.find((interrupt) => interrupt.id === id && isPending(head, interrupt));
  return generation === undefined || generation === (pending?.generation ?? 0) ? pending : undefined;
}

/** What the ledger will say of a wait that nobody answered in time. */
export function expiredAt({ id }: Interrupt, at: number): ResumeEntry {
  return { kind: 'resume', id, outcome: 'expired', at };
}

export type LedgerAnswer = Extract<Answer, { kind: 'duplicate' | 'mismatch' | 'conflict' | 'gone' | 'unknown' }>;

/** How the wait of this generation has ended; absent, or of one that has not: the newest. */
export function entryOf(entries: readonly ResumeEntry[], generation = -1): ResumeEntry | undefined {
  return entries.at(generation) ?? entries.at(-1);
}

/** What the entries of one interrupt, oldest first, say to an answer that nobody waits for any more. */
export function answerFromLedger(
  entries: readonly ResumeEntry[],
  { requestId, valueHash, generation }: Pick<ResumeEvent, 'requestId' | 'valueHash' | 'generation'>,
): LedgerAnswer {
  const same = entries.find((entry) => entry.requestId === requestId);
  if (same) return { kind: same.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: same };
  const last = entryOf(entries, generation);
  if (!last) return { kind: 'unknown' };
  return { kind: last.outcome === 'accepted' ? 'conflict' : 'gone', entry: last };
}

function accept(transition: Transition, interrupt: Interrupt, event: ResumeEvent): Answer {
  const entry = endWait(transition, interrupt, {
    outcome: 'accepted',
    requestId: event.requestId,
    valueHash: event.valueHash,
    ...attributionOf(event),
    ...(event.mark === undefined ? {} : { mark: event.mark }),
  });
  goOn(transition, interrupt, literal(event.value), answeredBy(entry));
  return { kind: 'accepted', entry };
}

/** What an answer sets off, by where the wait wants it. */
function goOn(transition: Transition, interrupt: Interrupt, value: Value, answer?: Answered): void {
  const { resumeTo, activation: id } = interrupt;
  if (!resumeTo) return completeChunk(transition, interrupt, value, id, answer);
  if ('event' in resumeTo) return emitFrom(transition, interrupt, resumeTo.event, value);
  const { input, count, decided, approval, asker } = resumeTo.self;
  const known = approval === undefined ? decided : { ...decided, [approval]: value };
  transition.head.activations.push({
    id: asker ? id : hashId(transition.head.id, id, 'resume', count + 1),
    node: interrupt.node,
    ...originOf(interrupt),
    ...(interrupt.instead === undefined ? {} : { instead: interrupt.instead }),
    input,
    attempt: asker?.attempt ?? 0,
    ...(asker ? { asked: asker.asked } : {}),
    ...(asker?.ops ? { ops: asker.ops } : {}),
    resume: {
      ...(asker?.answer ?? {
        value,
        ...(answer ? { requestId: answer.requestId } : {}),
        ...(approval === undefined ? {} : { approval }),
      }),
      count: count + 1,
      ...(known ? { decided: known } : {}),
    },
    ...(answer ? { answer } : {}),
  });
}

/** Emits the answer as a signal in the scope of the chunk that paused. Other waits for that signal go on. */
function emitFrom(transition: Transition, interrupt: Interrupt, name: string, value: Value): void {
  dispatch(
    transition,
    listeners(graphAt(transition, interrupt.home).on, name),
    value,
    bySignal(originOf(interrupt)),
    `${interrupt.id}/event`,
  );
}

/** An emit ends the waits for its signal in its frame, where their scope and its own are nested. The caller starts listeners. */
export function resolveWaiting(
  transition: Transition,
  name: string,
  at: Pick<Origin, 'scope' | 'home'>,
  value: Value,
): void {
  const waiting = pendingWaits(transition.head).filter(
    ({ resumeTo, home, scope }) =>
      home === at.home &&
      resumeTo &&
      'event' in resumeTo &&
      resumeTo.event === name &&
      areNested(transition.head, scope, at.scope),
  );
  endBySignal(transition, waiting, name, 'v' in value ? digest(value.v) : '');
}

/** Ends as many as there is room for. The others have ended too, as a row says; ticks take them out of the head. */
function endBySignal(transition: Transition, waits: readonly Interrupt[], name: string, valueHash: string): void {
  const { head, now: at } = transition;
  const first = waits.slice(0, takeRoom(transition, waits.length));
  for (const each of first) endWait(transition, each, { outcome: 'accepted', requestId: requestIdOf(name), valueHash });
  const rest = waits.slice(first.length);
  if (rest.length === 0) return;
  const id = Math.max(0, ...(head.endings ?? []).map((row) => row.id)) + 1;
  head.endings = [...(head.endings ?? []), { id, name, at, valueHash }];
  for (const each of rest) each.endedBy = id;
}

/** Takes out a portion of the waits that are due or have ended. From now on the other due ones have expired, too. */
export function endDue(transition: Transition): boolean {
  const { head, now, lookups } = transition;
  // An answer that is still in the inbox came before.
  if (lookups.isMoreToCome) return false;
  const isDue = (wait: Interrupt): boolean => (wait.expiresAt ?? Infinity) <= now || !isPending(head, wait);
  const due = head.interrupts.filter(isDue);
  const portion = head.overfull ? [] : due.slice(0, takeRoom(transition, due.length));
  // One may have been cancelled by the expiry of another.
  for (const wait of portion) if (head.interrupts.includes(wait)) conclude(transition, wait);
  const late = pendingWaits(head).some(isDue);
  if (late) head.expiredUntil = now;
  return portion.length > 0 || late;
}

/** Does what the end of a wait leads to that is due, or has ended by a signal. */
export function conclude(transition: Transition, wait: Interrupt): void {
  const { outcome } = endWait(transition, wait, { outcome: 'expired' });
  if (outcome === 'accepted') return;
  const { onExpiry } = wait;
  if (!onExpiry) failBy(transition, wait);
  else if ('value' in onExpiry) goOn(transition, wait, onExpiry.value);
  else emitFrom(transition, wait, onExpiry.event, onExpiry.emits ?? literal(null));
}

export function cancelWaits(transition: Transition, waits: readonly Interrupt[]): void {
  for (const interrupt of waits) {
    // What another one awaited may have ended it already.
    if (!transition.head.interrupts.includes(interrupt)) continue;
    endWait(transition, interrupt, { outcome: 'cancelled' });
    if (askerOf(interrupt)) endCascadesOf(transition, interrupt.activation);
  }
}

/** Sub-flows that were waited in have no result: nothing goes on behind them. */
export function cancelAll(transition: Transition, waits: readonly Interrupt[]): void {
  const { frames } = transition.head;
  for (const { home } of waits) {
    for (let at = home; at !== undefined; at = frames[at]?.parent.home) {
      const frame = frames[at];
      if (frame?.kind === 'child') frame.over = true;
    }
  }
  cancelWaits(transition, [...waits]);
}

/** The chunk that paused has failed: its policy says what that means. */
function failBy(transition: Transition, interrupt: Interrupt): void {
  const { activation: id, node, input = literal(null) } = interrupt;
  const row: Activation = { id, node, ...originOf(interrupt), input, attempt: 1, expired: interrupt };
  transition.head.activations.push(row);
  fail(transition, row, {
    name: 'InterruptExpired',
    code: 'interrupt_expired',
    message: `Nobody answered the "${interrupt.type}" wait before it expired. Set onExpiry to go on without an answer.`,
  });
  // Only an error handler is given it; a redrive begins the wait anew.
  row.input = literal(null);
}

/** @param how for a wait that is pending; one that has ended already keeps its outcome */
export function endWait(
  transition: Transition,
  interrupt: Interrupt,
  how: Omit<ResumeEntry, 'kind' | 'id' | 'at'>,
): ResumeEntry {
  const { head, now: at } = transition;
  const links = interrupt.revoked ? { revoked: interrupt.revoked } : {};
  const entry: ResumeEntry = endOf(head, interrupt) ?? { kind: 'resume', id: interrupt.id, at, ...how, ...links };
  head.interrupts.splice(head.interrupts.indexOf(interrupt), 1);
  if (interrupt.untold) noteInterrupt(head, 'pause', interrupt);
  record(transition, entry);
  if (entry.outcome !== 'cancelled') noteInterrupt(head, 'resume', interrupt);
  return entry;
}
