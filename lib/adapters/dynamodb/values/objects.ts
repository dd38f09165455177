/**
 * Values in objects. The table has two small rows for each: one that names the object, written before it, and the row
 * of the value, written after it. So an erasure also finds an object whose writer died, and a reader finds none that is
 * not stored yet. To versions that know no objects the row reads like that of a value whose part is gone.
 */
import { deflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { FlowError } from '../../../errors/errors.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import type { Owner } from '../../../ports/value-store.ts';
import { type Key, objectRowKey, text, valueKey } from '../item-layout.ts';
import { digestOf } from './parts.ts';

type Item = Record<string, AttributeValue>;

/** Contents with more bytes are objects. */
const OBJECT_OVER = 64 * 1024;

/** The rows and the object of a value, in the order in which they are written. */
export interface Placed {
  readonly naming: Key;
  readonly content: Uint8Array;
  readonly row: Item;
  /** Key of the object. */
  readonly path: string;
}

/** `undefined`: the text has at most 64 KB when it is deflated, and stays in the table. */
export function place(owner: Owner, ref: string, json: string): Placed | undefined {
  if (json.length <= OBJECT_OVER / 3) return undefined;
  const content = deflateRawSync(json, { level: 1 });
  if (content.length <= OBJECT_OVER) return undefined;
  const digest = digestOf(content);
  return {
    naming: objectRowKey(owner, ref, digest),
    content,
    row: { ...valueKey(owner, ref), parts: { N: '1' }, digest: { S: digest }, object: { BOOL: true } },
    path: pathOf(owner, ref, digest),
  };
}

/** The key of a value's object. It has the digest, like those of parts. */
export function pathOf({ executionId, inc }: Owner, ref: string, digest: string): string {
  return [executionId, inc, ref, digest].join('/');
}

/** The objects that rows of an owner name. */
export function pathsNamedBy(owner: Owner, rows: readonly Item[]): readonly string[] {
  return rows.flatMap(({ sk }) => {
    const [ref = '', digest = '', kind] = text(sk).split('#');
    return kind === 'object' ? [pathOf(owner, ref, digest)] : [];
  });
}

/** @throws FlowError `missing_setting` where no bucket is known */
export function known(objects: ObjectStore | undefined, path: string): ObjectStore {
  if (objects) return objects;
  throw new FlowError(
    'missing_setting',
    `Value ${path} is an object of a bucket, and no bucket is known here. Set valueBucket to the one that has it.`,
    { details: { setting: 'VALUE_BUCKET' } },
  );
}
