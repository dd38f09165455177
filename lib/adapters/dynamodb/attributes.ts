/**
 * The index of attributes: one item for each attribute of an execution, in shards of flow, name and value. The key has a
 * digest of the value, so that values of any characters fit and none is left when the item is. `rev` is the revision that
 * added it; items of earlier versions lack it.
 */
import { createHash } from 'node:crypto';
import { DeleteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { AttributeEntry, AttributeKey, AttributeStore } from '../../ports/attribute-store.ts';
import { checkId, shardOf } from '../encoding.ts';
import { batchWrite } from './batch-write.ts';
import { inParallel, isDenied, isRefused, repeatable, type Table } from './client.ts';
import { type Key, key } from './item-layout.ts';
import { newestOf, positionKey } from './listings.ts';

const ATTRIBUTE_SHARDS = 4;
/** Removals at a time. */
const LANES = 4;

export function createAttributes(table: Table): AttributeStore {
  return {
    async write(added, removed, rev) {
      const put = added.map((entry) => ({ ...keyOf(entry), ...(rev === undefined ? {} : { rev: number(rev) }) }));
      const names = new Set(added.map(nameOf));
      const dropped = removed.filter((entry) => !names.has(nameOf(entry))).map(keyOf);
      const writes: WriteRequest[] = put.map((Item) => ({ PutRequest: { Item } }));
      if (rev === undefined)
        return batchWrite(table, [...writes, ...dropped.map((Key) => ({ DeleteRequest: { Key } }))]);
      await batchWrite(table, writes);
      await inParallel(dropped, LANES, (Key) => removeBefore(table, Key, rev));
    },
    find: ({ after, since, limit, ...wanted }) =>
      newestOf(
        table,
        { hash: 'pk', range: 'sk', prefix: `${prefixOf(wanted)}#`, shards: ATTRIBUTE_SHARDS },
        { limit, ...(after && { after }), ...(since === undefined ? {} : { since }) },
      ),
  };
}

/** A batch cannot have conditions: each removal is a call. */
async function removeBefore(table: Table, Key: Key, rev: number): Promise<void> {
  const command = new DeleteItemCommand({
    TableName: table.tableName,
    Key,
    ConditionExpression: 'attribute_not_exists(rev) OR rev < :rev',
    ExpressionAttributeValues: { ':rev': number(rev) },
  });
  try {
    await repeatable(table, () => table.client.send(command));
  } catch (error) {
    if (isRefused(error)) return;
    // The boundary of roles is a stack of its own: one of an earlier version allows
    // deletion in batches only.
    if (!isDenied(error)) throw error;
    await batchWrite(table, [{ DeleteRequest: { Key } }]);
  }
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
