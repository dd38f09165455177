/**
 * Interventions: context that people add to a running execution. An intervention is pending until a point or a chunk
 * inserts it; then every chunk sees it. It starts no work.
 */
import { defined } from '../../defined.ts';
import { digest } from '../../flow/json.ts';
import type { Answer, Consumption, InterveneEvent } from '../events.ts';
import type { InterventionEntry, Value } from '../head.ts';
import { type Transition, takeRoom } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import type { Attribution } from './attribution.ts';
import { entriesOf, record } from './ledger.ts';
import { noteIntervention } from './system-items.ts';

/** An intervention and who used it. Never deleted. */
export interface InterventionRow extends Pick<Attribution, 'verified' | 'claimed'> {
  /** Counted from 1 in the order of acceptance. */
  version: number;
  /** Only `inserted` ones are visible to chunks. */
  status: 'pending' | 'inserted' | 'expired' | 'rejected';
  payload: Value;
  at: number;
  target?: string;
  author?: string;
  note?: string;
  /** The intervention point or chunk that inserted it. */
  insertedBy?: string;
  consumers?: Record<string, { status: 'applied' | 'ignored'; note?: string; at: number }>;
}

/** Accepts an intervention once by its id. `ignored`: interventions are off, or the execution is sealed or closed. */
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
    ...defined({ target, author, verified, claimed, note }),
  };
  head.interventions.push(row);
  noteIntervention(transition, 'append', row);
  const entry: InterventionEntry = { kind: 'intervention', id, valueHash, version, at: now };
  record(transition, entry);
  return { kind: 'accepted', entry };
}

/** Inserts the pending interventions for exactly this target. */
export function insertAtPoint(transition: Transition, name: string, target: string | undefined): void {
  if (transition.head.options.interventionMode === 'planned') insert(transition, name, (of) => of === target);
}

/** In `auto` mode a claimed chunk inserts the interventions without a target and those for its name. */
export function insertAtChunk(transition: Transition, chunk: string): void {
  if (transition.head.options.interventionMode === 'auto')
    insert(transition, chunk, (of) => of === undefined || of === chunk);
}

function insert(transition: Transition, insertedBy: string, takes: (target?: string) => boolean): void {
  for (const row of transition.head.interventions ?? []) {
    if (row.status !== 'pending' || !takes(row.target)) continue;
    Object.assign(row, { status: 'inserted', insertedBy });
    noteIntervention(transition, 'insert', row);
  }
}

/** Expires pending interventions at the close, as many as there is room for. @returns whether these were all */
export function expirePending(transition: Transition): boolean {
  const { head } = transition;
  const pending = (head.interventions ?? []).filter(({ status }) => status === 'pending');
  const portion = head.overfull ? pending : pending.slice(0, takeRoom(transition, pending.length));
  for (const row of portion) {
    row.status = 'expired';
    if (!head.overfull) noteIntervention(transition, 'expire', row);
  }
  return portion.length === pending.length;
}

/** Chunks see what was inserted. */
export function isVisible({ status }: InterventionRow): boolean {
  return status === 'inserted';
}

/** Records how an activation used interventions. */
export function consume(transition: Transition, activation: string, consumptions: readonly Consumption[] = []): void {
  const { head, now } = transition;
  if (!head.interventions || consumptions.length === 0) return;
  head.interventions = consumed(head.interventions, consumptions, now);
  for (const { version, consumer } of consumptions) {
    const row = head.interventions.find((each) => each.version === version);
    if (row) noteIntervention(transition, 'consume', row, `${activation}/${consumer}`);
  }
}

/** The rows with the consumptions added. Of each consumer the last consumption counts. */
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
