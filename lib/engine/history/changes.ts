/**
 * Changes of the state and of joins. Records of a full history carry them, so that both can be rebuilt as they were when
 * an activation began. They are numbered: a missing number shows that a change was lost.
 */
import type { Activation, Head, Join, Origin, Value } from '../head.ts';
import { ROOT } from '../origin.ts';
import type { Answered } from '../outside/attribution.ts';
import type { Transition } from '../transition.ts';
import type { Cut, HistoryRecord, HistoryType } from './records.ts';

/** State and joins after change `n`, as the difference to those after change `n - 1`. */
export interface Change {
  n: number;
  /** It holds everything, and nothing changed with it: earlier changes may be lost. */
  whole?: true;
  /** The new values of state keys; `null`: the key was deleted. */
  state?: Record<string, Value | Cut | null>;
  joins?: JoinChange[];
}

/** The slots of a join that were filled. `gone`: the join was deleted. */
export interface JoinChange extends Omit<Join, 'slots'> {
  slots: Record<string, Value | Cut>;
  gone?: true;
}

/** A worker has stored the records with these `seq`, so the head need not carry their stubs. It alone causes no write. */
export interface RecordedEvent {
  readonly type: 'recorded';
  readonly seqs: readonly number[];
  /** The records of changes may be lost: the next record carries all of the state and joins. */
  readonly isLost?: true;
}

/** Where an activation began: what `rerun` needs beside its input. Absent members are as at the start of a flow. */
export interface Began extends Partial<Pick<Origin, 'scope' | 'side' | 'handlers'>> {
  /** Its scope is that of a correlation. */
  correlated?: true;
  answer?: Answered;
}

/** State and joins outside operators and sub-flows at one moment. Joins are changed in place, so their slots are copied. */
interface Seen {
  readonly state: Readonly<Record<string, Value>>;
  readonly joins: ReadonlyMap<Join, Readonly<Record<string, Value>>>;
}

/** Changes of a transition since the newest one that a record carries. */
export interface Tracking {
  /** Number of the newest change. */
  n: number;
  seen: Seen;
  readonly first: { readonly n: number; readonly seen: Seen };
  /** Records of earlier changes may be lost, so the next record carries everything. */
  isWhole: boolean;
}

const NOTHING: Seen = { state: {}, joins: new Map() };
/** A record carries fewer changes than this, so the numbers after a gap are new. */
const MOST_OF_A_RECORD = 4;

/** @returns `undefined`: the history keeps no values */
export function trackChanges(head: Head): Tracking | undefined {
  if (head.options.history !== undefined) return undefined;
  const { n = 0, w } = head.history ?? {};
  const seen = seenIn(head);
  // A worker of an earlier version removes `w`, and a copy has none.
  const isNew = n === 0 && !between(NOTHING, seen);
  const known = w ?? (isNew ? 0 : undefined);
  const first = { n: known ?? MOST_OF_A_RECORD * (n + 1), seen };
  return { n: first.n, seen, first, isWhole: known === undefined };
}

/** Adds what has changed so far to a record. */
export function noteChanges({ head, tracking }: Transition, record: HistoryRecord): void {
  if (!tracking) return;
  const seen = seenIn(head);
  const change = between(tracking.seen, seen);
  if (!change) return;
  tracking.n += 1;
  tracking.seen = seen;
  record.changes = [...(record.changes ?? []), { n: tracking.n, ...change }];
}

/**
 * Notes where an activation begins, unless it is inside an operator or a sub-flow. A record with `base` is one from which
 * an execution can be rerun.
 */
export function noteBase(transition: Transition, activation: Activation, record: HistoryRecord): void {
  const { head, tracking } = transition;
  const began = tracking && beganAt(head, activation);
  if (!began) return;
  noteChanges(transition, record);
  record.base = tracking.n;
  if (Object.keys(began).length > 0) record.began = began;
}

/** Where an activation begins; `undefined`: inside an operator or a sub-flow. */
export function beganAt(
  { frames, around, correlations }: Head,
  { scope, home, items, side, handlers, answer, asks, page, instead }: Activation,
): Began | undefined {
  const isInside = home !== undefined || items !== undefined || frames[scope] !== undefined || around?.[scope];
  if (isInside || asks !== undefined || page || instead !== undefined) return undefined;
  return {
    ...(scope === ROOT ? {} : { scope }),
    ...(correlations?.includes(scope) ? { correlated: true } : {}),
    ...(side ? { side } : {}),
    ...(handlers ? { handlers } : {}),
    ...(answer ? { answer } : {}),
  };
}

