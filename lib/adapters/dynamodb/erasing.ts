/** Deletes the items of a partition, a page at a time. */
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { batchWrite } from './batch-write.ts';
import { repeatable, type Table } from './client.ts';

type Item = Record<string, AttributeValue>;

/** Items per page. */
const PAGE = 250;

/**
 * Deletes one page of the items of a partition.
 * @param before called with the items of the page before they are deleted
 * @param read what `before` gets of them
 */
export async function erasePage(
  table: Table,
  pk: string,
  before?: (items: readonly Item[]) => Promise<void>,
  read: 'keys' | 'items' = before ? 'items' : 'keys',
): Promise<'erased' | 'more'> {
  const { client, tableName: TableName } = table;
  const command = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: pk } },
    ...(read === 'items' ? {} : { ProjectionExpression: 'pk, sk' }),
    ConsistentRead: true,
    Limit: PAGE,
  });
  const { Items = [], LastEvaluatedKey } = await repeatable(table, () => client.send(command));
  await before?.(Items);
  const requests = Items.map(({ pk: partition, sk }) => ({
    DeleteRequest: { Key: { pk: partition, sk } as Record<string, AttributeValue> },
  }));
  await batchWrite(table, requests);
  return LastEvaluatedKey ? 'more' : 'erased';
}
