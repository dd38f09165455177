/**
 * Posted events: one item each in the partition of their head, so that one query loads both. `body` is the event. The
 * keys of the index `wake` let the sweeper find an event whose caller died.
 */
import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { InboxEvent } from '../../engine/events.ts';
import { type ExecutionStore, POSTS_LOADED } from '../../ports/execution-store.ts';
import type { Owner } from '../../ports/value-store.ts';
import { checkId } from '../encoding.ts';
import { batchWrite } from './batch-write.ts';
import { repeatable, type Table } from './client.ts';
import { headKey, key, pack, text, unpack } from './item-layout.ts';
import { wakeKeys } from './listings.ts';

type Item = Record<string, AttributeValue>;
type Posts = Pick<ExecutionStore, 'post' | 'loadOldestPost' | 'removePosts'>;

/** Batches at a time. */
const LANES = 4;
/** An event that no commit took, because its execution was deleted, goes this long after its sweep time (s). */
const LIFE = 86_400;

export function createPosts(table: Table): Posts {
  const { client, tableName: TableName } = table;
  return {
    async post(owner, name, event, wakeAt) {
      const ttl = { N: String(Math.ceil(wakeAt / 1000) + LIFE) };
      const body = pack(JSON.stringify(event));
      const Item = { ...postKey(owner, name), body, ttl, ...wakeKeys(owner.executionId, wakeAt) };
      // Once more is harmless: an event that was taken is recognized.
      await repeatable(table, () => client.send(new PutItemCommand({ TableName, Item })));
    },
    async loadOldestPost(owner) {
      const { pk, sk } = postKey(owner, '');
      const command = new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': sk },
        ConsistentRead: true,
        Limit: 1,
      });
      const { Items = [] } = await repeatable(table, () => client.send(command));
      return Items[0] && nameIn(owner.inc, Items[0]);
    },
    async removePosts(owner, names) {
      const requests = names.map((name) => ({ DeleteRequest: { Key: postKey(owner, name) } }));
      await batchWrite(table, requests, LANES);
    },
  };
}

/** Loads the item of a head, and the oldest posts to all its incarnations. */
export async function loadWithPosts(
  table: Table,
  id: string,
  most = POSTS_LOADED,
): Promise<readonly [Item | undefined, readonly Item[]]> {
  const { pk, sk } = headKey(id);
  const command = new QueryCommand({
    TableName: table.tableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    ConsistentRead: true,
    Limit: 1 + most,
  });
  const { Items = [] } = await repeatable(table, () => table.client.send(command));
  const [first, ...rest] = Items;
  return first?.sk?.S === sk.S ? [first, rest] : [undefined, []];
}

/** The posts to one incarnation among these items, oldest first. */
export function postsIn(
  items: readonly Item[],
  inc: string,
): { readonly names: string[]; readonly events: InboxEvent[] } {
  const own = items.filter((item) => nameIn(inc, item) !== undefined);
  return {
    names: own.flatMap((item) => nameIn(inc, item) ?? []),
    events: own.map((item) => JSON.parse(unpack(item.body)) as InboxEvent),
  };
}

/** The key of a head sorts before it. @param name empty: the prefix of all */
function postKey({ executionId, inc }: Owner, name: string) {
  const { pk } = headKey(executionId);
  return key(text(pk), `p#${checkId(inc, 'incarnation')}#${name === '' ? '' : checkId(name, 'key')}`);
}

function nameIn(inc: string, { sk }: Item): string | undefined {
  const prefix = `p#${inc}#`;
  return sk?.S?.startsWith(prefix) ? sk.S.slice(prefix.length) : undefined;
}
