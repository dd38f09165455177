/** Chooses how many inbox entries and due items one commit takes: as many as fit into the head. */

import type { Answer, FlowEvent, InboxEvent } from '../../engine/events.ts';
import type { HistoryRecord } from '../../engine/history/records.ts';
import { inMemory } from '../../engine/limits/readable.ts';
import { type Packed, pack } from '../../engine/values/pack.ts';
import { appendedIn, type CommitRequest, type ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import type { CommitOptions } from './commit.ts';
import { type Growth, isTooLarge, limitOf, limitOfEnd, putFirst } from './head-size.ts';
import { stamp } from './observe.ts';
import { storedOf } from './paged.ts';
import { type Known, reduceFully } from './reduce-fully.ts';

/** What one commit takes. */
export interface Share {
  /** Most due waits, sleeps and queued signals. */
  readonly portion: number;
  /** Number of inbox entries, oldest first. */
  readonly folded: number;
  /** True: the caller's events are included. False: only inbox entries. */
  readonly isWhole: boolean;
  /** Signals from the inbox are queued and start no work yet. */
  readonly isHeld: boolean;
  /** The oldest entry is an answer that does not fit: it is removed from the inbox and its caller gets an error. */
  readonly isRefused: boolean;
}

export function wholeShare(portion: number, folded: number): Share {
  return { portion, folded, isWhole: true, isHeld: false, isRefused: false };
}

/** Returns the next smaller share after one that did not fit; `undefined` when there is none. */
function smaller(share: Share, taken: number, record: ExecutionRecord, mayLeaveInbox = false): Share | undefined {
  const [oldest] = record.inbox;
  const { portion, folded, isWhole, isHeld, isRefused } = share;
  if (taken > 0) return { ...share, portion: Math.floor(Math.min(taken, portion) / 2) };
  if (isHeld && !isRefused && oldest?.type === 'resume') return { ...share, isRefused: true };
  // Nothing was promised for a posted signal: its caller waits for a commit.
  if (isHeld && (mayLeaveInbox || appendedIn(record) === 0)) return wholeShare(0, 0);
  if (folded === 0 || isHeld) return undefined;
  if (isWhole) return { ...share, portion: 0, isWhole: false };
  return folded > 1 ? { ...share, folded: Math.floor(folded / 2) } : { ...share, isHeld: true };
}

/** Result of one reduction, ready to be written. */
export interface Made {
  readonly answers: readonly Answer[];
  readonly folded: number;
  readonly isWhole: boolean;
  readonly isFull: boolean;
  /** The answer that is removed because the head has no room for it. */
  readonly refused?: InboxEvent;
  /** What the events did. */
  readonly history: readonly HistoryRecord[];
  /** Absent: the head is unchanged. */
  readonly packed?: Packed & Pick<CommitRequest, 'text'>;
}

/**
 * Reduces and packs as much as fits into the head, and stores its values. Returns `undefined` when a value is gone, so
 * the head is outdated.
 * @throws FlowError `head_too_large`, `value_too_large` when even the smallest share is too large
 */
export async function makeFit(
  ports: Ports,
  parameters: Parameters,
  options: CommitOptions,
  record: ExecutionRecord,
  makeEvents: () => readonly FlowEvent[],
  now: number,
  { lookups, refs, parts, lists, written, hashes }: Known,
): Promise<Made | undefined> {
  const { inlineBytes, ledgerKept, portion, startAhead, resultBytes, partsKept, waitsKept } = parameters;
  const { crowds, headFormat } = parameters;
  const format = inMemory(headFormat);
  const folding = { hashes, format: headFormat, graph: options.flow.graph };
  const inbox = options.isEnd ? 0 : record.inbox.length;
  const before = storedOf(record);
  let share: Share | undefined = wholeShare(portion, inbox);
  while (share) {
    const { folded, isWhole }: Share = share;
    const events = isWhole ? makeEvents() : [];
    const how = { ...options, startAhead, crowds, headFormat: format };
    const reduction = await reduceFully(ports, how, record, events, now, { lookups, share });
    if (!reduction) return undefined;
    const isFull = share.portion === 0 && isWhole && !options.isEnd;
    const [refused] = share.isRefused ? record.inbox : [];
    const made = {
      answers: reduction.answers.slice(folded),
      folded,
      isWhole,
      isFull,
      history: reduction.records,
      ...(refused && { refused }),
    };
    if (!reduction.changed && folded === 0) return made;
    const { taken } = reduction;
    try {
      const packed = pack(record.head, stamp(ports, record.head, reduction.head), {
        inlineBytes,
        ledgerKept,
        newId: ports.entropy.id,
        known: refs,
        knownParts: parts,
        knownLists: lists,
        format,
        resultBytes,
        partsKept,
        waitsKept,
        paged: record.paged,
      });
      const growth = growthOf(options, share, taken);
      const limit =
        options.isEnd || refused
          ? limitOfEnd(parameters, before, folding)
          : limitOf(parameters, growth, before, folding);
      const text = await putFirst(ports, limit, packed, { written, how: folding });
      return { ...made, packed: { ...packed, text } };
    } catch (error) {
      share = isTooLarge(error) ? smaller(share, taken, record, options.mayLeaveInbox) : undefined;
      if (!share) throw error;
    }
  }
  return undefined;
}

/** A commit of kind `control` that also takes inbox or due items only gets the room of `accepted`. */
function growthOf({ growth }: CommitOptions, { folded, isWhole, isHeld }: Share, taken: number): Growth {
  if (isHeld) return 'held';
  if (!isWhole) return 'accepted';
  return growth === 'control' && taken + folded > 0 ? 'accepted' : growth;
}
