/** Ends waits: by an answer, expiry or the close. Exactly one of them wins, and the ledger records which. */

import { defined } from '../../defined.ts';
import { listeners } from '../../flow/graph/graph.ts';
import { digest, hashId, type Json } from '../../flow/json.ts';
import type { Answer, ResumeEvent, RevokeEvent } from '../events.ts';
import { areNested } from '../frames/scopes.ts';
import type { Activation, Head, Interrupt, Origin, PageOf, ResumeEntry, Value } from '../head.ts';
import { note, noteNext, placeOf } from '../history/records.ts';
import { completeChunk, dispatch, endCascadesOf, endPages, fail, takePage } from '../moves.ts';
import { bySignal, originOf } from '../origin.ts';
import { graphAt, type Transition, takeRoom } from '../transition.ts';
import { literal, readValue } from '../values/value-refs.ts';
import { type Answered, type Attribution, answeredBy, attributionOf } from './attribution.ts';
import { isHostLeaseOver } from './host-lease.ts';

import { entriesOf, record } from './ledger.ts';
import { askerOf } from './questions.ts';
import { noteInterrupt } from './system-items.ts';
import { type EndingRow, endingOf, endOf, isPending, pendingWaits, requestIdOf, SIGNAL } from './waits.ts';

/** Limit of revoked links per wait, because the head keeps their ids. */
const REVOCATIONS = 100;

/**
 * Answers a wait. A repeat gets its first answer from the ledger, also after the close or the end of its host lease; a
 * new answer needs a pending wait.
 */
export function resume(transition: Transition, event: ResumeEvent): Answer {
  const asOf = event.at ?? transition.now;
  const entries = entriesOf(transition, 'resume', event.interrupt);
  if (!entries) return { kind: 'unknown' };
  const answer = answerFromLedger(entries, event);
  if (answer.kind === 'duplicate' || answer.kind === 'mismatch') return answer;
  if (isHostLeaseOver(transition.head, event.host, asOf)) return { kind: 'leaseExpired' };
  const pending = pendingWait(transition.head, event.interrupt, event.generation);
  if (!pending) return answer;
  const refusal = refusalOf(pending, event);
  if (refusal) return refusal;
  // Appended after the deadline. The tick of this or a later commit expires the wait. In a pause no deadline passes.
  const { expiresAt = Infinity } = pending;
  if (event.at !== undefined && expiresAt <= asOf && !transition.head.paused)
    return { kind: 'gone', entry: expiredAt(pending, expiresAt) };
  return accept(transition, pending, event);
}

/** Why the wait refuses this caller; `undefined`: it does not. */
export function refusalOf(
  wait: Pick<Interrupt, 'requireActor' | 'revoked'>,
  { verified, link }: { readonly verified?: boolean; readonly link?: string },
): { readonly kind: 'revoked' | 'actorRequired' } | undefined {
  if (isRevoked(wait, link)) return { kind: 'revoked' };
  return wait.requireActor && !verified ? { kind: 'actorRequired' } : undefined;
}

/** True when the link was revoked while its wait was pending. */
export function isRevoked({ revoked }: { readonly revoked?: readonly string[] }, link: string | undefined): boolean {
  return link !== undefined && revoked?.includes(link) === true;
}

/** Revokes a link to a pending wait. The engine does not know which links exist, so it takes any id. */
export function revoke(transition: Transition, { interrupt, link }: RevokeEvent): Answer {
  const wait = pendingWait(transition.head, interrupt);
  if (!wait) return { kind: entriesOf(transition, 'resume', interrupt)?.length ? 'ignored' : 'unknown' };
  const { revoked = [] } = wait;
  if (revoked.includes(link)) return { kind: 'already' };
  if (revoked.length >= REVOCATIONS) return { kind: 'full' };
  wait.revoked = [...revoked, link];
  return { kind: 'applied' };
}

/** The pending wait that an answer addresses. */
export function pendingWait(head: Head, id: string, generation?: number): Interrupt | undefined {
  const pending = head.interrupts.find((interrupt) => interrupt.id === id && isPending(head, interrupt));
  return generation === undefined || generation === (pending?.generation ?? 0) ? pending : undefined;
}

/** The ledger entry of a wait that expired. */
export function expiredAt({ id }: Interrupt, at: number): ResumeEntry {
  return { kind: 'resume', id, outcome: 'expired', at };
}

export type LedgerAnswer = Extract<Answer, { kind: 'duplicate' | 'mismatch' | 'conflict' | 'gone' | 'unknown' }>;

/** How the wait of this generation ended. Without a generation, or while that wait is pending: the newest entry. */
export function entryOf(entries: readonly ResumeEntry[], generation = -1): ResumeEntry | undefined {
  return entries.at(generation) ?? entries.at(-1);
}

/** Answers from the ledger when no wait is pending. @param entries those of one interrupt, oldest first */
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
  const value = literal(event.value);
  if (transition.giver && !transition.head.options.history) transition.giver.value = value;
  routeAnswer(transition, interrupt, value, answeredBy(entry));
  return { kind: 'accepted', entry };
}

