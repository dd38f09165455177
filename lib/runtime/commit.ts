/**
 * The commit: load, reduce, one conditional write. A lost race or an unknown outcome is read again and reduced again; the
 * reducer recognises events that were applied.
 */
import type { Answer, Facts, FlowEvent, SharedFacts } from '../engine/events.ts';
import type { Head, LedgerEntry } from '../engine/head.ts';
import { bytesOf, type Packed, pack } from '../engine/pack.ts';
import { type Reduction, reduce } from '../engine/reduce.ts';
import { nextWake } from '../engine/timers.ts';
import { refsOf } from '../engine/values.ts';
import { describeFault, FlowError } from '../errors.ts';
import type { AnyFlow } from '../flow/flow.ts';
import type { Json } from '../flow/json.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import { contractFacts } from './contract-facts.ts';
import type { Parameters } from './parameters.ts';

/** Runs the predicates of undecided matches; a match it has no answer for stays undecided. */
export type Decider = (undecided: ReadonlySet<string>, head: Head) => Promise<ReadonlyMap<string, readonly number[]>>;

export interface CommitOptions {
  readonly flow: AnyFlow;
  readonly decide?: Decider;
  /** Lost races after which to give up; default `parameters.commitTries`. */
  readonly tries?: number;
  /** The events may be refused when they make the head too large: what only takes work or ends it never is. */
  readonly refusable: boolean;
}

export type Commit =
  /** `before` is the head that was read (absent after an unknown outcome), `record` what is stored now. */
  | {
      readonly kind: 'done';
      readonly answers: readonly Answer[];
      readonly before: Head | undefined;
      readonly record: ExecutionRecord;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'contended' };

export type Committer = (
  record: ExecutionRecord,
  /** Asked for each try, with the head that it is for. */
  events: (now: number, head: Head) => readonly FlowEvent[],
  options: CommitOptions,
) => Promise<Commit>;

interface KnownFacts extends Facts {
  readonly values: Map<string, Json>;
  readonly ledger: Map<string, readonly LedgerEntry[]>;
  readonly decisions: Map<string, readonly number[]>;
  readonly flowData: Map<string, SharedFacts>;
}

/** Bytes that a commit may add to a head that is too large. */
const GROWTH = 1_024;

/** Errors of the store in a row after which a commit gives up: they are no unknown outcomes any more. */
export const FAULTS = 5;

