/**
 * The commit: load, reduce, one conditional write. A lost race or an unknown outcome is read again and reduced again; the
 * reducer recognises events that were applied.
 */
import type { Answer, FlowEvent, InboxEvent, Lookups, SharedLookups } from '../../engine/events.ts';
import type { Head, LedgerEntry } from '../../engine/head.ts';
import { type Reduction, reduce } from '../../engine/reduce.ts';
import { nextSweepAt } from '../../engine/time/timers.ts';
import { bytesOf, type Packed, pack } from '../../engine/values/pack.ts';
import { refsOf } from '../../engine/values/value-refs.ts';
import { describeFault, loggedCode } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Json } from '../../flow/json.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { contractLookups } from '../app/contract-lookups.ts';
import type { Parameters } from '../app/parameters.ts';
import { type Growth, isTooLarge, limitOf, limitOfEnd, putFirst } from './head-size.ts';

/** Runs the predicates of undecided matches; a match it has no answer for stays undecided. */
export type Decider = (undecided: ReadonlySet<string>, head: Head) => Promise<ReadonlyMap<string, readonly number[]>>;

export interface CommitOptions {
  readonly flow: AnyFlow;
  readonly decide?: Decider;
  /** Lost races after which to give up; default `parameters.commitTries`. */
  readonly tries?: number;
  readonly growth: Growth;
  /** A worker goes on with what it holds, also where the head has no room for what is in the inbox. */
  readonly goesOn?: true;
  /** Nothing of the inbox is taken, and the head may be too large: the execution fails because it can take no more. */
  readonly isEnd?: true;
}

export type Commit =
  /** `before` is the head that was read (absent after an unknown outcome), `record` what is stored now. */
  | {
      readonly kind: 'done';
      readonly answers: readonly Answer[];
      readonly before: Head | undefined;
      readonly record: ExecutionRecord;
      /** No portion of what is due had room in the head. */
      readonly isFull: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'contended' };

export type Committer = (
  record: ExecutionRecord,
  /** Asked for each try, with the head that it is for. */
  events: (now: number, head: Head) => readonly FlowEvent[],
  options: CommitOptions,
) => Promise<Commit>;

interface KnownLookups extends Lookups {
  readonly values: Map<string, Json>;
  readonly ledger: Map<string, readonly LedgerEntry[]>;
  readonly decisions: Map<string, readonly number[]>;
  readonly flowData: Map<string, SharedLookups>;
}

/** Errors of the store after which a commit gives up: they are no unknown outcomes any more. */
export const FAULTS = 5;
/** The wait after the first of them, in units of `backOff`, and how it grows: together they outlast a second of throttling. */
const FAULT_PAUSE = 2.5;
const FAULT_FACTOR = 4;

