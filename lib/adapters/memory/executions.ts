/** Heads in memory, as JSON text, so no object is shared with the caller. */
import { defined } from '../../defined.ts';
import type { InboxEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { FlowError } from '../../errors/errors.ts';
import {
  type Due,
  type ExecutionStore,
  INBOX_LIMIT,
  type Listing,
  type ListQuery,
  listingOf,
  POSTS_LOADED,
  type Position,
  WAKE_SHARDS,
} from '../../ports/execution-store.ts';
import { type Folded, ItemHashes, storedText, unfoldItems } from '../../ports/stored-head.ts';
import type { Owner } from '../../ports/value-store.ts';
import { checkId, ownerKey, shardOf } from '../encoding.ts';

const ROW_BYTES = 400 * 1024;

interface Row {
  readonly body: string;
  readonly rev: number;
  readonly inc: string;
  readonly open: boolean;
  readonly flow: string;
  /** Absent: no list has it. */
  readonly listing: Listing | undefined;
  readonly waiting: boolean;
  readonly position: Position;
  readonly wakeAt: number | undefined;
  readonly inbox: readonly string[];
}

interface PostRow {
  readonly id: string;
  readonly key: string;
  readonly text: string;
  readonly wakeAt: number;
}

export function createMemoryExecutions(): ExecutionStore {
  const rows = new Map<string, Row>();
  const posts = new Map<string, Map<string, PostRow>>();
  const hashes = new ItemHashes();
  const postsOf = (owner: Owner): readonly PostRow[] =>
    [...(posts.get(ownerKey(owner))?.values() ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = (query: Pick<ListQuery, 'after' | 'since' | 'limit'>, wanted: (row: Row) => boolean) =>
    [...rows.values()]
      .filter((row) => wanted(row) && row.position.createdAt >= (query.since ?? 0))
      .filter((row) => !query.after || older(query.after, row.position) < 0)
      .map((row) => ({ ...row.position }))
      .sort(older)
      .slice(0, query.limit);

  return {
    async create({ head, text, wakeAt }) {
      const row = toRow(head, text ?? storedText(head, { hashes }), 1, wakeAt, []);
      if (rows.has(head.id)) return 'exists';
      rows.set(head.id, row);
      return 'created';
    },
    async load(id, most = POSTS_LOADED) {
      const row = rows.get(checkId(id, 'execution id'));
      if (!row) return undefined;
      const head = unfoldItems(JSON.parse(row.body) as Folded, hashes);
      const posted = postsOf({ executionId: id, inc: row.inc }).slice(0, most);
      const inbox = [...row.inbox, ...posted.map(({ text }) => text)].map((entry) => JSON.parse(entry) as InboxEvent);
      const keys = posted.map(({ key }) => key);
      return {
        head,
        rev: row.rev,
        inbox,
        ...(keys.length > 0 && { posted: keys }),
        ...defined({ wakeAt: row.wakeAt }),
      };
    },
    async commit({ head, text, rev, folded, exclusive, wakeAt }) {
      const seen = rows.get(checkId(head.id, 'execution id'));
      if (seen?.rev !== rev || seen.inc !== head.inc) return 'conflict';
      const inbox = seen.inbox.slice(folded);
      if (exclusive && inbox.length > 0) return 'conflict';
      rows.set(head.id, toRow(head, text ?? storedText(head, { hashes }), rev + 1, wakeAt, inbox));
      return 'committed';
    },
    async append(id, inc, event, wakeAt) {
      const seen = rows.get(checkId(id, 'execution id'));
      const takes = event.type === 'resume' ? seen?.waiting : seen?.open;
      if (!seen || !takes || seen.inc !== inc) return 'refused';
      const earliest = Math.min(wakeAt, seen.wakeAt ?? Infinity);
      const row = { ...seen, wakeAt: earliest, inbox: [...seen.inbox, JSON.stringify(event)] };
      if (row.inbox.length > INBOX_LIMIT || sizeOf(row) > ROW_BYTES) return 'full';
      rows.set(id, row);
      return 'appended';
    },
    async post(owner, key, event, wakeAt) {
      const own = posts.get(ownerKey(owner)) ?? new Map<string, PostRow>();
      posts.set(ownerKey(owner), own);
      own.set(checkId(key, 'key'), { id: owner.executionId, key, text: JSON.stringify(event), wakeAt });
    },
    async loadOldestPost(owner) {
      return postsOf(owner)[0]?.key;
    },
    async removePosts(owner, keys) {
      for (const key of keys) posts.get(ownerKey(owner))?.delete(key);
    },
    async listDue(shard, until, limit, after) {
      const heads = [...rows.values()].map(({ position: { id }, wakeAt }) => ({ id, wakeAt }));
      const posted = [...posts.values()].flatMap((own) => [...own.values()]);
      const due = [...heads, ...posted]
        .flatMap(({ id, wakeAt }) => (wakeAt === undefined ? [] : [{ id, wakeAt }]))
        .filter(({ id, wakeAt }) => wakeAt <= until && shardOf(id, WAKE_SHARDS) === shard)
        .sort((a, b) => a.wakeAt - b.wakeAt || (a.id < b.id ? -1 : 1));
      const start = after ? due.findIndex((row) => isBehind(row, after)) : 0;
      return start < 0 ? [] : due.slice(start, start + limit);
    },
    async list(query) {
      return page(query, (row) => row.flow === query.flow && row.listing === query.listing);
    },
    async listWaiting(query) {
      return page(query, (row) => row.waiting);
    },
  };
}

/** Sorts newest first. */
export function older(a: Position, b: Position): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

function sizeOf(row: Row): number {
  return [row.body, ...row.inbox].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function toRow(head: Head, body: string, rev: number, wakeAt: number | undefined, inbox: readonly string[]): Row {
  const row: Row = {
    body,
    rev,
    inc: checkId(head.inc, 'incarnation'),
    open: head.lifecycle === 'open',
    flow: head.flow,
    listing: head.gone ? undefined : listingOf(head),
    waiting: head.interrupts.length > 0,
    position: { createdAt: head.createdAt, id: checkId(head.id, 'execution id') },
    wakeAt,
    inbox,
  };
  if (sizeOf(row) <= ROW_BYTES) return row;
  throw new FlowError(
    'head_too_large',
    `Execution ${head.id}: the item exceeds ${ROW_BYTES} bytes. Keep fewer activations, waits and signals active at once.`,
  );
}

function isBehind(row: Due, after: Due): boolean {
  return row.wakeAt > after.wakeAt || (row.wakeAt === after.wakeAt && row.id > after.id);
}
