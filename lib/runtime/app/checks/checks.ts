/** Checks of values that callers and chunks pass: sizes, state paths, numbers, ids, TTLs. */
import { bytesOf } from '../../../engine/values/pack.ts';
import { splitPath } from '../../../engine/values/state-writes.ts';
import { FlowError } from '../../../errors/errors.ts';
import { LONGEST_WAIT } from '../../../flow/checks/definition.ts';
import { ID, ID_RULE } from '../../../flow/ids.ts';
import type { Json } from '../../../flow/json.ts';
import { MAX_VALUE_BYTES } from '../../../ports/value-store.ts';

/** Longest TTL of a host lease, in milliseconds (100 years). */
export const LONGEST_LEASE = LONGEST_WAIT;

const FORBIDDEN = new Set(['', '__proto__', 'constructor', 'prototype']);

/**
 * @param bounds.limit most bytes of JSON; default 16 MB
 * @param bounds.before bytes of the list that the value is added to
 * @throws FlowError `value_too_large`
 */
export function checkSize(
  value: Json,
  where: string,
  { limit = MAX_VALUE_BYTES, before = 0 }: { readonly limit?: number; readonly before?: number } = {},
): Json {
  const size = before + bytesOf(value);
  if (size <= limit) return value;
  throw new FlowError(
    'value_too_large',
    `${where}: ${size} bytes of JSON; the limit is ${limit}. Store it elsewhere and pass a reference.`,
  );
}

export function checkPath(path: string, what = 'state'): { readonly key: string; readonly steps: readonly string[] } {
  const parts = splitPath(path);
  if ([parts.key, ...parts.steps].some((part) => FORBIDDEN.has(part))) {
    throw new FlowError(
      'invalid_value',
      `${what} path "${path}" has an empty or forbidden part. Rename that part of the path.`,
      {
        details: { path },
      },
    );
  }
  return parts;
}

export function checkNumber(by: unknown, path: string, what = 'state'): number {
  if (typeof by === 'number' && Number.isFinite(by)) return by;
  throw new FlowError(
    'invalid_value',
    `${what}.increment("${path}"): the amount is not a finite number. Pass a finite number.`,
    { details: { path } },
  );
}

/** @throws FlowError `invalid_request` */
export function checkId(id: string): string {
  if (ID.test(id)) return id;
  throw new FlowError('invalid_request', `The id is ${JSON.stringify(id.slice(0, 100))}: use ${ID_RULE}.`);
}

/** @throws FlowError `invalid_request` */
export function checkTtl(ttl: number): number {
  if (ttl > 0 && ttl <= LONGEST_LEASE) return ttl;
  throw new FlowError(
    'invalid_request',
    `The ttl of a lease is ${ttl}. Pass milliseconds, more than 0 and at most 100 years.`,
  );
}
