/**
 * Where heads live. One head is one row under optimistic concurrency: a commit replaces the row that was read or does
 * nothing. A call that throws has an unknown outcome: the caller reads again and lets the reducer recognise its events.
 */
import type { InboxEvent } from '../engine/events.ts';
import type { Head } from '../engine/head.ts';

export interface ExecutionRecord {
  readonly head: Head;
  /** Raised by every commit. */
  readonly rev: number;
  /** Outside events and answers appended in a crowd, oldest first, not yet in the head. */
  readonly inbox: readonly InboxEvent[];
  /** When the sweeper has to look (ms). */
  readonly wakeAt?: number;
}

export interface CommitRequest {
  readonly head: Head;
  /** The revision that was read. */
  readonly rev: number;
  /** How many inbox entries, oldest first, the new head contains. */
  readonly folded: number;
  /** Refuse while the inbox holds more than was folded: the commit seals, closes or goes to rest. */
  readonly exclusive: boolean;
  /** Absent: the sweeper need not look. */
  readonly wakeAt?: number;
}

/** Group under which executions are listed. */
export type Listing = 'open' | 'closed' | 'failed';

export interface ListQuery {
  readonly flow: string;
  readonly listing: Listing;
  /** Only executions that sort after this position (older). */
  readonly after?: Position;
  readonly limit: number;
}

export interface Due {
  readonly id: string;
  readonly wakeAt: number;
}

/** Newest first: by creation time, then by id. */
export interface Position {
  readonly createdAt: number;
  readonly id: string;
}

export interface ExecutionStore {
  /** Puts the first head of an execution, revision 1. */
  create(request: { readonly head: Head; readonly wakeAt?: number }): Promise<'created' | 'exists'>;

  /** Strongly consistent. */
  load(id: string): Promise<ExecutionRecord | undefined>;

  /**
   * One conditional write: the row still has `rev` and the incarnation of `head`, and with `exclusive` nothing was
   * appended since it was read. It drops the folded inbox entries.
   */
  commit(request: CommitRequest): Promise<'committed' | 'conflict'>;

  /**
   * Appends without a revision, so that a crowd does not race, and has the sweeper look at `wakeAt`. `refused`: another
   * incarnation, not open, or for an answer: nothing waits (a sealed execution takes answers).
   */
  append(id: string, inc: string, event: InboxEvent, wakeAt: number): Promise<'appended' | 'full' | 'refused'>;

  /**
   * The executions of one of `WAKE_SHARDS` shards whose `wakeAt` is at or before `until`, earliest first, those behind `after`;
   * eventually consistent.
   */
  listDue(shard: number, until: number, limit: number, after?: Due): Promise<readonly Due[]>;

  /** Eventually consistent. */
  list(query: ListQuery): Promise<readonly Position[]>;

  /** Executions with pending interrupts; eventually consistent. */
  listWaiting(query: Pick<ListQuery, 'after' | 'limit'>): Promise<readonly Position[]>;
}

export const WAKE_SHARDS = 32;
export const INBOX_LIMIT = 64;

/** Where a head is listed; moves when it fails or closes. */
export function listingOf(head: Head): Listing {
  if (head.failure) return 'failed';
  return head.lifecycle === 'closed' ? 'closed' : 'open';
}
