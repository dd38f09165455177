/**
 * Values: one item each, written once; large ones in parts, see `parts.ts`, or as objects, see `objects.ts`. Only a dropped value has a `ttl`
 * (seconds since the epoch).
 */
import { type AttributeValue, BatchGetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Json } from '../../../flow/json.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import { MAX_ROW_BYTES, MAX_VALUE_BYTES, type Owner, type ValueStore } from '../../../ports/value-store.ts';
import { sizedText } from '../../encoding.ts';
import { chunksOf, holds, inParallel, repeatable, type Table, untilProcessed } from '../client.ts';
import { erasePage } from '../erasing.ts';
import { type Key, pack, text, unpack, valueKey, valuePks } from '../item-layout.ts';
import { known, type Placed, pathOf, pathsNamedBy, place } from './objects.ts';
import { cut, join, type Parted, partedOf, partKeys } from './parts.ts';

type Item = Record<string, AttributeValue>;

/** Concurrent requests. */
const WIDTH = 16;
/** Keys per BatchGetItem. */
const BATCH = 100;
/** The same for parts: concurrent writes, each of up to 350 write units, and keys of one read of up to 3 MB. */
const PARTS_WIDTH = 4;
const PARTS_BATCH = 8;

/** A second put of a ref changes nothing, so no reader sees a value change. */
export function createValues(table: Table, objects?: ObjectStore): ValueStore {
  const { client, tableName: TableName } = table;

  /** @returns false when the condition failed: the value exists already, or is deleted already */
  const write = (send: () => Promise<unknown>): Promise<boolean> => holds(repeatable(table, send));

  const put = (Item: Item) =>
    write(() => client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' })));

  const putAll = (items: readonly Item[], width: number) =>
    inParallel(items, width, async (item) => void (await put(item)));

  async function read(keys: readonly Key[], size = BATCH): Promise<ReadonlyMap<string, Item>> {
    const found = new Map<string, Item>();
    await inParallel(chunksOf(keys, size), size === BATCH ? WIDTH : PARTS_WIDTH, (batch) =>
      untilProcessed(table, batch, async (Keys) => {
        const RequestItems = { [TableName]: { Keys, ConsistentRead: true } };
        const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }));
        for (const item of Responses?.[TableName] ?? []) found.set(text(item.sk), item);
        return UnprocessedKeys?.[TableName]?.Keys as Key[] | undefined;
      }),
    );
    return found;
  }

  async function readObject(owner: Owner, parted: Parted): Promise<string | undefined> {
    const path = pathOf(owner, parted.ref, parted.digest);
    return join(parted, [await repeatable(table, () => known(objects, path).get(path))]);
  }

  /** The row that names the object, then the object. The row is written anew, because a dropped one expires. */
  async function putObject({ naming, path, content }: Placed): Promise<void> {
    await repeatable(table, () => client.send(new PutItemCommand({ TableName, Item: naming })));
    await repeatable(table, () => known(objects, path).put(path, content));
  }

  async function eraseObjects(owner: Owner, rows: readonly Item[]): Promise<void> {
    await inParallel(pathsNamedBy(owner, rows), WIDTH, (path) =>
      repeatable(table, () => known(objects, path).erase(path)),
    );
  }

  async function readParts(owner: Owner, parted: Parted): Promise<string | undefined> {
    const keys = partKeys(owner, parted);
    const found = await read(keys, PARTS_BATCH);
    return join(
      parted,
      keys.map(({ sk }) => found.get(sk.S)?.body?.B),
    );
  }

  const expire = (key: Key, expiresAt: number, condition = 'attribute_exists(pk)') =>
    write(() =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key,
          UpdateExpression: 'SET #ttl = :ttl',
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#ttl': 'ttl', ...(condition.includes('#parts') ? { '#parts': 'parts' } : {}) },
          ExpressionAttributeValues: { ':ttl': { N: String(Math.ceil(expiresAt / 1000)) } },
        }),
      ),
    );

  /** Expires the parts before the row that names them: a call that stops in between is repeated. */
  async function drop(owner: Owner, ref: string, expiresAt: number): Promise<void> {
    const key = valueKey(owner, ref);
    if (await expire(key, expiresAt, 'attribute_exists(pk) AND attribute_not_exists(#parts)')) return;
    const parted = partedOf((await read([key])).get(ref));
    if (!parted) return;
    if (parted.isObject) {
      const path = pathOf(owner, ref, parted.digest);
      await repeatable(table, () => known(objects, path).drop(path));
    }
    await inParallel(partKeys(owner, parted), WIDTH, async (part) => void (await expire(part, expiresAt)));
    await expire(key, expiresAt);
  }

  return {
    async put(owner, values) {
      const rows: Item[] = [];
      const parts: Item[] = [];
      const placed: Placed[] = [];
      for (const [ref, value] of values) {
        const json = sizedText(value, MAX_VALUE_BYTES, `Value ${ref}`);
        const inObject = objects?.takesNew ? place(owner, ref, json) : undefined;
        if (inObject) {
          placed.push(inObject);
          rows.push(inObject.row);
          continue;
        }
        // The limit of a row is bytes; a text of a third of it in characters always fits.
        const isLarge = json.length > MAX_ROW_BYTES / 3 && Buffer.byteLength(json) > MAX_ROW_BYTES;
        const made = isLarge
          ? cut(owner, ref, json)
          : { parts: [], row: { ...valueKey(owner, ref), body: pack(json) } };
        parts.push(...made.parts);
        rows.push(made.row);
      }
      await inParallel(placed, PARTS_WIDTH, putObject);
      await putAll(parts, PARTS_WIDTH);
      await putAll(rows, WIDTH);
    },

    async get(owner, refs) {
      const found = new Map<string, Json>();
      const keys = Array.from(new Set(refs), (ref) => valueKey(owner, ref));
      const take = (ref: string, json: string | undefined) => {
        if (json !== undefined) found.set(ref, JSON.parse(json) as Json);
      };
      const inObjects: Parted[] = [];
      for (const [ref, row] of await read(keys)) {
        const parted = partedOf(row);
        if (parted?.isObject) inObjects.push(parted);
        else take(ref, parted ? await readParts(owner, parted) : unpack(row.body));
      }
      await inParallel(inObjects, PARTS_WIDTH, async (parted) => take(parted.ref, await readObject(owner, parted)));
      return found;
    },

    async erase(owner) {
      const results: ('erased' | 'more')[] = [];
      const before = (rows: readonly Item[]) => eraseObjects(owner, rows);
      await inParallel(valuePks(owner), WIDTH, async (pk) => {
        results.push(await erasePage(table, pk, before, 'keys'));
      });
      return results.includes('more') ? 'more' : 'erased';
    },

    async drop(owner, refs, expiresAt) {
      await inParallel([...refs], WIDTH, (ref) => drop(owner, ref, expiresAt));
    },
  };
}
