/**
 * Heads: one item each, the first of its partition key, before the posts. `body` is the head, `inb` the inbox (a list of texts);
 * `rev`, `inc` and `open` repeat fields that conditions need; the rest are keys of the indexes `wake`, `byFlow` and
 * `inbox`.
 */
import {
  type AttributeValue,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { InboxEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { type ExecutionRecord, type ExecutionStore, INBOX_LIMIT } from '../../ports/execution-store.ts';
import { type Folded, ItemHashes, storedText, unfoldItems } from '../../ports/stored-head.ts';
import { checkId } from '../encoding.ts';
import { holds, repeatable, type Table } from './client.ts';
import { headKey, pack, text, unpack } from './item-layout.ts';
import { createListings, indexKeys, positionKey, SPARSE_KEYS, wakeKeys } from './listings.ts';
import { createPosts, loadWithPosts, postsIn } from './posts.ts';

type Item = Record<string, AttributeValue>;

const APPEND_TRIES = 5;

/**
 * A conditional update in parts. `set` and `condition` use `#name` for attributes and `:name` for values; `values` has
 * names without `:`.
 */
interface Update {
  readonly key: Item;
  readonly set: readonly string[];
  readonly remove: readonly string[];
  readonly condition: string[];
  readonly values: Item;
}

/** Every write is sent once; a commit is one request. A failed condition is an answer; other failures are thrown. */
export function createExecutions(table: Table): ExecutionStore {
  const { client, tableName: TableName } = table;
  const hashes = new ItemHashes();
  async function read(id: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName, Key: headKey(id), ConsistentRead: true });
    return (await repeatable(table, () => client.send(command))).Item;
  }

  const update = (parts: Update) => holds(client.send(toCommand(TableName, parts)));

  return {
    ...createListings(table),
    ...createPosts(table),

    async create({ head, text, wakeAt }) {
      const item = {
        ...headKey(head.id),
        ...columns(head, text ?? storedText(head, { hashes }), 1, wakeAt),
        ...fixedColumns(head),
      };
      const command = new PutItemCommand({ TableName, Item: item, ConditionExpression: 'attribute_not_exists(pk)' });
      return (await holds(client.send(command))) ? 'created' : 'exists';
    },

    async load(id, most) {
      const [item, posts] = await loadWithPosts(table, id, most);
      return item && toRecord(item, posts, hashes);
    },

    async commit({ head, text, rev, folded, exclusive, wakeAt }) {
      const set = columns(head, text ?? storedText(head, { hashes }), rev + 1, wakeAt);
      const absent = SPARSE_KEYS.filter((name) => !(name in set)).map((name) => `#${name}`);
      const parts: Update = {
        key: headKey(head.id),
        set: Object.keys(set).map((name) => `#${name} = :${name}`),
        remove: [...absent, ...descending(folded)],
        condition: ['#rev = :seen', '#inc = :inc'],
        values: { ...set, seen: { N: String(rev) }, inc: { S: head.inc } },
      };
      if (exclusive) {
        parts.condition.push('(attribute_not_exists(#inb) OR size(#inb) = :folded)');
        parts.values.folded = { N: String(folded) };
      }
      return (await update(parts)) ? 'committed' : 'conflict';
    },

    async append(id, inc, event, wakeAt) {
      // A failed condition does not name its part, and the item may change before it is read.
      let early = true;
      for (let tries = 0; tries < APPEND_TRIES; tries += 1) {
        try {
          if (await update(appending(id, inc, event, wakeAt, early))) return 'appended';
        } catch (error) {
          if (isItemTooLarge(error)) return 'full';
          throw error;
        }
        const item = await read(id);
        if (!item || !takes(item, event) || item.inc?.S !== inc) return 'refused';
        if ((item.inb?.L?.length ?? 0) >= INBOX_LIMIT) return 'full';
        early = Number(item.wAt?.N ?? Infinity) <= wakeAt;
      }
      return 'full';
    },
  };
}

/** Answers are accepted while a wait is pending: only then the item is in the index `inbox`. */
function takes({ open, iKey }: Item, { type }: InboxEvent): boolean {
  return type === 'resume' ? iKey !== undefined : open?.BOOL === true;
}

/**
 * An append moves the sweep time only to an earlier one.
 * @param early the item is assumed to have an early enough sweep time
 */
function appending(id: string, inc: string, event: InboxEvent, wakeAt: number, early: boolean): Update {
  const isAnswer = event.type === 'resume';
  return {
    key: headKey(id),
    set: [
      '#inb = list_append(if_not_exists(#inb, :none), :event)',
      ...(early ? [] : ['#wShard = :wShard', '#wAt = :wAt']),
    ],
    remove: [],
    condition: [
      isAnswer ? 'attribute_exists(#iKey)' : '#open = :open',
      '#inc = :inc',
      '(attribute_not_exists(#inb) OR size(#inb) < :limit)',
      early ? '#wAt <= :wAt' : '(attribute_not_exists(#wAt) OR #wAt > :wAt)',
    ],
    values: {
      none: { L: [] },
      event: { L: [{ S: JSON.stringify(event) }] },
      ...(isAnswer ? {} : { open: { BOOL: true } }),
      inc: { S: inc },
      limit: { N: String(INBOX_LIMIT) },
      ...(early ? { wAt: { N: String(wakeAt) } } : wakeKeys(id, wakeAt)),
    },
  };
}

function toCommand(TableName: string, { key, set, remove, condition, values }: Update): UpdateItemCommand {
  const UpdateExpression = `SET ${set.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`;
  const ConditionExpression = condition.join(' AND ');
  const names = new Set(`${UpdateExpression} ${ConditionExpression}`.match(/#\w+/g));
  return new UpdateItemCommand({
    TableName,
    Key: key,
    UpdateExpression,
    ConditionExpression,
    ExpressionAttributeNames: Object.fromEntries(Array.from(names, (name) => [name, name.slice(1)])),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
  });
}

function isItemTooLarge(error: unknown): boolean {
  return (
    error instanceof DynamoDBServiceException &&
    error.name === 'ValidationException' &&
    /item size/i.test(error.message)
  );
}

/** Attributes that a commit may change. An unchanged index key costs no index write. */
function columns(head: Head, text: string, rev: number, wakeAt: number | undefined): Item {
  return {
    body: pack(text),
    rev: { N: String(rev) },
    open: { BOOL: head.lifecycle === 'open' },
    ...(head.gone && head.gone.purgeAt === undefined ? { ttl: { N: String(Math.ceil(head.gone.until / 1000)) } } : {}),
    ...indexKeys(head, wakeAt),
  };
}

function fixedColumns(head: Head): Item {
  return { inc: { S: checkId(head.inc, 'incarnation') }, ord: { S: positionKey(head) } };
}

/** List elements are removed from the end: in ascending order dynalite removes different ones than AWS. */
function descending(folded: number): string[] {
  return Array.from({ length: folded }, (_, i) => `#inb[${folded - 1 - i}]`);
}

function toRecord(item: Item, posts: readonly Item[], hashes: ItemHashes): ExecutionRecord {
  const { names, events } = postsIn(posts, text(item.inc));
  return {
    head: unfoldItems(JSON.parse(unpack(item.body)) as Folded, hashes),
    rev: Number(item.rev?.N),
    inbox: [...(item.inb?.L ?? []).map((entry) => JSON.parse(text(entry)) as InboxEvent), ...events],
    ...(names.length > 0 && { posted: names }),
    ...(item.wAt?.N === undefined ? {} : { wakeAt: Number(item.wAt.N) }),
  };
}
