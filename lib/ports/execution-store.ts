/**
 * Stores heads. A head is one row with optimistic concurrency: a commit replaces the revision that was read, or does
 * nothing. A call that throws has an unknown outcome: the caller loads again, and the reducer recognises events that
 * were applied.
 */
import type { InboxEvent } from '../engine/events.ts';
import type { Head } from '../engine/head.ts';
import type { PagedHead } from '../engine/values/wait-pages.ts';
import type { Owner } from './value-store.ts';

export interface ExecutionRecord {
  readonly head: Head;
  /** Incremented by every commit. */
  readonly rev: number;
  /** Outside events and answers that were appended and are not in the head yet, oldest first. */
  readonly inbox: readonly InboxEvent[];
  /** Keys of the posted events, which are the last ones in `inbox`. Absent: none was posted. */
  readonly posted?: readonly string[];
  /** Time of the next sweep (ms). Absent: none is needed. */
  readonly wakeAt?: number;
  /** How the head is stored, where its waits are in pages. Set by the runtime, never by a store. */
  readonly paged?: PagedHead;
}

export type CreateRequest = Pick<CommitRequest, 'head' | 'text' | 'wakeAt'>;

export interface CommitRequest {
  readonly head: Head;
  /** The head as JSON in the form of `stored-head.ts`, where it was made before. Stores may make their own. */
  readonly text?: string;
  /** The revision that was loaded. */
  readonly rev: number;
  /** How many appended entries of the inbox, oldest first, the new head contains. Posted ones do not count. */
  readonly folded: number;
  /**
   * Refuses the commit if more entries than `folded` were appended. Set when the commit seals, closes or clears
   * `wakeAt`.
   */
  readonly exclusive: boolean;
  /** Time of the next sweep (ms). Absent: none is needed. */
  readonly wakeAt?: number;
}

/**
 * What is left of an execution that was erased, or whose retention has ended, is a head with `gone`: no list has it, and once
 * nothing is left to delete, the store may delete it at the time `gone.until` or later.
 */

/** The group in which an execution is listed. */
export type Listing = 'open' | 'closed' | 'failed';

export interface ListQuery {
  readonly flow: string;
  readonly listing: Listing;
  /** Continues after this position, with older executions. */
  readonly after?: Position;
  /** Only executions created at this time (ms) or later. */
  readonly since?: number;
  readonly limit: number;
}

export interface Due {
  readonly id: string;
  readonly wakeAt: number;
}

/** Position in a list: newest first by creation time, then by id. */
export interface Position {
  readonly createdAt: number;
  readonly id: string;
}

export interface ExecutionStore {
  /** Stores the first head of an execution as revision 1. */
  create(request: CreateRequest): Promise<'created' | 'exists'>;

  /**
   * Loads a head and the oldest posted events; strongly consistent.
   * @param posts most posted events, from 1 to `POSTS_LOADED`, which is the default
   */
  load(id: string, posts?: number): Promise<ExecutionRecord | undefined>;

  /**
   * Replaces the head in one conditional write and deletes the folded inbox entries. Conditions: the row has `rev` and
   * the incarnation of `head`; with `exclusive`, nothing was appended since the load.
   */
  commit(request: CommitRequest): Promise<'committed' | 'conflict'>;

  /**
   * Appends to the inbox without a revision, so that many callers do not conflict, and sets the next sweep to `wakeAt`.
   * `full`: the inbox holds `INBOX_LIMIT` entries. `refused`: another incarnation, or not open; for an answer: without
   * a pending wait (a sealed execution takes answers).
   */
  append(id: string, inc: string, event: InboxEvent, wakeAt: number): Promise<'appended' | 'full' | 'refused'>;

  /**
   * Stores an event beside the head, so the cost does not depend on the size of the head. There is no condition: the
   * event counts only once a commit contains it. A load returns the oldest `POSTS_LOADED` events, in the order of their
   * keys; `listDue` lists the execution at `wakeAt` while the event is stored.
   */
  post(owner: Owner, key: string, event: InboxEvent, wakeAt: number): Promise<void>;

  /** Key of the oldest posted event; strongly consistent. A load returns it too, but costs the size of the head. */
  loadOldestPost(owner: Owner): Promise<string | undefined>;

  /**
   * Deletes posted events that a commit contains. Idempotent. If it fails, a later commit contains the events again and
   * the reducer recognizes them.
   */
  removePosts(owner: Owner, keys: readonly string[]): Promise<void>;

  /**
   * Lists executions of one of `WAKE_SHARDS` shards with `wakeAt` up to `until`, earliest first, from the position
   * after `after`. Eventually consistent.
   */
  listDue(shard: number, until: number, limit: number, after?: Due): Promise<readonly Due[]>;

  /** Lists executions, newest first; eventually consistent. */
  list(query: ListQuery): Promise<readonly Position[]>;

  /** Lists executions with pending interrupts, newest first; eventually consistent. */
  listWaiting(query: Pick<ListQuery, 'after' | 'limit'>): Promise<readonly Position[]>;
}

export const WAKE_SHARDS = 32;
export const INBOX_LIMIT = 64;
/** Most posted events that one load returns. */
export const POSTS_LOADED = 256;
/** When an execution with a posted event is swept, should its poster die (ms after the post). */
export const POST_SWEPT_AFTER = 30_000;

/** Key of an event posted at `at` (ms). Keys of one execution sort by time. @param id makes it unique */
export function postKey(at: number, id: string): string {
  return `${String(at).padStart(15, '0')}.${id}`;
}

/** How many entries of the inbox were appended to the head, not posted. They are the first ones. */
export function appendedIn({ inbox, posted = [] }: Pick<ExecutionRecord, 'inbox' | 'posted'>): number {
  return inbox.length - posted.length;
}

/** The listing of a head. It changes when the execution fails, is redriven or closes. */
export function listingOf(head: Head): Listing {
  if (head.failure) return 'failed';
  return head.lifecycle === 'closed' ? 'closed' : 'open';
}
