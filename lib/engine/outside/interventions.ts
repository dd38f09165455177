/**
 * Interventions: context that people add to a running execution. One waits until a point or a chunk takes it; from then on
 * every chunk sees it. It starts nothing, and nothing waits for it.
 */
import { digest } from '../../flow/json.ts';
import type { Answer, Consumption, InterveneEvent } from '../events.ts';
import type { Head, InterventionEntry, Value } from '../head.ts';
import { type Transition, takeRoom } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import type { Attribution } from './attribution.ts';
import { entriesOf, record } from './ledger.ts';
import { noteIntervention } from './system-items.ts';

/** Context that was added to the running execution; kept for good, with who used it. */
export interface InterventionRow extends Pick<Attribution, 'verified' | 'claimed'> {
  /** 1, 2, … in order of acceptance. */
  version: number;
  /** Chunks see it once it is inserted. */
  status: 'pending' | 'inserted' | 'expired' | 'rejected';
  payload: Value;
  at: number;
  target?: string;
  author?: string;
  note?: string;
  /** The intervention point or chunk that took it. */
  insertedBy?: string;
  consumers?: Record<string, { status: 'applied' | 'ignored'; note?: string; at: number }>;
}

/** Accepted once by id. Off, sealed or closed: `ignored`. */
export function intervene(transition: Transition, event: InterveneEvent): Answer {
  const { id, payload, target, author, note, verified, claimed } = event;
  const { head, now } = transition;
  const entries = entriesOf(transition, 'intervention', id);
  if (!entries) return { kind: 'unknown' };
  const valueHash = digest([payload, target ?? null, note ?? null]);
  const [first] = entries;
  if (first) return { kind: first.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: first };
  if (head.options.interventionMode === undefined || head.lifecycle !== 'open') return { kind: 'ignored' };
  head.interventions ??= [];
  const version = head.interventions.length + 1;
  const row: InterventionRow = {
    version,
    status: 'pending',
    payload: literal(payload),
    at: now,
    ...(target === undefined ? {} : { target }),
    ...(author === undefined ? {} : { author }),
    ...(verified === undefined ? {} : { verified }),
    ...(claimed === undefined ? {} : { claimed }),
    ...(note === undefined ? {} : { note }),
  };
  head.interventions.push(row);
  noteIntervention(head, 'append', row);
  const entry: InterventionEntry = { kind: 'intervention', id, valueHash, version, at: now };
  record(transition, entry);
  return { kind: 'accepted', entry };
}

/** A point of the flow takes the pending ones of just its target. */
export function insertAtPoint({ head }: Transition, name: string, target: string | undefined): void {
  if (head.options.interventionMode === 'planned') insert(head, name, (of) => of === target);
}

/** In `auto` mode a chunk that starts takes what has no target, and what is meant for it. */
export function insertAtChunk({ head }: Transition, chunk: string): void {
  if (head.options.interventionMode === 'auto') insert(head, chunk, (of) => of === undefined || of === chunk);
}

function insert(head: Head, insertedBy: string, takes: (target?: string) => boolean): void {
  for (const row of head.interventions ?? []) {
    if (row.status !== 'pending' || !takes(row.target)) continue;
    Object.assign(row, { status: 'inserted', insertedBy });
    noteIntervention(head, 'insert', row);
  }
}

/** Expires pending interventions at the close, as many as there is room for. Says whether these were all. */
export function expirePending(transition: Transition): boolean {
  const { head } = transition;
  const pending = (head.interventions ?? []).filter(({ status }) => status === 'pending');
  const portion = head.overfull ? pending : pending.slice(0, takeRoom(transition, pending.length));
  for (const row of portion) {
    row.status = 'expired';
    if (!head.overfull) noteIntervention(head, 'expire', row);
  }
  return portion.length === pending.length;
}

/** Chunks see what was inserted. */
export function isVisible({ status }: InterventionRow): boolean {
  return status === 'inserted';
}

/** Notes what an activation did with interventions. */
export function consume(
  { head, now }: Transition,
  activation: string,
  consumptions: readonly Consumption[] = [],
): void {
  if (!head.interventions || consumptions.length === 0) return;
  head.interventions = consumed(head.interventions, consumptions, now);
  for (const { version, consumer } of consumptions) {
    const row = head.interventions.find((each) => each.version === version);
    if (row) noteIntervention(head, 'consume', row, `${activation}/${consumer}`);
  }
}

/** The rows with what chunks did with them noted, the last word of each consumer. */
export function consumed(
  rows: readonly InterventionRow[],
  consumptions: readonly Consumption[],
  at: number,
): InterventionRow[] {
  return rows.map((row) => {
    const own = consumptions.filter(({ version }) => version === row.version);
    if (own.length === 0) return row;
    const noted = own.map(({ consumer, version: _, ...rest }) => [consumer, { ...rest, at }] as const);
    return { ...row, consumers: { ...row.consumers, ...Object.fromEntries(noted) } };
  });
}
