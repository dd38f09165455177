/** DynamoDB's prices: units of a write with the indexes it changes, and of a read. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Item, itemBytes, projectedBytes } from './item-size.ts';

/** A keys-only index: the names of its key attributes. */
export interface IndexKeys {
  readonly hash: string;
  readonly range?: string;
}

export interface Schema {
  readonly keys: readonly string[];
  readonly indexes: readonly IndexKeys[];
}

/** Write units of a change of one item. `undefined`: no item. */
export function writeUnits(schema: Schema, before: Item | undefined, after: Item | undefined): number {
  const table = Math.max(kilobytes(before ?? {}), kilobytes(after ?? {}), 1);
  return schema.indexes.reduce((units, index) => units + indexUnits(schema, index, before, after), table);
}

/** Read units of `bytes`; 0 bytes cost as much as the smallest item. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

/** An index entry that is added or removed costs its size; one with a changed key costs both; an unchanged one costs nothing. */
function indexUnits(schema: Schema, index: IndexKeys, before: Item | undefined, after: Item | undefined): number {
  const names = [index.hash, ...(index.range === undefined ? [] : [index.range])];
  const entry = (item: Item | undefined) => {
    const values = names.map((name): AttributeValue | undefined => item?.[name]);
    return item && values.every((value) => value !== undefined) ? { item, key: JSON.stringify(values) } : undefined;
  };
  const old = entry(before);
  const now = entry(after);
  if (old?.key === now?.key) return 0;
  const units = ({ item }: { readonly item: Item }) =>
    Math.max(1, Math.ceil(projectedBytes(item, [...schema.keys, ...names]) / 1024));
  return (old ? units(old) : 0) + (now ? units(now) : 0);
}

/** Started kilobytes, as writes are billed. */
export function kilobytes(item: Item): number {
  return Math.ceil(itemBytes(item) / 1024);
}