export function createCommitter(ports: Ports, parameters: Parameters): Committer {
  return async (first, makeEvents, options) => {
    const attempt = newAttempt();
    let record: ExecutionRecord | undefined = first;
    let uncertain = false;
    let faults = 0;
    let tried = first.rev;
    /** The head before the commits that took what the inbox held. */
    let begun: Head | undefined;
    for (let lost = 0; lost < (options.tries ?? parameters.commitTries); lost += 1) {
      if (!record) {
        await backOff(ports, parameters, lost);
        record = await ports.executions.load(first.head.id);
        uncertain ||= begun !== undefined;
        attempt.lookups.ledger.clear();
        attempt.lookups.flowData.clear();
      }
      if (record?.head.inc !== first.head.inc) return { kind: 'missing' };
      const now = ports.clock.now();
      const base: ExecutionRecord = record;
      const made = await makeFit(ports, parameters, options, base, () => makeEvents(now, base.head), now, attempt);
      record = undefined;
      if (!made) continue;
      // After an unknown outcome nobody knows which head the change began with: everything in it may need a wake-up.
      const before = uncertain ? undefined : (begun ?? base.head);
      const { answers, isFull } = made;
      if (!made.packed) {
        await dropUnused(ports, parameters, base.head, attempt.written, now);
        noteFailure(ports, before, base.head);
        return { kind: 'done', answers, before, record: base, isFull };
      }
      tried = base.rev;
      const written = await write(ports, parameters, base, { ...made, head: made.packed.head }, now);
      if (typeof written === 'object' && 'head' in written) {
        if (made.refused) noteRefusal(ports, base.head, made.refused);
        if (!made.isWhole) {
          begun ??= base.head;
          record = written;
          attempt.lookups.ledger.clear();
          lost -= 1;
          continue;
        }
        await dropUnused(ports, parameters, written.head, attempt.written, now);
        noteFailure(ports, before, written.head);
        return { kind: 'done', answers, before, record: written, isFull };
      }
      if (written !== 'conflict') {
        uncertain = true;
        faults += 1;
        if (faults >= FAULTS) throw written.error;
        await outlast(ports, parameters, faults);
        // No lost race: another read shows whether it was applied, also in the last try.
        lost -= 1;
      }
    }
    if (attempt.written.size > 0) {
      // An unknown outcome is known once the execution has gone on from there.
      const since = uncertain ? await ports.executions.load(first.head.id).catch(() => undefined) : first;
      if (since?.head.inc === first.head.inc && (!uncertain || since.rev > tried))
        await dropUnused(ports, parameters, since.head, attempt.written, ports.clock.now());
    }
    return { kind: 'contended' };
  };
}

/**
 * The head that a commit of these events would make now; nothing is written. `undefined`: a later commit may find other
 * values of shared data, or that it is too large.
 */
export async function previewCommit(
  ports: Ports,
  parameters: Parameters,
  options: CommitOptions,
  record: ExecutionRecord,
  makeEvents: (now: number) => readonly FlowEvent[],
): Promise<Head | undefined> {
  const now = ports.clock.now();
  const { lookups } = newAttempt();
  const share = wholeShare(parameters.portion, record.inbox.length);
  const head = (await reduceFully(ports, options, record, makeEvents(now), now, { lookups, share }))?.head;
  if (!head || lookups.flowData.size > 0 || bytesOf(head) > parameters.headBytes) return undefined;
  return head;
}

/** One line when an execution begins to fail; after an unknown outcome one too many rather than none. Metrics count it. */
function noteFailure({ log }: Ports, before: Head | undefined, { id, flow, failure }: Head): void {
  if (!failure || before?.failure) return;
  log.error('execution failed', {
    executionId: id,
    flow,
    code: loggedCode(failure.code),
    chunk: failure.chunk ?? null,
  });
}

/** Its caller may have died, and hears of it by sending it again. */
function noteRefusal({ log }: Ports, { id, flow }: Head, answer: InboxEvent): void {
  const interrupt = answer.type === 'resume' ? answer.interrupt : null;
  log.warn('answer refused', { executionId: id, flow, interruptId: interrupt, code: 'head_too_large' });
}

/** Values of lost tries that the last one had no use for are garbage that nothing else knows of. */
async function dropUnused(ports: Ports, parameters: Parameters, head: Head, written: ReadonlySet<string>, now: number) {
  if (written.size === 0) return;
  const used = refsOf(head);
  const unused = [...written].filter((ref) => !used.has(ref));
  if (unused.length === 0) return;
  const owner = { executionId: head.id, inc: head.inc };
  await ports.values.drop(owner, unused, now + parameters.dropAfter).catch((error: unknown) => {
    ports.log.warn('values not dropped', { executionId: head.id, ...describeFault(error) });
  });
}

/** What the tries of one commit share, so that nothing is written or asked for twice. */
interface Attempt {
  readonly lookups: KnownLookups;
  /** References given to values. */
  readonly refs: Map<Json, string>;
  readonly written: Set<string>;
}

function newAttempt(): Attempt {
  return {
    lookups: { values: new Map(), ledger: new Map(), decisions: new Map(), flowData: new Map() },
    refs: new Map(),
    written: new Set(),
  };
}

