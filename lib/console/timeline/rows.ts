/** Rows of the timeline: one per box, with the attempts as bars. Times are milliseconds since the epoch. */
import { boxOf, type Item } from '../api/history.ts';
import type { Box, Drawing } from '../graph/drawing.ts';
import { inOrder } from '../graph/order.ts';

export interface Span {
  readonly kind: 'queue' | 'done' | 'failed' | 'retry' | 'wait' | 'run' | 'sleep';
  readonly from: number;
  /** Absent: it goes on. */
  readonly to?: number;
}

export interface Mark {
  readonly at: number;
  readonly tone: 'done' | 'waiting' | 'failed';
  readonly title: string;
}

export interface Row {
  readonly box: Box;
  readonly spans: readonly Span[];
  readonly marks: readonly Mark[];
  readonly times: number;
  /** Time in attempts. */
  readonly workMs: number;
}

/** A row with more activations is drawn as a density. */
export const MOST_BARS = 60;

type Building = { spans: Span[]; marks: Mark[]; activations: Set<string>; workMs: number };
interface Open {
  readonly box: string;
  startedAt?: number;
  dueAt?: number;
  /** End of a failed try, or beginning of a wait or sleep. */
  pending?: { readonly kind: 'retry' | 'wait' | 'sleep'; readonly from: number; readonly until?: number };
}

export function rowsOf(items: readonly Item[], drawing: Drawing): readonly Row[] {
  const owner = ownersOf(drawing);
  const rows = new Map<string, Building>();
  const open = new Map<string, Open>();
  for (const item of items) take(item, owner, rows, open);
  for (const [id, activation] of open) finish(activation, rows, id);
  return inOrder(drawing).flatMap((box) => {
    const row = rows.get(box.id);
    return row ? [{ box, spans: row.spans, marks: row.marks, times: row.activations.size, workMs: row.workMs }] : [];
  });
}

/** The box that shows a node: nodes inside a list belong to the list. */
function ownersOf({ boxes }: Drawing): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { id, inside = [], kind, name } of boxes) {
    const prefix = id.slice(0, id.lastIndexOf('|') + 1);
    owners.set(id, id);
    for (const each of inside) owners.set(prefix + each, id);
    if (kind === 'source') owners.set(`signal ${name}`, id);
  }
  return owners;
}

function take(
  item: Item,
  owner: ReadonlyMap<string, string>,
  rows: Map<string, Building>,
  open: Map<string, Open>,
): void {
  const at = Date.parse(item.at);
  if (item.type === 'signal_accepted' && item.signal !== undefined) {
    const box = owner.get(`signal ${item.signal}`);
    if (box !== undefined) row(rows, box).marks.push({ at, tone: 'done', title: `signal ${item.signal}` });
    return;
  }
  const { node, activationId: id } = item;
  if (node === undefined || id === undefined) return;
  const box = owner.get(boxOf({ ...item, node }));
  if (box === undefined) return;
  const own = row(rows, box);
  own.activations.add(id);
  const activation = open.get(id) ?? { box };
  open.set(id, activation);
  advance(activation, item, at, own);
}

function advance(activation: Open, item: Item, at: number, own: Building): void {
  switch (item.type) {
    case 'attempt_started':
      settle(activation, at, own);
      if (item.dueAt !== undefined) own.spans.push({ kind: 'queue', from: Date.parse(item.dueAt), to: at });
      activation.startedAt = at;
      return;
    case 'attempt_succeeded':
      settle(activation, at, own);
      return ran(activation, 'done', at, own);
    case 'attempt_failed':
    case 'attempt_vanished':
    case 'attempt_aborted':
      settle(activation, at, own);
      ran(activation, 'failed', at, own);
      if (item.nextAt !== undefined) activation.pending = { kind: 'retry', from: at, until: Date.parse(item.nextAt) };
      return;
    case 'waiting':
      ran(activation, 'done', at, own);
      activation.pending = { kind: 'wait', from: at };
      return;
    case 'sleeping':
      ran(activation, 'done', at, own);
      activation.pending = { kind: 'sleep', from: at };
      return;
    case 'answered':
    case 'expired':
    case 'withdrawn':
      settle(activation, at, own);
      own.marks.push({ at, tone: item.type === 'answered' ? 'done' : 'failed', title: item.type });
      return;
    case 'reminded':
    case 'escalated':
      own.marks.push({ at, tone: 'waiting', title: item.type });
      return;
    default:
      return;
  }
}

function settle(activation: Open, at: number, own: Building): void {
  const { pending } = activation;
  if (!pending) return;
  own.spans.push({ kind: pending.kind, from: pending.from, to: at });
  delete activation.pending;
}

function ran(activation: Open, kind: 'done' | 'failed', at: number, own: Building): void {
  const { startedAt } = activation;
  if (startedAt === undefined) return;
  own.spans.push({ kind, from: startedAt, to: at });
  own.workMs += at - startedAt;
  delete activation.startedAt;
}

function finish({ box, startedAt, pending }: Open, rows: Map<string, Building>, _id: string): void {
  const own = row(rows, box);
  if (startedAt !== undefined) own.spans.push({ kind: 'run', from: startedAt });
  if (pending) own.spans.push({ kind: pending.kind, from: pending.from });
}

function row(rows: Map<string, Building>, box: string): Building {
  const known = rows.get(box) ?? { spans: [], marks: [], activations: new Set<string>(), workMs: 0 };
  rows.set(box, known);
  return known;
}