export function createCommitter(ports: Ports, parameters: Parameters): Committer {
  return async (first, makeEvents, options) => {
    const attempt = newAttempt();
    let record: ExecutionRecord | undefined = first;
    let uncertain = false;
    let faults = 0;
    let tried = first.rev;
    for (let lost = 0; lost < (options.tries ?? parameters.commitTries); lost += 1) {
      if (!record) {
        await backOff(ports, parameters, lost);
        record = await ports.executions.load(first.head.id);
        attempt.facts.ledger.clear();
        attempt.facts.flowData.clear();
      }
      if (record?.head.inc !== first.head.inc) return { kind: 'missing' };
      const now = ports.clock.now();
      const reduction = await reduceFully(ports, options, record, makeEvents(now, record.head), now, attempt.facts);
      if (reduction) {
        const answers = reduction.answers.slice(record.inbox.length);
        // After an unknown outcome nobody knows which head the change began with: everything in it may need a wake-up.
        const before = uncertain ? undefined : record.head;
        if (!reduction.changed && record.inbox.length === 0) {
          await dropUnused(ports, parameters, record.head, attempt.written, now);
          noteFailure(ports, before, record.head);
          return { kind: 'done', answers, before, record };
        }
        tried = record.rev;
        const written = await write(ports, parameters, options, record, reduction.head, attempt, now);
        if (typeof written === 'object' && 'head' in written) {
          await dropUnused(ports, parameters, written.head, attempt.written, now);
          noteFailure(ports, before, written.head);
          return { kind: 'done', answers, before, record: written };
        }
        if (written !== 'conflict') {
          uncertain = true;
          faults += 1;
          if (faults >= FAULTS) throw written.error;
        }
      }
      record = undefined;
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
export async function foresee(
  ports: Ports,
  parameters: Parameters,
  options: CommitOptions,
  record: ExecutionRecord,
  makeEvents: (now: number) => readonly FlowEvent[],
): Promise<Head | undefined> {
  const now = ports.clock.now();
  const { facts } = newAttempt();
  const head = (await reduceFully(ports, options, record, makeEvents(now), now, facts))?.head;
  if (!head || facts.flowData.size > 0 || bytesOf(head) > parameters.headBytes) return undefined;
  return head;
}

/** One line when an execution begins to fail; after an unknown outcome one too many rather than none. Metrics count it. */
function noteFailure({ log }: Ports, before: Head | undefined, { id, flow, failure }: Head): void {
  if (!failure || before?.failure) return;
  log.error('execution failed', { executionId: id, flow, code: failure.code ?? null, chunk: failure.chunk ?? null });
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
  readonly facts: KnownFacts;
  /** References given to values. */
  readonly refs: Map<Json, string>;
  readonly written: Set<string>;
}

function newAttempt(): Attempt {
  return {
    facts: { values: new Map(), ledger: new Map(), decisions: new Map(), flowData: new Map() },
    refs: new Map(),
    written: new Set(),
  };
}

/** Reduces until no fact is missing; `undefined` when a value is gone, so that the head must be old. */
async function reduceFully(
  ports: Ports,
  { flow, decide }: CommitOptions,
  { head, inbox }: ExecutionRecord,
  events: readonly FlowEvent[],
  now: number,
  facts: KnownFacts,
): Promise<Reduction | undefined> {
  const owner = { executionId: head.id, inc: head.inc };
  const undecidable = new Set<string>();
  const all = { ...facts, ...contractFacts(flow) };
  for (;;) {
    const reduction = reduce(flow.graph, head, [...inbox, ...events], now, all);
    const { values, ledger, flowData } = reduction.needs;
    if (values.size > 0) {
      for (const [ref, value] of await ports.values.get(owner, [...values])) facts.values.set(ref, value);
      if ([...values].some((ref) => !facts.values.has(ref))) return undefined;
    }
    for (const key of ledger) facts.ledger.set(key, await ports.ledger.get(owner, key));
    await loadShared(ports, flowData, facts.flowData);
    if (values.size > 0 || ledger.size > 0 || flowData.size > 0) continue;
    const undecided = new Set([...reduction.needs.decisions].filter((id) => !undecidable.has(id)));
    if (!decide || undecided.size === 0) return reduction;
    const decisions = await decide(undecided, reduction.head);
    for (const [id, decision] of decisions) facts.decisions.set(id, decision);
    for (const id of undecided) if (!decisions.has(id)) undecidable.add(id);
  }
}

/** Puts the shared data of flows where the reducer finds it. */
export async function loadShared(ports: Ports, flows: ReadonlySet<string>, into: Map<string, SharedFacts>) {
  for (const flow of flows) {
    const { data, operations } = await ports.flowData.load(flow);
    into.set(flow, { data, made: operations });
  }
}

/** Big values first, then the head that names them. */
async function write(
  ports: Ports,
  parameters: Parameters,
  options: CommitOptions,
  record: ExecutionRecord,
  reduced: Head,
  { refs: known, written }: Attempt,
  now: number,
): Promise<ExecutionRecord | 'conflict' | { readonly error: unknown }> {
  const { inlineBytes, ledgerKept } = parameters;
  const packed = pack(record.head, reduced, { inlineBytes, ledgerKept, newId: ports.entropy.id, known });
  const { head } = packed;
  await putFirst(ports, sizeLimit(parameters, options, record.head), packed, written);
  const wakeAt = nextWake(head, record.wakeAt, now);
  const exclusive = head.lifecycle !== 'open' || wakeAt === undefined || wakeAt > now + parameters.sweepAhead;
  const request = {
    head,
    rev: record.rev,
    folded: record.inbox.length,
    exclusive,
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
  try {
    if ((await ports.executions.commit(request)) === 'conflict') return 'conflict';
  } catch (error) {
    ports.log.warn('commit outcome unknown', { executionId: head.id, ...describeFault(error) });
    return { error };
  }
  return { head, rev: record.rev + 1, inbox: [], ...(wakeAt === undefined ? {} : { wakeAt }) };
}

/** A head that is large already goes on: only what makes it much larger is refused. */
function sizeLimit({ headBytes, headBytesAtMost }: Parameters, { refusable }: CommitOptions, before: Head): number {
  return refusable ? Math.min(headBytesAtMost, Math.max(headBytes, bytesOf(before) + GROWTH)) : headBytesAtMost;
}

/** @throws FlowError `head_too_large` before anything is written */
export async function putFirst(
  ports: Ports,
  limit: number,
  { head, values, spilled }: Packed,
  written = new Set<string>(),
) {
  const size = bytesOf(head);
  if (size > limit) {
    throw new FlowError(
      'head_too_large',
      `Execution ${head.id}: the head would have ${size} bytes, the limit is ${limit}. Keep fewer things active at once.`,
    );
  }
  const owner = { executionId: head.id, inc: head.inc };
  const fresh = new Map([...values].filter(([ref]) => !written.has(ref)));
  if (fresh.size > 0) await ports.values.put(owner, fresh);
  for (const ref of fresh.keys()) written.add(ref);
  if (spilled.length > 0) await ports.ledger.put(owner, spilled);
}

async function backOff(ports: Ports, { backOff: unit }: Parameters, lost: number): Promise<void> {
  if (unit > 0 && lost > 0) await ports.clock.sleep(ports.entropy.number() * Math.min(lost, 8) * unit);
}
