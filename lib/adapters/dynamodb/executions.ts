/**
 * Heads: one item each, alone on its key. `body` is the head, `inb` the inbox (a list of texts); `rev`, `inc` and `open`
 * repeat what conditions need; the rest are keys of the sparse indexes `wake`, `byFlow` and `inbox`.
 */
import {
  type AttributeValue,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SignalEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { type ExecutionRecord, type ExecutionStore, INBOX_LIMIT } from '../../ports/execution-store.ts';
import { checkId } from '../encoding.ts';
import { isRefused, repeatable, type Table } from './client.ts';
import { createListings, indexKeys, positionKey } from './listings.ts';
import { headKey, pack, text, unpack } from './table.ts';

type Item = Record<string, AttributeValue>;

const APPEND_TRIES = 5;

/** Every write is one request that is never repeated; a failed condition is an answer, other failures are thrown. */
export function createExecutions(table: Table): ExecutionStore {
  const { client, tableName: TableName } = table;

  async function read(id: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName, Key: headKey(id), ConsistentRead: true });
    return (await repeatable(table, () => client.send(command))).Item;
  }

  return {
    ...createListings(table),

    async create({ head, wakeAt }) {
      const item = { ...headKey(head.id), ...columns(head, 1, wakeAt), ...fixedColumns(head) };
      const command = new PutItemCommand({ TableName, Item: item, ConditionExpression: 'attribute_not_exists(pk)' });
      return (await holds(client.send(command))) ? 'created' : 'exists';
    },

    async load(id) {
      const item = await read(id);
      return item && toRecord(item);
    },

    async commit({ head, rev, folded, wakeAt }) {
      const set = columns(head, rev + 1, wakeAt);
      const gone = Object.keys(indexKeys(head, 0)).filter((name) => !(name in set));
      const open = head.lifecycle === 'open';
      const command = new UpdateItemCommand({
        TableName,
        Key: headKey(head.id),
        UpdateExpression: [
          `SET ${Object.keys(set).map((name) => `#${name} = :${name}`)}`,
          removal([...gone.map((name) => `#${name}`), ...(open ? descending(folded) : ['#inb'])]),
        ].join(' '),
        ConditionExpression: `#rev = :seen AND #inc = :inc${open ? '' : ' AND (attribute_not_exists(#inb) OR size(#inb) = :folded)'}`,
        ExpressionAttributeNames: names([
          ...Object.keys(set),
          ...gone,
          'inc',
          ...(open && folded === 0 ? [] : ['inb']),
        ]),
        ExpressionAttributeValues: {
          ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
          ':seen': { N: String(rev) },
          ':inc': { S: head.inc },
          ...(open ? {} : { ':folded': { N: String(folded) } }),
        },
      });
      return (await holds(client.send(command))) ? 'committed' : 'conflict';
    },

    async append(id, inc, event) {
      const command = new UpdateItemCommand({
        TableName,
        Key: headKey(id),
        UpdateExpression: 'SET #inb = list_append(if_not_exists(#inb, :none), :event)',
        ConditionExpression: '#open = :yes AND #inc = :inc AND (attribute_not_exists(#inb) OR size(#inb) < :limit)',
        ExpressionAttributeNames: names(['inb', 'open', 'inc']),
        ExpressionAttributeValues: {
          ':none': { L: [] },
          ':event': { L: [{ S: JSON.stringify(event) }] },
          ':yes': { BOOL: true },
          ':inc': { S: inc },
          ':limit': { N: String(INBOX_LIMIT) },
        },
      });
      // A refusal does not say which part of the condition failed, and room may have come before the item is read.
      for (let tries = 0; tries < APPEND_TRIES; tries += 1) {
        try {
          if (await holds(client.send(command))) return 'appended';
        } catch (error) {
          if (isItemTooLarge(error)) return 'full';
          throw error;
        }
        const item = await read(id);
        if (item?.open?.BOOL !== true || item.inc?.S !== inc) return 'refused';
        if ((item.inb?.L?.length ?? 0) >= INBOX_LIMIT) return 'full';
      }
      return 'full';
    },
  };
}

async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
}

function isItemTooLarge(error: unknown): boolean {
  return (
    error instanceof DynamoDBServiceException &&
    error.name === 'ValidationException' &&
    /item size/i.test(error.message)
  );
}

/** What may change with a commit. An index key that stays equal costs no index write. */
function columns(head: Head, rev: number, wakeAt: number | undefined): Item {
  return {
    body: pack(JSON.stringify(head)),
    rev: { N: String(rev) },
    open: { BOOL: head.lifecycle === 'open' },
    ...indexKeys(head, wakeAt),
  };
}

function fixedColumns(head: Head): Item {
  return { inc: { S: checkId(head.inc, 'incarnation') }, ord: { S: positionKey(head) } };
}

/** Indexes of a list are removed from its end: in ascending order dynalite removes others than AWS. */
function descending(folded: number): string[] {
  return Array.from({ length: folded }, (_, i) => `#inb[${folded - 1 - i}]`);
}

function removal(paths: readonly string[]): string {
  return paths.length > 0 ? `REMOVE ${paths.join(', ')}` : '';
}

function names(attributes: readonly string[]): Record<string, string> {
  return Object.fromEntries(attributes.map((name) => [`#${name}`, name]));
}

function toRecord(item: Item): ExecutionRecord {
  return {
    head: JSON.parse(unpack(item.body)) as Head,
    rev: Number(item.rev?.N),
    inbox: (item.inb?.L ?? []).map((entry) => JSON.parse(text(entry)) as SignalEvent),
    ...(item.wAt?.N === undefined ? {} : { wakeAt: Number(item.wAt.N) }),
  };
}
