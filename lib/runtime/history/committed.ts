/** What was committed before an activation began: state and joins, rebuilt from the changes in the records. */
import type { Head, Join, Value } from '../../engine/head.ts';
import type { Change, JoinChange } from '../../engine/history/changes.ts';
import type { Cut, HistoryRecord } from '../../engine/history/records.ts';
import { type Reading, recordsAfter } from './records-after.ts';

/** Records read at once. */
const PAGE = 500;

export interface Committed {
  readonly state: Readonly<Record<string, Value | Cut>>;
  readonly joins: readonly JoinChange[];
}

export interface Beginning {
  /** The record of the activation's first attempt, or of a later one, without `base`, if that of the first is lost. */
  readonly record: HistoryRecord;
  /** Absent: it is not known. */
  readonly committed?: Committed;
}

/**
 * Finds where an activation began. `later`: it is not in the records, and some are not stored yet.
 */
export async function beginningOf(
  reading: Reading,
  head: Head,
  activation: string,
): Promise<Beginning | 'later' | 'none'> {
  const n = head.history?.n ?? 0;
  const changes = new Changes();
  let record: HistoryRecord | undefined;
  let lost: HistoryRecord | undefined;
  let after = 0;
  while (after < n) {
    const { records, through } = await recordsAfter(reading, head, after, PAGE);
    for (const each of records) {
      changes.add(each);
      if (each.type !== 'attempt_started') continue;
      if (each.activationId === activation) record ??= each;
      // Only the beginning of the id is known.
      else if (each.lost && activation.startsWith(each.activationId ?? activation)) lost ??= each;
    }
    const first = record && withFirst(record, lost);
    const committed = first?.base === undefined ? undefined : changes.after(first.base);
    if (first && committed) return { record: first, committed };
    if (through <= after) break;
    after = through;
  }
  const first = record ? withFirst(record, lost) : lost;
  if (first) return { record: first };
  return after < n ? 'later' : 'none';
}

/**
 * A later attempt may have begun with other state than the first one, so its record loses `base`.
 * @param lost the record of an attempt, perhaps the first, whose worker died before it stored its records
 */
function withFirst(record: HistoryRecord, lost: HistoryRecord | undefined): HistoryRecord {
  if (!lost || lost.seq > record.seq || lost.node !== record.node) return record;
  const { base: _, ...known } = record;
  return known;
}

const NOTHING: Committed = { state: {}, joins: [] };

class Changes {
  readonly #steps = new Map<number, Change>();
  /** All of the state and joins after the change with this number. */
  readonly #wholes = new Map<number, Committed>([[0, NOTHING]]);

  add({ changes = [] }: HistoryRecord): void {
    for (const change of changes) {
      if (!change.whole) this.#steps.set(change.n, change);
      else for (const n of [change.n - 1, change.n]) this.#wholes.set(n, apply(NOTHING, change));
    }
  }

  /** `undefined`: a change before it is missing. */
  after(n: number): Committed | undefined {
    const steps: Change[] = [];
    for (let at = n; ; at -= 1) {
      const whole = this.#wholes.get(at);
      if (whole) return steps.reduceRight(apply, whole);
      const step = this.#steps.get(at);
      if (!step) return undefined;
      steps.push(step);
    }
  }
}

function apply({ state, joins }: Committed, change: Change): Committed {
  const next = { ...state };
  for (const [key, value] of Object.entries(change.state ?? {})) {
    if (value === null) delete next[key];
    else next[key] = value;
  }
  return { state: next, joins: (change.joins ?? []).reduce(applyJoin, joins) };
}

function applyJoin(joins: readonly JoinChange[], change: JoinChange): readonly JoinChange[] {
  const isSame = ({ kind, node, scope }: JoinChange) =>
    kind === change.kind && node === change.node && scope === change.scope;
  const others = joins.filter((row) => !isSame(row));
  if (change.gone) return others;
  const before = joins.find(isSame);
  const merged: Pick<JoinChange, 'slots' | 'ids' | 'filled'> = {
    slots: { ...before?.slots, ...change.slots },
    ids: { ...before?.ids, ...change.ids },
    filled: { ...before?.filled, ...change.filled },
  };
  return [...others, { ...change, ...merged }];
}

/** Reads what a record has shortened. @param stored values by reference */
export function restore(
  { state, joins }: Committed,
  whole: (value: Value | Cut) => Value,
): Pick<Head, 'state' | 'joins'> {
  const row = (values: Readonly<Record<string, Value | Cut>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, whole(value)]));
  return { state: row(state), joins: joins.map(({ slots, ...rest }): Join => ({ ...rest, slots: row(slots) })) };
}
