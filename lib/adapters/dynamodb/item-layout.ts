/** Keys and encodings of the table. Names are short because every item carries them. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Owner } from '../../ports/value-store.ts';
import { checkId, ownerKey, shardOf } from '../encoding.ts';

export interface Key extends Record<string, AttributeValue> {
  readonly pk: AttributeValue.SMember;
  readonly sk: AttributeValue.SMember;
}

/** Longer texts are deflated (bytes): a head under 1 KB costs one write unit. */
const DEFLATE_OVER = 512;
const VALUE_SHARDS = 16;

export function headKey(id: string): Key {
  return key(`x#${checkId(id, 'execution id')}`, '-');
}

/** The execution id of a head's `pk`. */
export function idOfHead(pk: AttributeValue | undefined): string {
  return text(pk).slice(2);
}

/** Spreads values over shards, so that a wide fan-out does not exceed the limits of one partition. */
export function valueKey(owner: Owner, ref: string): Key {
  return key(valuePk(owner, shardOf(checkId(ref, 'value ref'), VALUE_SHARDS)), ref);
}

/** The partitions of the owner's values. */
export function valuePks(owner: Owner): string[] {
  return Array.from({ length: VALUE_SHARDS }, (_, shard) => valuePk(owner, shard));
}

function valuePk(owner: Owner, shard: number): string {
  return `v#${ownerKey(owner)}#${shard}`;
}

/** Part `index` of a value: in the shards after the one of the value, so that its parts are not in one partition. */
export function valuePartKey(owner: Owner, ref: string, digest: string, index: number): Key {
  const shard = (shardOf(ref, VALUE_SHARDS) + index) % VALUE_SHARDS;
  return key(`v#${ownerKey(owner)}#${shard}`, `${ref}#${digest}#${index}`);
}

/** The row that names the object of a value. A reference has no `#`, and the index of a part is a number. */
export function objectRowKey(owner: Owner, ref: string, digest: string): Key {
  return key(valueKey(owner, ref).pk.S, `${ref}#${digest}#object`);
}

export function ledgerPk(owner: Owner): string {
  return `l#${ownerKey(owner)}`;
}

export function historyPk(owner: Owner): string {
  return `h#${ownerKey(owner)}`;
}

export function streamPk(owner: Owner): string {
  return `s#${ownerKey(owner)}`;
}

export function key(pk: string, sk: string): Key {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** Digits that sort as text like the number, below 10^15. */
export function sortable(number: number): string {
  return String(number).padStart(15, '0');
}

/** Deflates a long text (level 1) if that makes it shorter. */
export function pack(json: string): AttributeValue {
  const bytes = Buffer.from(json);
  if (bytes.length <= DEFLATE_OVER) return { S: json };
  const packed = deflateRawSync(bytes, { level: 1 });
  return packed.length < bytes.length ? { B: packed } : { S: json };
}

export function unpack(value: AttributeValue | undefined): string {
  return value?.B ? inflateRawSync(value.B).toString() : text(value);
}

/** @throws Error when the attribute is not a string: another program wrote the item */
export function text(value: AttributeValue | undefined): string {
  if (value?.S === undefined)
    throw new Error(
      'An item of the flow table lacks a text attribute, so another program wrote it. Delete it or use another table.',
    );
  return value.S;
}
