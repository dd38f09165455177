/**
 * The index of attributes: one item for each attribute of an execution, in shards of flow, name and value. The key has a
 * digest of the value, so that values of any characters fit and none is left when the item is.
 */
import { createHash } from 'node:crypto';
import type { WriteRequest } from '@aws-sdk/client-dynamodb';
import type { AttributeEntry, AttributeKey, AttributeStore } from '../../ports/attribute-store.ts';
import { checkId, shardOf } from '../encoding.ts';
import { batchWrite } from './batch-write.ts';
import type { Table } from './client.ts';
import { key } from './item-layout.ts';
import { newestOf, positionKey } from './listings.ts';

const ATTRIBUTE_SHARDS = 4;

export function createAttributes(table: Table): AttributeStore {
  return {
    async write(added, removed) {
      const writes = new Map<string, WriteRequest>();
      for (const entry of removed) writes.set(nameOf(entry), { DeleteRequest: { Key: keyOf(entry) } });
      for (const entry of added) writes.set(nameOf(entry), { PutRequest: { Item: keyOf(entry) } });
      await batchWrite(table, [...writes.values()]);
    },
    find: ({ after, since, limit, ...wanted }) =>
      newestOf(
        table,
        { hash: 'pk', range: 'sk', prefix: `${prefixOf(wanted)}#`, shards: ATTRIBUTE_SHARDS },
        { limit, ...(after && { after }), ...(since === undefined ? {} : { since }) },
      ),
  };
}

function keyOf(entry: AttributeEntry) {
  const shard = shardOf(checkId(entry.id, 'execution id'), ATTRIBUTE_SHARDS);
  return key(`${prefixOf(entry)}#${shard}`, positionKey(entry));
}

function nameOf(entry: AttributeEntry): string {
  return `${prefixOf(entry)}#${entry.id}`;
}

function prefixOf({ flow, name, value }: AttributeKey): string {
  const digest = createHash('sha256').update(String(value)).digest('base64url').slice(0, 22);
  return `a#${flow}#${name}#${digest}`;
}
