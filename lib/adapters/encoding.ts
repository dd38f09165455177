/** Encodings shared by all stores: checked ids, shards, size-limited texts. */
import { createHash } from 'node:crypto';
import { FlowError } from '../errors/errors.ts';
import { ID, ID_RULE } from '../flow/ids.ts';
import type { Json } from '../flow/json.ts';
import type { NewStreamItem } from '../ports/stream-store.ts';
import { MAX_ROW_BYTES, type Owner } from '../ports/value-store.ts';

/** Returns the id for use in a key. @throws FlowError `invalid_request` unless it is an id */
export function checkId(id: string, what: string): string {
  if (ID.test(id)) return id;
  throw new FlowError('invalid_request', `The ${what} is ${JSON.stringify(id.slice(0, 100))}: use ${ID_RULE}.`);
}

/** Returns the shard of an id, 0 to `shards - 1`. Stored keys depend on it, so it must never change. */
export function shardOf(id: string, shards: number): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) % shards;
}

/** Returns the JSON text of a value. @throws FlowError `value_too_large` over `limit` bytes of UTF-8 */
export function sizedText(value: Json, limit: number, what: string): string {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= limit) return text;
  throw new FlowError(
    'value_too_large',
    `${what} has ${bytes} bytes of JSON; the limit is ${limit}. Store large data elsewhere and keep a reference.`,
    {
      details: { bytes, limit },
    },
  );
}

/**
 * Returns the JSON text of a stream item without its position.
 * @throws FlowError `value_too_large` over `MAX_ROW_BYTES`
 */
export function streamItemText({ id, chunk, attempt, item }: NewStreamItem): string {
  return sizedText({ id, chunk, attempt, item }, MAX_ROW_BYTES, `Stream item ${id}`);
}

/** `<executionId>#<inc>`; unambiguous because ids contain no `#`. */
export function ownerKey({ executionId, inc }: Owner): string {
  return `${checkId(executionId, 'execution id')}#${checkId(inc, 'incarnation')}`;
}
