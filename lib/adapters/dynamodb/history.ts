/** History: one item per block, under its first position and the id of its writer. */
import { constants, deflateRawSync } from 'node:zlib';
import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { HistoryRecord } from '../../engine/history/records.ts';
import type { Json } from '../../flow/json.ts';
import type { BlockPosition, BlockSummary, HistoryStore } from '../../ports/history-store.ts';
import type { Owner } from '../../ports/value-store.ts';
import { holds, repeatable, type Table } from './client.ts';
import { erasePage } from './erasing.ts';
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
        body: packed(toColumns(block.records)),
      };
      const command = new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' });
      await holds(repeatable(table, () => client.send(command)));
    },
    async read(owner, after, limit) {
      const items = await query(owner, after, limit, '#sk, #sum, #body');
      return items.map((item) => ({
        ...toSummary(item),
        records: toRecords(JSON.parse(unpack(item.body)) as Columns),
      }));
    },
    erase: (owner) => erasePage(table, historyPk(owner)),
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

type Columns = Readonly<Record<string, readonly (Json | undefined)[]>>;

/** Columns deflate to half the size of rows. Positions and times are distances to the row before. */
function toColumns(records: readonly HistoryRecord[]): Json {
  const columns: Record<string, Json[]> = {};
  let [seq, at] = [0, 0];
  for (const [i, record] of records.entries()) {
    const row = { ...record, seq: record.seq - seq, at: record.at - at };
    [seq, at] = [record.seq, record.at];
    for (const [name, value] of Object.entries(row)) {
      columns[name] ??= [];
      // Absent members are `0`, present ones are in a list of their own.
      while (columns[name].length < i) columns[name].push(0);
      columns[name].push([value as Json]);
    }
  }
  return columns;
}

function toRecords({ seq = [], ...columns }: Columns): HistoryRecord[] {
  let [n, at] = [0, 0];
  return seq.map((step, i) => {
    const row: Record<string, unknown> = {};
    for (const [name, values] of Object.entries(columns)) {
      const cell = values[i];
      if (Array.isArray(cell)) row[name] = cell[0];
    }
    n += Number((step as readonly number[])[0]);
    at += Number(row.at);
    return { ...row, seq: n, at } as unknown as HistoryRecord;
  });
}

function sortKey({ first, id }: BlockPosition): string {
  return `${sortable(first)}#${id}`;
}

function toSummary(item: Item): BlockSummary {
  const sk = text(item.sk);
  const cut = sk.indexOf('#');
  return { first: Number(sk.slice(0, cut)), id: sk.slice(cut + 1), summary: JSON.parse(unpack(item.sum)) as Json };
}
