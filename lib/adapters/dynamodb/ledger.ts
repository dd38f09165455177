/** Ledger entries: one item each under `<key>#<time>#<request id>`, so that a repeat overwrites itself. */
import { type AttributeValue, QueryCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { LedgerEntry } from '../../engine/head.ts';
import { type LedgerStore, ledgerKey } from '../../ports/ledger-store.ts';
import type { Owner } from '../../ports/value-store.ts';
import { batchWrite } from './batch-write.ts';
import { repeatable, type Table } from './client.ts';
import { erasePage } from './erasing.ts';
import { key, ledgerPk, sortable, text } from './item-layout.ts';

/** Batches at a time. */
const LANES = 4;

export function createLedger(table: Table): LedgerStore {
  const { client, tableName } = table;
  return {
    async put(owner, entries) {
      const pk = ledgerPk(owner);
      const writes = new Map<string, WriteRequest>();
      for (const entry of entries) {
        const sk = sortKey(entry);
        writes.set(sk, { PutRequest: { Item: { ...key(pk, sk), body: { S: JSON.stringify(entry) } } } });
      }
      await batchWrite(table, [...writes.values()], LANES);
    },

    get: (owner, wanted) =>
      query(owner, { condition: 'pk = :pk AND begins_with(sk, :prefix)', prefix: `${part(wanted)}#` }),
    list: (owner) => query(owner, { condition: 'pk = :pk' }),
    erase: (owner) => erasePage(table, ledgerPk(owner)),
  };

  async function query(
    owner: Owner,
    { condition, prefix }: { readonly condition: string; readonly prefix?: string },
  ): Promise<readonly LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const command = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: condition,
        ExpressionAttributeValues: {
          ':pk': { S: ledgerPk(owner) },
          ...(prefix === undefined ? {} : { ':prefix': { S: prefix } }),
        },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      });
      const { Items = [], LastEvaluatedKey } = await repeatable(table, () => client.send(command));
      entries.push(...Items.map((item) => JSON.parse(text(item.body)) as LedgerEntry));
      from = LastEvaluatedKey;
    } while (from);
    return entries;
  }
}

function sortKey(entry: LedgerEntry): string {
  const requestId = entry.kind === 'resume' ? (entry.requestId ?? '') : '';
  return [part(ledgerKey(entry)), sortable(entry.at), part(requestId)].join('#');
}

/** Encodes `#`, so that no key is a prefix of another. */
function part(text: string): string {
  return encodeURIComponent(text);
}