/** How much of what has come a commit takes. */
interface Share {
  /** Of what is due. */
  readonly portion: number;
  /** Entries of the inbox, oldest first. */
  readonly folded: number;
  /** With the events. Otherwise entries of the inbox alone. */
  readonly isWhole: boolean;
  /** Entries are queued, and start nothing yet. */
  readonly isHeld: boolean;
  /** The oldest entry is an answer that has no room: it leaves the inbox, and its caller is told so. */
  readonly isRefused: boolean;
}

function wholeShare(portion: number, folded: number): Share {
  return { portion, folded, isWhole: true, isHeld: false, isRefused: false };
}

/** A smaller share than one that does not fit; `undefined`: there is none. */
function smaller(share: Share, taken: number, [oldest]: readonly InboxEvent[], goesOn = false): Share | undefined {
  const { portion, folded, isWhole, isHeld, isRefused } = share;
  if (taken > 0) return { ...share, portion: Math.floor(Math.min(taken, portion) / 2) };
  if (isHeld && !isRefused && oldest?.type === 'resume') return { ...share, isRefused: true };
  if (isHeld && goesOn) return wholeShare(0, 0);
  if (folded === 0 || isHeld) return undefined;
  if (isWhole) return { ...share, portion: 0, isWhole: false };
  return folded > 1 ? { ...share, folded: Math.floor(folded / 2) } : { ...share, isHeld: true };
}

/** What a commit would store. */
interface Made {
  readonly answers: readonly Answer[];
  readonly folded: number;
  readonly isWhole: boolean;
  readonly isFull: boolean;
  /** The answer that leaves the inbox because the head has no room for it. */
  readonly refused?: InboxEvent;
  /** Absent: nothing has changed. */
  readonly packed?: Packed;
}

/**
 * Reduces and packs as much as fits into the head, and stores the values of it. `undefined`: the head must be old.
 * @throws FlowError `head_too_large`, `value_too_large` where even the least is too large
 */
async function makeFit(
  ports: Ports,
  parameters: Parameters,
  options: CommitOptions,
  record: ExecutionRecord,
  makeEvents: () => readonly FlowEvent[],
  now: number,
  { lookups, refs: known, written }: Attempt,
): Promise<Made | undefined> {
  const { inlineBytes, ledgerKept, portion } = parameters;
  const inbox = options.isEnd ? 0 : record.inbox.length;
  let share: Share | undefined = wholeShare(portion, inbox);
  while (share) {
    const { folded, isWhole }: Share = share;
    const events = isWhole ? makeEvents() : [];
    const reduction = await reduceFully(ports, options, record, events, now, { lookups, share });
    if (!reduction) return undefined;
    const isFull = share.portion === 0 && isWhole && !options.isEnd;
    const [refused] = share.isRefused ? record.inbox : [];
    const made = { answers: reduction.answers.slice(folded), folded, isWhole, isFull, ...(refused ? { refused } : {}) };
    if (!reduction.changed && folded === 0) return made;
    const { taken } = reduction;
    try {
      const packed = pack(record.head, reduction.head, { inlineBytes, ledgerKept, newId: ports.entropy.id, known });
      const growth = growthOf(options, share, taken);
      const limit =
        options.isEnd || refused ? limitOfEnd(parameters, record.head) : limitOf(parameters, growth, record.head);
      await putFirst(ports, limit, packed, written);
      return { ...made, packed };
    } catch (error) {
      share = isTooLarge(error) ? smaller(share, taken, record.inbox, options.goesOn) : undefined;
      if (!share) throw error;
    }
  }
  return undefined;
}

/** What takes work or ends it has the room that is left by what came with it. */
function growthOf({ growth }: CommitOptions, { folded, isWhole, isHeld }: Share, taken: number): Growth {
  if (isHeld) return 'held';
  if (!isWhole) return 'accepted';
  return growth === 'control' && taken + folded > 0 ? 'accepted' : growth;
}

