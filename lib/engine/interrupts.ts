/** The end of a wait: an answer, its expiry, or the close. Exactly one of them wins, and the ledger says which. */
import { listeners } from '../flow/graph.ts';
import { dispatch } from './dispatch.ts';
import type { Answer, ResumeEvent } from './events.ts';
import type { Interrupt, ResumeEntry, Value } from './head.ts';
import { entriesOf, record } from './ledger.ts';
import { chunkName } from './policy.ts';
import type { Turn } from './turn.ts';
import { inline } from './values.ts';

/** The ledger answers first, also after close; only then does a pending wait take the value. */
export function resume(turn: Turn, event: ResumeEvent): Answer {
  const entries = entriesOf(turn, 'resume', event.interrupt);
  if (!entries) return { kind: 'unknown' };
  const answer = answerFromLedger(entries, event);
  if (answer.kind === 'duplicate' || answer.kind === 'mismatch') return answer;
  const pending = turn.head.interrupts.find((interrupt) => interrupt.id === event.interrupt);
  return pending ? accept(turn, pending, event) : answer;
}

export type LedgerAnswer = Extract<Answer, { kind: 'duplicate' | 'mismatch' | 'conflict' | 'gone' | 'unknown' }>;

/** What the entries of one interrupt, oldest first, say to an answer that nobody waits for any more. */
export function answerFromLedger(
  entries: readonly ResumeEntry[],
  { requestId, valueHash }: Pick<ResumeEvent, 'requestId' | 'valueHash'>,
): LedgerAnswer {
  const same = entries.find((entry) => entry.requestId === requestId);
  if (same) return { kind: same.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: same };
  const last = entries.at(-1);
  if (!last) return { kind: 'unknown' };
  return { kind: last.outcome === 'accepted' ? 'conflict' : 'gone', entry: last };
}

function accept(turn: Turn, interrupt: Interrupt, event: ResumeEvent): Answer {
  const entry = end(turn, interrupt, {
    outcome: 'accepted',
    requestId: event.requestId,
    valueHash: event.valueHash,
    ...(event.actor === undefined ? {} : { actor: event.actor }),
  });
  goOn(turn, interrupt, inline(event.value));
  return { kind: 'accepted', entry };
}

/** Ends the waits whose time has come. */
export function expire(turn: Turn): boolean {
  const due = turn.head.interrupts.filter((interrupt) => (interrupt.expiresAt ?? Infinity) <= turn.now);
  for (const interrupt of due) {
    end(turn, interrupt, { outcome: 'expired' });
    if (interrupt.onExpiry) goOn(turn, interrupt, interrupt.onExpiry.value);
    else turn.head.failure ??= expired(turn, interrupt);
  }
  return due.length > 0;
}

export function cancelAll(turn: Turn): void {
  for (const interrupt of [...turn.head.interrupts]) end(turn, interrupt, { outcome: 'cancelled' });
}

function end(turn: Turn, interrupt: Interrupt, how: Omit<ResumeEntry, 'kind' | 'id' | 'at'>): ResumeEntry {
  turn.head.interrupts.splice(turn.head.interrupts.indexOf(interrupt), 1);
  const entry: ResumeEntry = { kind: 'resume', id: interrupt.id, at: turn.now, ...how };
  record(turn, entry);
  return entry;
}

/** The value becomes the output of the chunk that paused, in that chunk's own scope. */
function goOn(turn: Turn, interrupt: Interrupt, value: Value): void {
  const node = turn.graph.nodes[interrupt.node];
  if (node?.kind !== 'chunk') return;
  const after = listeners(turn.graph.after, node.chunk);
  dispatch(turn, [...node.out, ...after], value, interrupt.scope, interrupt.activation);
}

function expired(turn: Turn, interrupt: Interrupt) {
  return {
    name: 'InterruptExpired',
    code: 'interrupt_expired',
    message: `Nobody answered the "${interrupt.type}" wait before it expired. Set onExpiry to go on without an answer.`,
    chunk: chunkName(turn.graph, interrupt.node),
    attempt: 1,
  };
}