/** Ends the changes of a transition. @returns number of the newest change; `undefined`: no record can carry it */
export function endChanges(transition: Transition): number | undefined {
  const { tracking, records, head } = transition;
  const [first] = records;
  const last = carrierOf(records);
  if (!tracking) return undefined;
  const { isWhole } = tracking;
  if (!first || !last) return isWhole || between(tracking.seen, seenIn(head)) ? undefined : tracking.n;
  if (isWhole) renumber(tracking, records);
  noteChanges(transition, last);
  if (!isWhole) return tracking.n;
  const whole: Change = { n: tracking.first.n + 1, whole: true, ...between(NOTHING, tracking.first.seen) };
  first.changes = [whole, ...(first.changes ?? [])];
  return tracking.n;
}

const CALLS: ReadonlySet<HistoryType> = new Set<HistoryType>([
  'answered',
  'withdrawn',
  'intervention',
  'host',
  'redriven',
]);
const ATTEMPTS: ReadonlySet<HistoryType> = new Set<HistoryType>([
  'attempt_started',
  'attempt_succeeded',
  'attempt_failed',
  'attempt_vanished',
  'attempt_aborted',
  'sleeping',
  'waiting',
]);

/**
 * The record that carries what changed last. In a commit without attempts it is the record of a call, not of what the call
 * set off: nobody may store the records of a client's commit, and workers make up for the changes of calls.
 */
function carrierOf(records: readonly HistoryRecord[]): HistoryRecord | undefined {
  const isCall = ({ type, by }: HistoryRecord) => CALLS.has(type) || (type === 'signal_accepted' && by === 'host');
  const call = records.some(({ type }) => ATTEMPTS.has(type)) ? undefined : records.findLast(isCall);
  return call ?? records.at(-1);
}

/** Makes room for the number of a change that holds everything, before the others of the transition. */
function renumber(tracking: Tracking, records: readonly HistoryRecord[]): void {
  tracking.n += 1;
  for (const record of records) {
    if (record.base !== undefined) record.base += 1;
    for (const change of record.changes ?? []) change.n += 1;
  }
}

function seenIn({ state, joins, frames, around }: Head): Seen {
  const isOutside = ({ home, inOperator, scope }: Join) =>
    home === undefined && !inOperator && frames[scope] === undefined && around?.[scope] === undefined;
  return { state: { ...state }, joins: new Map(joins.filter(isOutside).map((row) => [row, { ...row.slots }])) };
}

/** Values are replaced and never changed, so the same object is the same value. */
function between(before: Seen, after: Seen): Omit<Change, 'n'> | undefined {
  const state: Record<string, Value | null> = {};
  for (const key of Object.keys(before.state)) if (!Object.hasOwn(after.state, key)) state[key] = null;
  for (const [key, value] of Object.entries(after.state)) {
    if (!Object.hasOwn(before.state, key) || before.state[key] !== value) state[key] = value;
  }
  const joins: JoinChange[] = [];
  for (const row of before.joins.keys()) {
    if (!after.joins.has(row)) joins.push({ ...keyOf(row), slots: {}, ids: {}, gone: true });
  }
  for (const [row, slots] of after.joins) {
    const was = before.joins.get(row) ?? {};
    const names = Object.keys(slots).filter((name) => was[name] !== slots[name]);
    if (names.length === 0) continue;
    const { filled = {}, ids } = row;
    joins.push({ ...keyOf(row), slots: only(slots, names), ids: only(ids, names), filled: only(filled, names) });
  }
  const some = Object.keys(state).length > 0 ? { state } : {};
  const changed = { ...some, ...(joins.length > 0 ? { joins } : {}) };
  return Object.keys(changed).length > 0 ? changed : undefined;
}

function keyOf({ kind, node, scope }: Join): Pick<Join, 'kind' | 'node' | 'scope'> {
  return { kind, node, scope };
}

function only<T>(row: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}