/** Reduces until no fact is missing; `undefined` when a value is gone, so that the head must be old. */
async function reduceFully(
  ports: Ports,
  { flow, decide }: CommitOptions,
  { head, inbox }: ExecutionRecord,
  events: readonly FlowEvent[],
  now: number,
  { lookups, share }: { readonly lookups: KnownLookups; readonly share: Share },
): Promise<Reduction | undefined> {
  const owner = { executionId: head.id, inc: head.inc };
  const undecidable = new Set<string>();
  const { portion, folded, isWhole, isHeld, isRefused } = share;
  const isMoreToCome = folded < inbox.length || !isWhole;
  const all = { ...lookups, portion, isMoreToCome, ...contractLookups(flow) };
  const entries = inbox.slice(0, isRefused ? 0 : folded).map((entry) => (isHeld ? { ...entry, isHeld } : entry));
  for (;;) {
    const reduction = reduce(flow.graph, head, [...entries, ...events], now, all);
    const { values, ledger, flowData } = reduction.missing;
    if (values.size > 0) {
      for (const [ref, value] of await ports.values.get(owner, [...values])) lookups.values.set(ref, value);
      if ([...values].some((ref) => !lookups.values.has(ref))) return undefined;
    }
    for (const key of ledger) lookups.ledger.set(key, await ports.ledger.get(owner, key));
    await loadShared(ports, flowData, lookups.flowData);
    if (values.size > 0 || ledger.size > 0 || flowData.size > 0) continue;
    const undecided = new Set([...reduction.missing.decisions].filter((id) => !undecidable.has(id)));
    if (!decide || undecided.size === 0) return reduction;
    const decisions = await decide(undecided, reduction.head);
    for (const [id, decision] of decisions) lookups.decisions.set(id, decision);
    for (const id of undecided) if (!decisions.has(id)) undecidable.add(id);
  }
}

/** Puts the shared data of flows where the reducer finds it. */
export async function loadShared(ports: Ports, flows: ReadonlySet<string>, into: Map<string, SharedLookups>) {
  for (const flow of flows) {
    const { data, operations } = await ports.flowData.load(flow);
    into.set(flow, { data, made: operations });
  }
}

/** One conditional write of a head; the values that it names are stored. */
async function write(
  ports: Ports,
  { sweepAhead }: Parameters,
  record: ExecutionRecord,
  { head, folded }: { readonly head: Head; readonly folded: number },
  now: number,
): Promise<ExecutionRecord | 'conflict' | { readonly error: unknown }> {
  const inbox = record.inbox.slice(folded);
  const next = nextSweepAt(head, record.wakeAt, now);
  // What is left in the inbox has to be looked for.
  const wakeAt = inbox.length > 0 ? Math.min(next ?? Infinity, now + sweepAhead) : next;
  const rests = wakeAt === undefined || wakeAt > now + sweepAhead;
  // A sealed execution takes answers: they are no reason to try again.
  const exclusive =
    inbox.length === 0 && (rests || head.lifecycle === 'closed' || head.lifecycle !== record.head.lifecycle);
  const request = { head, rev: record.rev, folded, exclusive, ...(wakeAt === undefined ? {} : { wakeAt }) };
  try {
    if ((await ports.executions.commit(request)) === 'conflict') return 'conflict';
  } catch (error) {
    ports.log.warn('commit outcome unknown', { executionId: head.id, ...describeFault(error) });
    return { error };
  }
  return { head, rev: record.rev + 1, inbox, ...(wakeAt === undefined ? {} : { wakeAt }) };
}

/** Waits between half and all of 25, 100, 400, 1,600 ms by the default unit. */
async function outlast({ clock, entropy }: Ports, { backOff: unit }: Parameters, faults: number): Promise<void> {
  const longest = unit * FAULT_PAUSE * FAULT_FACTOR ** (faults - 1);
  if (unit > 0) await clock.sleep(longest * (0.5 + entropy.number() / 2));
}

async function backOff(ports: Ports, { backOff: unit }: Parameters, lost: number): Promise<void> {
  if (unit > 0 && lost > 0) await ports.clock.sleep(ports.entropy.number() * Math.min(lost, 8) * unit);
}
