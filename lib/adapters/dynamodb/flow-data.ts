/** Shared data: one item per flow. `body` holds data and operation ids, `rev` the version. */
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { FlowDataRecord, FlowDataStore } from '../../ports/flow-data-store.ts';
import { MAX_ROW_BYTES } from '../../ports/value-store.ts';
import { sizedText } from '../encoding.ts';
import { isRefused, repeatable, type Table } from './client.ts';
import { key, pack, unpack } from './item-layout.ts';

export function createFlowData({ client, tableName: TableName, clock }: Table): FlowDataStore {
  const keyOf = (flow: string) => key(`f#${flow}`, 'data');
  return {
    async load(flow) {
      const command = new GetItemCommand({ TableName, Key: keyOf(flow), ConsistentRead: true });
      const { Item } = await repeatable({ clock }, () => client.send(command));
      if (!Item) return { version: 0, data: {}, operations: [] };
      const body = JSON.parse(unpack(Item.body)) as Omit<FlowDataRecord, 'version'>;
      return { version: Number(Item.rev?.N), ...body };
    },

    /** Sent once: a retry after a lost response would fail on its own effect. */
    async apply(flow, { version, data, operations }) {
      const text = sizedText({ data, operations }, MAX_ROW_BYTES, `Shared data of flow ${flow}`);
      const command = new PutItemCommand({
        TableName,
        Item: { ...keyOf(flow), body: pack(text), rev: { N: String(version + 1) } },
        ExpressionAttributeNames: { '#rev': 'rev' },
        ...(version === 0
          ? { ConditionExpression: 'attribute_not_exists(#rev)' }
          : { ConditionExpression: '#rev = :seen', ExpressionAttributeValues: { ':seen': { N: String(version) } } }),
      });
      try {
        await client.send(command);
        return 'applied';
      } catch (error) {
        if (isRefused(error)) return 'conflict';
        throw error;
      }
    },
  };
}
