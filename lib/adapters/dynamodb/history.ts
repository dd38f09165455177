/** History: one item per block, under its first position and the id of its writer. */
import { constants, deflateRawSync } from 'node:zlib';
import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { HistoryRecord } from '../../engine/history/records.ts';
import type { Json } from '../../flow/json.ts';
import type { BlockPosition, BlockSummary, HistoryStore } from '../../ports/history-store.ts';
import type { Owner } from '../../ports/value-store.ts';
import { isRefused, repeatable, type Table } from './client.ts';
import { historyPk, key, sortable, text, unpack } from './item-layout.ts';

type Item = Record<string, AttributeValue>;

export function createHistory(table: Table): HistoryStore {
  const { client, tableName: TableName } = table;

  async function query(owner: Owner, after: BlockPosition, limit: number, names: string): Promise<readonly Item[]> {
    const found: Item[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeNames: Object.fromEntries(names.split(', ').map((name) => [name, name.slice(1)])),
        ProjectionExpression: names,
        ExpressionAttributeValues: { ':pk': { S: historyPk(owner) }, ':after': { S: sortKey(after) } },
        ConsistentRead: true,
        Limit: limit - found.length,
        ExclusiveStartKey,
      });
      const { Items = [], LastEvaluatedKey } = await repeatable(table, () => client.send(command));
      found.push(...Items);
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey && found.length < limit);
    return found;
  }

  return {
    async put(owner, block) {
      const Item = {
        ...key(historyPk(owner), sortKey(block)),
        sum: packed(block.summary),
        body: packed(block.records as unknown as Json),
      };
      const command = new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' });
      try {
        await repeatable(table, () => client.send(command));
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
    },
    async read(owner, after, limit) {
      const items = await query(owner, after, limit, '#sk, #sum, #body');
      return items.map((item) => ({ ...toSummary(item), records: JSON.parse(unpack(item.body)) as HistoryRecord[] }));
    },
    async summaries(owner, after, limit) {
      return (await query(owner, after, limit, '#sk, #sum')).map(toSummary);
    },
  };
}

/** Blocks are written rarely and kept long, so they are deflated as far as possible. */
function packed(value: Json): AttributeValue {
  const json = Buffer.from(JSON.stringify(value));
  const bytes = deflateRawSync(json, { level: constants.Z_BEST_COMPRESSION });
  return bytes.length < json.length ? { B: bytes } : { S: json.toString() };
}

function sortKey({ first, id }: BlockPosition): string {
  return `${sortable(first)}#${id}`;
}

function toSummary(item: Item): BlockSummary {
  const sk = text(item.sk);
  const cut = sk.indexOf('#');
  return { first: Number(sk.slice(0, cut)), id: sk.slice(cut + 1), summary: JSON.parse(unpack(item.sum)) as Json };
}
