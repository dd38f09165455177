/** Rows of the timeline: one per box, with the attempts as bars. Times are milliseconds since the epoch. */
import { boxOf, type Item } from '../api/history.ts';
import type { Box, Drawing } from '../graph/drawing.ts';
import { inOrder } from '../graph/order.ts';
import { createFold } from '../live/fold.ts';
import { groupBy } from '../live/group.ts';
import { addTo, type Window } from './busy.ts';

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

export interface Rows {
  readonly rows: readonly Row[];
  /** When anything worked, in order. */
  readonly busy: readonly Window[];
}

/** A row with more activations is drawn as a density, and one with four times as many spans. */
export const MOST_BARS = 60;

interface Building {
  readonly spans: Span[];
  readonly marks: Mark[];
  readonly activations: Set<string>;
  workMs: number;
  /** As it was last shown. It stays the same object while nothing about it changes. */
  shown?: Row & { readonly closed: number };
}

interface Built {
  readonly rows: Map<string, Building>;
  /** Activations that are under way, by id. */
  readonly open: Map<string, Open>;
  readonly busy: Window[];
}

interface Open {
  readonly box: string;
  startedAt?: number;
  /** End of a failed try, or beginning of a wait or sleep. */
  pending?: { readonly kind: 'retry' | 'wait' | 'sleep'; readonly from: number; readonly until?: number };
}

/** Builds the rows of an execution; each call walks only the records that are new at the end. */
export function createRows(drawing: Drawing): (items: readonly Item[]) => Rows {
  const owner = ownersOf(drawing);
  const boxes = inOrder(drawing);
  const fold = createFold<Item, Built>(
    () => ({ rows: new Map(), open: new Map(), busy: [] }),
    (built, item) => take(item, owner, built),
  );
  return (items) => {
    const built = fold(items);
    const open = groupBy([...built.open.values()], ({ box }) => box);
    const rows = boxes.flatMap((box) => {
      const own = built.rows.get(box.id);
      return own ? [shownRow(box, own, (open.get(box.id) ?? []).flatMap(openSpans))] : [];
    });
    const now = rows.flatMap(({ spans }) => spans.filter(({ kind }) => kind === 'run'));
    return { rows, busy: [...built.busy, ...now.map(({ from }) => ({ from, to: Number.POSITIVE_INFINITY }))] };
  };
}

export function rowsOf(items: readonly Item[], drawing: Drawing): Rows {
  return createRows(drawing)(items);
}

function shownRow(box: Box, own: Building, open: readonly Span[]): Row {
  const { spans, marks, activations, workMs, shown } = own;
  const isSame =
    shown?.box === box &&
    shown.closed === spans.length &&
    shown.marks.length === marks.length &&
    shown.times === activations.size &&
    open.length === 0 &&
    shown.spans.length === spans.length;
  if (isSame) return shown;
  const closed = spans.length;
  own.shown = { box, spans: [...spans, ...open], marks: [...marks], times: activations.size, workMs, closed };
  return own.shown;
}

function openSpans({ startedAt, pending }: Open): readonly Span[] {
  return [
    ...(startedAt === undefined ? [] : [{ kind: 'run', from: startedAt } as const]),
    ...(pending ? [{ kind: pending.kind, from: pending.from }] : []),
  ];
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

function take(item: Item, owner: ReadonlyMap<string, string>, built: Built): void {
  const at = Date.parse(item.at);
  if (item.type === 'signal_accepted' && item.signal !== undefined) {
    const box = owner.get(`signal ${item.signal}`);
    if (box !== undefined) mark(built, rowOf(built, box), { at, tone: 'done', title: `signal ${item.signal}` });
    return;
  }
  const { node, path, activationId: id } = item;
  if (node === undefined || id === undefined) return;
  const box = owner.get(boxOf({ node, ...(path === undefined ? {} : { path }) }));
  if (box === undefined) return;
  const own = rowOf(built, box);
  own.activations.add(id);
  const activation = built.open.get(id) ?? { box };
  advance(activation, item, at, own, built);
  if (activation.startedAt === undefined && !activation.pending) built.open.delete(id);
  else built.open.set(id, activation);
}

function advance(activation: Open, item: Item, at: number, own: Building, built: Built): void {
  switch (item.type) {
    case 'attempt_started': {
      // A pause before the next try ends when the try is due. From then on it is in the queue.
      const due =
        item.dueAt === undefined ? at : Math.min(at, Math.max(activation.pending?.from ?? 0, Date.parse(item.dueAt)));
      settle(activation, due, own);
      if (due < at) work(built, own, { kind: 'queue', from: due, to: at });
      activation.startedAt = at;
      return;
    }
    case 'attempt_succeeded':
      settle(activation, at, own);
      return ran(activation, 'done', at, own, built);
    case 'attempt_failed':
    case 'attempt_vanished':
    case 'attempt_aborted':
      settle(activation, at, own);
      ran(activation, 'failed', at, own, built);
      if (item.nextAt !== undefined) activation.pending = { kind: 'retry', from: at, until: Date.parse(item.nextAt) };
      return;
    case 'waiting':
      ran(activation, 'done', at, own, built);
      activation.pending = { kind: 'wait', from: at };
      return;
    case 'sleeping':
      ran(activation, 'done', at, own, built);
      activation.pending = { kind: 'sleep', from: at };
      return;
    case 'answered':
    case 'expired':
    case 'withdrawn':
      settle(activation, at, own);
      mark(built, own, { at, tone: item.type === 'answered' ? 'done' : 'failed', title: item.type });
      return;
    case 'reminded':
    case 'escalated':
      mark(built, own, { at, tone: 'waiting', title: item.type });
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

function ran(activation: Open, kind: 'done' | 'failed', at: number, own: Building, built: Built): void {
  const { startedAt } = activation;
  if (startedAt === undefined) return;
  work(built, own, { kind, from: startedAt, to: at });
  own.workMs += at - startedAt;
  delete activation.startedAt;
}

function work({ busy }: Built, own: Building, span: Span & { readonly to: number }): void {
  own.spans.push(span);
  addTo(busy, span.from, span.to);
}

function mark({ busy }: Built, own: Building, given: Mark): void {
  own.marks.push(given);
  addTo(busy, given.at, given.at);
}

function rowOf({ rows }: Built, box: string): Building {
  const known = rows.get(box) ?? { spans: [], marks: [], activations: new Set<string>(), workMs: 0 };
  rows.set(box, known);
  return known;
}
