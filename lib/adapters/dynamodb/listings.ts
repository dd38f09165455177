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

/** Optional index keys: when a head lacks one, its item must lack it too. */
export const SPARSE_KEYS = ['iKey', 'wShard', 'wAt'];

export function indexKeys(head: Head, wakeAt: number | undefined): Item {
  const shard = shardOf(head.id, LIST_SHARDS);
  return {
    fKey: { S: `${head.flow}#${listingOf(head)}#${shard}` },
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

export function createListings(table: Table): Pick<ExecutionStore, 'list' | 'listDue' | 'listWaiting'> {
  async function query(limit: number, input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
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

  async function newest(
    index: { readonly IndexName: string; readonly hash: string; readonly prefix: string },
    { after, limit }: Pick<ListQuery, 'after' | 'limit'>,
  ): Promise<Position[]> {
    const shards = Array.from({ length: LIST_SHARDS }, (_, shard) =>
      query(limit, {
        IndexName: index.IndexName,
        KeyConditionExpression: `${index.hash} = :hash${after ? ' AND ord < :after' : ''}`,
        ExpressionAttributeValues: {
          ':hash': { S: `${index.prefix}${shard}` },
          ...(after ? { ':after': { S: positionKey(after) } } : {}),
        },
        ScanIndexForward: false,
      }),
    );
    const keys = (await Promise.all(shards)).flat().map((item) => text(item.ord));
    return keys.sort().reverse().slice(0, limit).map(toPosition);
  }

  return {
    list: (listQuery) => {
      const prefix = `${listQuery.flow}#${listQuery.listing}#`;
      return newest({ IndexName: 'byFlow', hash: 'fKey', prefix }, listQuery);
    },
    listWaiting: (listQuery) => newest({ IndexName: 'inbox', hash: 'iKey', prefix: '' }, listQuery),
    async listDue(shard, until, limit, after) {
      const items = await query(limit, {
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
