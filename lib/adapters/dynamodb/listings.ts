/**
 * The three indexes over heads: keys-only, and sharded because a hot index key throttles the table. `wake` and `inbox`
 * are sparse: they hold only heads with a sweep time or with pending interrupts.
 */
import { type AttributeValue, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Head } from '../../engine/head.ts';
import {
  type ExecutionStore,
  type ListQuery,
  listingOf,
  type Position,
  WAKE_SHARDS,
} from '../../ports/execution-store.ts';
import { shardOf } from '../encoding.ts';
import { repeatable, type Table } from './client.ts';
import { headKey, idOfHead, sortable, text } from './item-layout.ts';

type Item = Record<string, AttributeValue>;

const LIST_SHARDS = 8;
const BY_AGE = { range: 'ord', shards: LIST_SHARDS };

/** Optional index keys: when a head lacks one, its item must lack it too. */
export const SPARSE_KEYS = ['fKey', 'iKey', 'wShard', 'wAt'];

export function indexKeys(head: Head, wakeAt: number | undefined): Item {
  const shard = shardOf(head.id, LIST_SHARDS);
  return {
    ...(head.gone ? {} : { fKey: { S: `${head.flow}#${listingOf(head)}#${shard}` } }),
    ...(head.interrupts.length > 0 ? { iKey: { S: String(shard) } } : {}),
    ...(wakeAt === undefined ? {} : wakeKeys(head.id, wakeAt)),
  };
}

export function wakeKeys(id: string, wakeAt: number): Item {
  return { wShard: { S: String(shardOf(id, WAKE_SHARDS)) }, wAt: { N: String(wakeAt) } };
}

/** A text that sorts like the position. */
export function positionKey({ createdAt, id }: Position): string {
  return `${sortable(createdAt)}#${id}`;
}

/** An index, or the table itself, whose range key is a `positionKey`. */
export interface PositionIndex {
  readonly IndexName?: string;
  readonly hash: string;
  readonly range: string;
  readonly prefix: string;
  readonly shards: number;
}

/** Reads the newest positions of all shards of an index. */
export async function newestOf(
  table: Table,
  { IndexName, hash, range, prefix, shards }: PositionIndex,
  { after, since, limit }: Pick<ListQuery, 'after' | 'since' | 'limit'>,
): Promise<Position[]> {
  const from = since === undefined ? undefined : sortable(Math.max(0, Math.ceil(since)));
  const end = after && positionKey(after);
  if (from !== undefined && end !== undefined && from >= end) return [];
  // A key condition has one comparison: one with both ends includes them, and so the position itself.
  const most = from !== undefined && end !== undefined ? limit + 1 : limit;
  const pages = Array.from({ length: shards }, (_, shard) =>
    query(table, most, {
      IndexName,
      KeyConditionExpression: `${hash} = :hash${rangeOf(range, from, end)}`,
      ExpressionAttributeValues: {
        ':hash': { S: `${prefix}${shard}` },
        ...(from === undefined ? {} : { ':from': { S: from } }),
        ...(end === undefined ? {} : { ':end': { S: end } }),
      },
      ScanIndexForward: false,
    }),
  );
  const keys = (await Promise.all(pages)).flat().map((item) => text(item[range]));
  return keys
    .filter((found) => found !== end)
    .sort()
    .reverse()
    .slice(0, limit)
    .map(toPosition);
}

function rangeOf(range: string, from: string | undefined, end: string | undefined): string {
  if (from !== undefined && end !== undefined) return ` AND ${range} BETWEEN :from AND :end`;
  if (from !== undefined) return ` AND ${range} >= :from`;
  return end === undefined ? '' : ` AND ${range} < :end`;
}

async function query(table: Table, limit: number, input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
  const found: Item[] = [];
  let from = input.ExclusiveStartKey;
  do {
    const Limit = limit - found.length;
    const command = new QueryCommand({ ...input, TableName: table.tableName, Limit, ExclusiveStartKey: from });
    const { Items = [], LastEvaluatedKey } = await repeatable(table, () => table.client.send(command));
    found.push(...Items);
    from = LastEvaluatedKey;
  } while (from && found.length < limit);
  return found;
}

export function createListings(table: Table): Pick<ExecutionStore, 'list' | 'listDue' | 'listWaiting'> {
  return {
    list: (listQuery) => {
      const prefix = `${listQuery.flow}#${listQuery.listing}#`;
      return newestOf(table, { IndexName: 'byFlow', hash: 'fKey', prefix, ...BY_AGE }, listQuery);
    },
    listWaiting: (listQuery) => newestOf(table, { IndexName: 'inbox', hash: 'iKey', prefix: '', ...BY_AGE }, listQuery),
    async listDue(shard, until, limit, after) {
      const items = await query(table, limit, {
        IndexName: 'wake',
        KeyConditionExpression: 'wShard = :shard AND wAt <= :until',
        ExpressionAttributeValues: { ':shard': { S: String(shard) }, ':until': { N: String(until) } },
        ExclusiveStartKey: after && { ...headKey(after.id), ...wakeKeys(after.id, after.wakeAt) },
      });
      return items.map((item) => ({ id: idOfHead(item.pk), wakeAt: Number(item.wAt?.N) }));
    },
  };
}

function toPosition(sortKey: string): Position {
  const cut = sortKey.indexOf('#');
  return { createdAt: Number(sortKey.slice(0, cut)), id: sortKey.slice(cut + 1) };
}
