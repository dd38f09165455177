/**
 * The index of attributes: one item for each attribute of an execution, in shards of flow, name and value. The key has a
 * digest of the value, so that values of any characters fit and none is left when the item is. `rev` is the newest revision
 * that added it; items of earlier versions lack it.
 */
import { createHash } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { AttributeEntry, AttributeKey, AttributeStore } from '../../ports/attribute-store.ts';
import { checkId, shardOf } from '../encoding.ts';
import { batchWrite } from './batch-write.ts';
import { holds, inParallel, isDenied, repeatable, type Table } from './client.ts';
import { type Key, key } from './item-layout.ts';
import { newestOf, positionKey } from './listings.ts';

const ATTRIBUTE_SHARDS = 4;
/** Calls at a time. */
const LANES = 4;

export function createAttributes(table: Table): AttributeStore {
  return {
    async write(added, removed, rev) {
      // A number and its text have one key, and a batch may name each key once.
      const put = new Map(added.map((entry) => [nameOf(entry), keyOf(entry)]));
      const dropped = new Map(removed.map((entry) => [nameOf(entry), keyOf(entry)]));
      for (const name of put.keys()) dropped.delete(name);
      if (rev === undefined)
        return batchWrite(table, [...[...put.values()].map(toPut), ...[...dropped.values()].map(toDelete)]);
      await inParallel([...put.values()], LANES, (Key) => addAt(table, Key, rev));
      await inParallel([...dropped.values()], LANES, (Key) => removeBefore(table, Key, rev));
    },
    find: ({ after, since, limit, ...wanted }) =>
      newestOf(
        table,
        { hash: 'pk', range: 'sk', prefix: `${prefixOf(wanted)}#`, shards: ATTRIBUTE_SHARDS },
        { limit, ...(after && { after }), ...(since === undefined ? {} : { since }) },
      ),
  };
}

/** A batch cannot have conditions: each entry is a call. */
async function addAt(table: Table, Key: Key, rev: number): Promise<void> {
  const command = new PutItemCommand({ ...ifBefore(table, rev), Item: { ...Key, rev: number(rev) } });
  await holds(repeatable(table, () => table.client.send(command)));
}

async function removeBefore(table: Table, Key: Key, rev: number): Promise<void> {
  const command = new DeleteItemCommand({ ...ifBefore(table, rev), Key });
  try {
    await holds(repeatable(table, () => table.client.send(command)));
  } catch (error) {
    // The boundary of roles is a stack of its own: one of an earlier version allows deletion in batches only.
    if (!isDenied(error)) throw error;
    await batchWrite(table, [toDelete(Key)]);
  }
}

function ifBefore({ tableName: TableName }: Table, rev: number) {
  const ExpressionAttributeValues = { ':rev': number(rev) };
  return { TableName, ConditionExpression: 'attribute_not_exists(rev) OR rev < :rev', ExpressionAttributeValues };
}

function toPut(Item: Key): WriteRequest {
  return { PutRequest: { Item } };
}

function toDelete(Key: Key): WriteRequest {
  return { DeleteRequest: { Key } };
}

function keyOf(entry: AttributeEntry) {
  const shard = shardOf(checkId(entry.id, 'execution id'), ATTRIBUTE_SHARDS);
  return key(`${prefixOf(entry)}#${shard}`, positionKey(entry));
}

function number(value: number) {
  return { N: String(value) };
}

function nameOf(entry: AttributeEntry): string {
  return `${prefixOf(entry)}#${entry.id}`;
}

function prefixOf({ flow, name, value }: AttributeKey): string {
  const digest = createHash('sha256').update(String(value)).digest('base64url').slice(0, 22);
  return `a#${flow}#${name}#${digest}`;
}
