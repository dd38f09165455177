/** Values: one item each, written once. Only a dropped value has a `ttl` (seconds since the epoch). */
import { BatchGetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Json } from '../../flow/json.ts';
import { MAX_VALUE_BYTES, type ValueStore } from '../../ports/value-store.ts';
import { sizedText } from '../encoding.ts';
import { chunksOf, inParallel, isRefused, repeatable, type Table, untilProcessed } from './client.ts';
import { pack, text, unpack, valueKey } from './item-layout.ts';

/** Concurrent requests. */
const WIDTH = 16;
/** Keys per BatchGetItem. */
const BATCH = 100;

/** A second put of a ref changes nothing, so no reader sees a value change. */
export function createValues(table: Table): ValueStore {
  const { client, tableName: TableName } = table;

  /** Ignores a failed condition: the value exists already, or is deleted already. */
  async function write(send: () => Promise<unknown>): Promise<void> {
    try {
      await repeatable(table, send);
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }

  return {
    async put(owner, values) {
      const items = Array.from(values, ([ref, value]) => ({
        ...valueKey(owner, ref),
        body: pack(sizedText(value, MAX_VALUE_BYTES, `Value ${ref}`)),
      }));
      await inParallel(items, WIDTH, (Item) =>
        write(() =>
          client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' })),
        ),
      );
    },

    async get(owner, refs) {
      const found = new Map<string, Json>();
      const keys = Array.from(new Set(refs), (ref) => valueKey(owner, ref));
      await inParallel(chunksOf(keys, BATCH), WIDTH, (batch) =>
        untilProcessed(table, batch, async (Keys) => {
          const RequestItems = { [TableName]: { Keys, ConsistentRead: true } };
          const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }));
          for (const item of Responses?.[TableName] ?? []) {
            found.set(text(item.sk), JSON.parse(unpack(item.body)) as Json);
          }
          return UnprocessedKeys?.[TableName]?.Keys as typeof Keys | undefined;
        }),
      );
      return found;
    },

    async drop(owner, refs, expiresAt) {
      await inParallel([...refs], WIDTH, (ref) =>
        write(() =>
          client.send(
            new UpdateItemCommand({
              TableName,
              Key: valueKey(owner, ref),
              UpdateExpression: 'SET #ttl = :ttl',
              ConditionExpression: 'attribute_exists(pk)',
              ExpressionAttributeNames: { '#ttl': 'ttl' },
              ExpressionAttributeValues: { ':ttl': { N: String(Math.ceil(expiresAt / 1000)) } },
            }),
          ),
        ),
      );
    },
  };
}