/** Sends the answer to where the wait says: the next nodes, an event, or the chunk that paused. */
function routeAnswer(transition: Transition, interrupt: Interrupt, value: Value, answer?: Answered): void {
  const { resumeTo, activation: id } = interrupt;
  if (!resumeTo && interrupt.page) return takeAnswer(transition, interrupt, interrupt.page, value);
  if (!resumeTo) return completeChunk(transition, interrupt, value, id, answer);
  if ('event' in resumeTo) return emitFrom(transition, interrupt, resumeTo.event, value);
  const { input, count, decided, approval, asker } = resumeTo.self;
  const known = approval === undefined ? decided : { ...decided, [approval]: value };
  noteNext(transition, interrupt.node);
  transition.head.activations.push({
    id: asker ? id : hashId(transition.head.id, id, 'resume', count + 1),
    node: interrupt.node,
    ...originOf(interrupt),
    ...(interrupt.instead === undefined ? {} : { instead: interrupt.instead }),
    ...(interrupt.page ? { page: interrupt.page } : {}),
    input,
    attempt: asker?.attempt ?? 0,
    since: transition.now,
    ...(asker ? { asked: asker.asked } : {}),
    ...(asker?.redriven === undefined ? {} : { redriven: asker.redriven }),
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

/** The answer is the last page of a list. */
function takeAnswer(
  transition: Transition,
  { activation: id, node, ...wait }: Interrupt,
  page: PageOf,
  value: Value,
): void {
  const items = readValue(value, transition.lookups.values, transition.missing.values);
  if (items === undefined) return;
  const row: Activation = { id, node, ...originOf(wait), input: literal(null), attempt: 1, page };
  takePage(transition, row, Array.isArray(items) ? (items as readonly Json[]) : [items]);
}

/** Emits the answer as a signal in the scope of the chunk that paused. Other waits for that signal stay pending. */
function emitFrom(transition: Transition, interrupt: Interrupt, name: string, value: Value): void {
  dispatch(
    transition,
    listeners(graphAt(transition, interrupt.home).on, name),
    value,
    bySignal(originOf(interrupt)),
    `${interrupt.id}/event`,
  );
  if (interrupt.page) endPages(transition, interrupt.page.list);
}

/**
 * Ends the waits for an emitted signal in the same sub-flow whose scope encloses the emit's or lies inside it. The
 * caller starts the listeners.
 */
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
  const { giver } = transition;
  endBySignal(transition, waiting, name, 'v' in value ? digest(value.v) : '');
  transition.giver = giver;
}

/**
 * Ends as many waits as there is room for. A row in `endings` marks the others as ended; ticks remove them from the
 * head.
 */
function endBySignal(transition: Transition, waits: readonly Interrupt[], name: string, valueHash: string): void {
  const { head, now: at } = transition;
  const first = waits.slice(0, takeRoom(transition, waits.length));
  for (const each of first) endWait(transition, each, { outcome: 'accepted', requestId: requestIdOf(name), valueHash });
  endLater(head, waits.slice(first.length), { name, at, valueHash });
}

/** Marks waits as ended. Ticks remove them from the head. */
export function endLater(head: Head, waits: readonly Interrupt[], row: Omit<EndingRow, 'id'>): void {
  if (waits.length === 0) return;
  const id = Math.max(0, ...(head.endings ?? []).map((each) => each.id)) + 1;
  head.endings = [...(head.endings ?? []), { id, ...row }];
  for (const each of waits) each.endedBy = id;
}

/** Ends waits without an output, in portions as `endBySignal` does. Their chunks do not run again. */
export function withdrawWaits(transition: Transition, waits: readonly Interrupt[], by: Attribution = {}): void {
  const { head, now: at } = transition;
  const first = waits.slice(0, takeRoom(transition, waits.length));
  for (const each of first) endWait(transition, each, { outcome: 'withdrawn', ...by });
  endLater(head, waits.slice(first.length), { name: '', at, valueHash: '', withdrawn: true });
  for (const each of waits) if (askerOf(each)) endCascadesOf(transition, each.activation);
}

/** Ends a portion of the due waits. The remaining due ones count as expired from now on. */
export function endDue(transition: Transition): boolean {
  const { head, now, lookups } = transition;
  // An answer in the inbox may precede the expiry.
  if (lookups.hasMoreEvents) return false;
  const isDue = (wait: Interrupt): boolean => (wait.expiresAt ?? Infinity) <= now || !isPending(head, wait);
  const due = head.interrupts.filter(isDue);
  const portion = head.overfull ? [] : due.slice(0, takeRoom(transition, due.length));
  // The expiry of one wait may cancel another.
  for (const wait of portion) if (head.interrupts.includes(wait)) conclude(transition, wait);
  const late = pendingWaits(head).some(isDue);
  if (late) head.expiredUntil = now;
  return portion.length > 0 || late;
}

/** Removes a wait that is due or was ended by a signal, and applies its expiry. */
export function conclude(transition: Transition, wait: Interrupt): void {
  const { head } = transition;
  const restarts = endingOf(head, wait)?.restarts;
  const { outcome } = endWait(transition, wait, { outcome: 'expired' });
  // After a cancel nothing follows any more.
  if (outcome !== 'expired' || (head.closing === 'cancelled' && !head.cancels)) return;
  if (restarts) return restartWait(transition, wait);
  const { onExpiry } = wait;
  if (!onExpiry) failBy(transition, wait);
  else if ('value' in onExpiry) routeAnswer(transition, wait, onExpiry.value);
  else emitFrom(transition, wait, onExpiry.event, onExpiry.emits ?? literal(null));
}

/** Begins a wait again that has expired. A tick announces it. */
export function restartWait(
  { head, now }: Pick<Transition, 'head' | 'now'>,
  { revoked: _, endedBy: __, ...wait }: Interrupt,
): void {
  const lasts = (wait.expiresAt ?? now) - wait.createdAt;
  const generation = (wait.generation ?? 0) + 1;
  head.interrupts.push({ ...wait, generation, createdAt: now, expiresAt: now + lasts, untold: true });
}

export function cancelWaits(transition: Transition, waits: readonly Interrupt[]): void {
  for (const interrupt of waits) {
    // Ending the cascades of an earlier wait may have removed this one.
    if (!transition.head.interrupts.includes(interrupt)) continue;
    endWait(transition, interrupt, { outcome: 'cancelled' });
    if (askerOf(interrupt)) endCascadesOf(transition, interrupt.activation);
  }
}

/**
 * Cancels waits, in portions as `endBySignal` does. Enclosing sub-flows get no result, so nothing runs after them.
 */
export function cancelAll(transition: Transition, waits: readonly Interrupt[]): void {
  const { head, now: at } = transition;
  const { frames } = head;
  for (const { home } of waits) {
    for (let at = home; at !== undefined; at = frames[at]?.parent.home) {
      const frame = frames[at];
      if (frame?.kind === 'child') frame.over = true;
    }
  }
  const first = new Set(waits.slice(0, takeRoom(transition, waits.length)));
  const later = waits.filter((wait) => !first.has(wait));
  cancelWaits(transition, [...first]);
  endLater(
    head,
    later.filter((wait) => head.interrupts.includes(wait) && isPending(head, wait)),
    {
      name: '',
      at,
      valueHash: '',
      cancelled: true,
    },
  );
  for (const wait of later) if (askerOf(wait)) endCascadesOf(transition, wait.activation);
}

/** Fails the chunk that paused; its error policy decides what follows. */
function failBy(transition: Transition, interrupt: Interrupt): void {
  const { activation: id, node, input = literal(null) } = interrupt;
  const row: Activation = { id, node, ...originOf(interrupt), input, attempt: 1, expired: interrupt };
  if (interrupt.page) row.page = interrupt.page;
  transition.head.activations.push(row);
  fail(transition, row, {
    name: 'InterruptExpired',
    code: 'interrupt_expired',
    message: `The "${interrupt.type}" wait expired without an answer. Set onExpiry to continue without one.`,
  });
  // Only an error handler needs the input; a redrive restarts the wait itself.
  row.input = literal(null);
}

/**
 * Removes a wait from the head and records its end.
 * @param how the end of a pending wait; a wait that has ended keeps its outcome
 */
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
  noteEnd(transition, interrupt, entry);
  if (entry.outcome === 'accepted' || entry.outcome === 'expired') noteInterrupt(head, 'resume', interrupt);
  if (entry.outcome === 'withdrawn') tellWithdrawn(head, interrupt, entry.at);
  return entry;
}

function tellWithdrawn(head: Head, { id, type, channel, generation }: Interrupt, at: number): void {
  const withdrawn = {
    type,
    at,
    ...(channel === undefined ? {} : { channel }),
    ...(generation === undefined ? {} : { generation }),
  };
  head.outbox.push({
    id: hashId(head.id, id, 'withdrawn', generation ?? 0),
    kind: 'announce',
    interrupt: id,
    withdrawn,
  });
}

/** The record of the end of a wait, by its outcome. */
export const HISTORY_TYPE_OF = {
  accepted: 'answered',
  expired: 'expired',
  cancelled: 'withdrawn',
  withdrawn: 'withdrawn',
} as const;

function noteEnd(transition: Transition, interrupt: Interrupt, { outcome, requestId, ...entry }: ResumeEntry): void {
  const { id, activation, generation } = interrupt;
  const isSignal = requestId?.startsWith(SIGNAL) === true;
  note(transition, HISTORY_TYPE_OF[outcome], {
    ...placeOf(transition, interrupt, activation),
    interruptId: id,
    ...defined({ generation, requestId: isSignal ? undefined : requestId }),
    ...(isSignal ? { signal: requestId.slice(SIGNAL.length) } : {}),
    ...attributionOf(entry),
    ...(outcome === 'cancelled' ? { reason: 'cancelled' } : {}),
  });
}
