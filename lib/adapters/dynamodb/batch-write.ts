/** Puts and deletes many items. */
import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { chunksOf, inParallel, type Table, untilProcessed } from './client.ts';

/** Items per BatchWriteItem. */
const BATCH = 25;

/** Each request names another item. @param lanes batches at a time */
export function batchWrite(table: Table, requests: readonly WriteRequest[], lanes = 1): Promise<void> {
  const { client, tableName } = table;
  return inParallel(chunksOf(requests, BATCH), lanes, (batch) =>
    untilProcessed(table, batch, async (rest) => {
      const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: rest } });
      return (await client.send(command)).UnprocessedItems?.[tableName];
    }),
  );
}
