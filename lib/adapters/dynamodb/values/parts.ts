/**
 * A large value: its deflated text in parts, and the row that names their number and digest. The row is written last,
 * so that a reader finds all parts or no value. The digest is in the keys of the parts: another content of the same
 * reference has other parts.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { FlowError } from '../../../errors/errors.ts';
import { MAX_ROW_BYTES, type Owner } from '../../../ports/value-store.ts';
import { type Key, objectRowKey, text, valueKey, valuePartKey } from '../item-layout.ts';

type Item = Record<string, AttributeValue>;

/** Number and digest of the parts of a value. */
export interface Parted {
  readonly ref: string;
  readonly count: number;
  /** SHA-256 of all parts in base64url. */
  readonly digest: string;
  /** The content is an object, see `objects.ts`. */
  readonly isObject: boolean;
}

/** The rows to write for a text of more than `MAX_ROW_BYTES`: the parts first, then the row that names them. */
export function cut(owner: Owner, ref: string, json: string): { readonly parts: readonly Item[]; readonly row: Item } {
  const content = deflateRawSync(json, { level: 1 });
  // A text that fits into a row when it is deflated is stored like a small one.
  if (content.length <= MAX_ROW_BYTES) return { parts: [], row: { ...valueKey(owner, ref), body: { B: content } } };
  const count = Math.ceil(content.length / MAX_ROW_BYTES);
  const parted = { ref, count, digest: digestOf(content), isObject: false };
  const parts = partKeys(owner, parted).map((key, i) => ({
    ...key,
    body: { B: content.subarray(i * MAX_ROW_BYTES, (i + 1) * MAX_ROW_BYTES) },
  }));
  const row = { ...valueKey(owner, ref), parts: { N: String(parted.count) }, digest: { S: parted.digest } };
  return { parts, row };
}

/** `undefined`: the row holds the whole value. */
export function partedOf(row: Item | undefined): Parted | undefined {
  if (row?.parts === undefined) return undefined;
  const isObject = row.object !== undefined;
  return { ref: text(row.sk), count: Number(row.parts.N), digest: text(row.digest), isObject };
}

/** The rows beside the row of the value. */
export function partKeys(owner: Owner, { ref, count, digest, isObject }: Parted): readonly Key[] {
  if (isObject) return [objectRowKey(owner, ref, digest)];
  return Array.from({ length: count }, (_, i) => valuePartKey(owner, ref, digest, i));
}

/**
 * The text of a value. `undefined`: a part is gone, because the value was dropped.
 * @throws FlowError `value_damaged` when the parts, or the object, do not have the digest of the row
 */
export function join({ ref, digest }: Parted, parts: readonly (Uint8Array | undefined)[]): string | undefined {
  const found = parts.filter((part) => part !== undefined);
  if (found.length < parts.length) return undefined;
  const content = Buffer.concat(found);
  if (digestOf(content) === digest) return inflateRawSync(content).toString();
  throw new FlowError(
    'value_damaged',
    `Value ${ref}: the stored content does not have the digest that was stored with it. Restore the table, or the object, from a backup.`,
  );
}

/** SHA-256 in base64url. */
export function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url');
}
