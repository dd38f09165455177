/**
 * Streams: one item per append; its sort key is the position of its first element.
 * Append = conditional put at the first position believed free; on conflict read that item and retry, so positions have
 * no gaps. A writer thus knows all earlier elements.
 * The end is an item without elements at the next position.
 */
import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { NewStreamItem, StreamItem, StreamStore } from '../../ports/stream-store.ts';
import { MAX_ROW_BYTES } from '../../ports/value-store.ts';
import { streamItemText } from '../encoding.ts';
import { holds, repeatable, type Table } from './client.ts';
import { erasePage } from './erasing.ts';
import { key, pack, sortable, streamPk, text, unpack } from './item-layout.ts';

/** Cached ids of a stream, up to the position before `next`. */
interface Known {
  next: number;
  readonly ids: Set<string>;
  ended: boolean;
}

interface Row {
  readonly first: number;
  readonly items: readonly NewStreamItem[];
  readonly ended: boolean;
}

/** Greater than every position. */
const LAST = 999_999_999_999_999;
/** Streams in the cache: only the first append of a process reads a stream from its start. */
const KEPT = 100;

export function createStreams(table: Table): StreamStore {
  const { client, tableName: TableName } = table;
  const kept = new Map<string, Known>();

  /** Returns rows in order whose first position is greater than `after`, until they hold `limit` items. */
  async function rows(pk: string, after: number, limit: number): Promise<Row[]> {
    const found: Row[] = [];
    let count = 0;
    let from: Record<string, AttributeValue> | undefined;
    do {
      const command = new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':after': { S: sortable(after) } },
        ConsistentRead: true,
        ExclusiveStartKey: from,
        ...(limit === Infinity ? {} : { Limit: limit - count }),
      });
      const { Items = [], LastEvaluatedKey } = await repeatable(table, () => client.send(command));
      for (const item of Items) {
        const row = toRow(item);
        found.push(row);
        count += row.items.length;
      }
      from = LastEvaluatedKey;
    } while (from && count < limit);
    return found;
  }

  /** Returns the row that holds `position`, or the last one before it. */
  async function rowAt(pk: string, position: number): Promise<Row | undefined> {
    const command = new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk AND sk <= :position',
      ExpressionAttributeValues: { ':pk': { S: pk }, ':position': { S: sortable(position) } },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    });
    const { Items = [] } = await repeatable(table, () => client.send(command));
    return Items[0] && toRow(Items[0]);
  }

  async function put(pk: string, first: number, texts: readonly string[], ended = false): Promise<boolean> {
    const body = pack(`[${texts.join(',')}]`);
    const Item = { ...key(pk, sortable(first)), body, ...(ended ? { ended: { BOOL: true } } : {}) };
    const command = new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' });
    return holds(repeatable(table, () => client.send(command)));
  }

  async function catchUp(pk: string, known: Known): Promise<void> {
    for (const row of await rows(pk, known.next - 1, Infinity)) learn(known, row.first, row.items, row.ended);
  }

  async function open(pk: string): Promise<Known> {
    const known = kept.get(pk) ?? { next: 1, ids: new Set<string>(), ended: false };
    if (known.next === 1) await catchUp(pk, known);
    kept.delete(pk);
    kept.set(pk, known);
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
    return known;
  }

  return {
    async append(owner, items) {
      const texts = new Map(items.map((item) => [item.id, streamItemText(item)]));
      const pk = streamPk(owner);
      const known = await open(pk);
      for (;;) {
        const missing = [...texts.keys()].filter((id) => !known.ids.has(id));
        const batch = firstBatch(missing, texts);
        if (batch.length === 0) return 'appended';
        if (known.ended) return 'ended';
        const first = known.next;
        const landed = await put(
          pk,
          first,
          batch.map((id) => texts.get(id) ?? ''),
        );
        if (landed)
          learn(
            known,
            first,
            batch.map((id) => ({ id })),
          );
        else await catchUp(pk, known);
      }
    },

    async end(owner) {
      const pk = streamPk(owner);
      const known = await open(pk);
      while (!known.ended) {
        const first = known.next;
        if (await put(pk, first, [], true)) learn(known, first, [], true);
        else await catchUp(pk, known);
      }
    },

    erase(owner) {
      kept.delete(streamPk(owner));
      return erasePage(table, streamPk(owner));
    },

    async hasEnded(owner) {
      const last = await rowAt(streamPk(owner), LAST);
      return last?.ended === true;
    },

    async read(owner, after, limit) {
      const pk = streamPk(owner);
      const start = after > 0 ? await rowAt(pk, after + 1) : undefined;
      if (after > 0 && !start) return [];
      const begun = start ? elements(start).filter(({ seq }) => seq > after) : [];
      if (begun.length >= limit) return begun.slice(0, limit);
      const rest = await rows(pk, start?.first ?? 0, limit - begun.length);
      return [...begun, ...rest.flatMap(elements)].slice(0, limit);
    },
  };
}

/** Counts a row once when two callers learn it concurrently: only for the first its position is `next`. */
function learn(known: Known, first: number, items: readonly Pick<NewStreamItem, 'id'>[], ended = false): void {
  if (first !== known.next) return;
  if (ended) known.ended = true;
  for (const { id } of items) known.ids.add(id);
  known.next += items.length;
}

/** Returns as many ids as fit into one item, at least one. */
function firstBatch(ids: readonly string[], texts: ReadonlyMap<string, string>): string[] {
  let room = MAX_ROW_BYTES;
  const over = ids.findIndex((id, i) => {
    room -= Buffer.byteLength(texts.get(id) ?? '') + 1;
    return room < 0 && i > 0;
  });
  return over < 0 ? [...ids] : ids.slice(0, over);
}

function toRow(item: Record<string, AttributeValue>): Row {
  return {
    first: Number(text(item.sk)),
    items: JSON.parse(unpack(item.body)) as NewStreamItem[],
    ended: item.ended?.BOOL === true,
  };
}

function elements({ first, items }: Row): StreamItem[] {
  return items.map((item, i) => ({ ...item, seq: first + i }));
}
