/** Checks of values that callers and chunks pass: sizes, state paths, numbers, ids, TTLs. */
import { bytesOf } from '../../../engine/values/pack.ts';
import { splitPath } from '../../../engine/values/state-writes.ts';
import { FlowError } from '../../../errors/errors.ts';
import { LONGEST_WAIT } from '../../../flow/checks/definition.ts';
import { ID } from '../../../flow/ids.ts';
import type { Json } from '../../../flow/json.ts';
import { MAX_VALUE_BYTES } from '../../../ports/value-store.ts';

/** Longest TTL of a host lease, in milliseconds (100 years). */
export const LONGEST_LEASE = LONGEST_WAIT;

const FORBIDDEN = new Set(['', '__proto__', 'constructor', 'prototype']);

/** @throws FlowError `value_too_large` */
export function checkSize(value: Json, where: string): Json {
  const size = bytesOf(value);
  if (size <= MAX_VALUE_BYTES) return value;
  throw new FlowError(
    'value_too_large',
    `${where}: ${size} bytes of JSON; the limit is ${MAX_VALUE_BYTES}. Store it elsewhere and pass a reference.`,
  );
}

/** Limit of a list, which is stored in parts. Each item has the limit of a value. */
export const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** Checks an input or output: a list may be larger than other values. @throws FlowError `value_too_large` */
export function checkLength(value: Json, where: string): Json {
  if (!Array.isArray(value)) return checkSize(value, where);
  const size = bytesOf(value);
  if (size <= MAX_VALUE_BYTES) return value;
  if (size > MAX_LIST_BYTES) {
    throw new FlowError(
      'value_too_large',
      `${where}: a list of ${size} bytes of JSON; the limit is ${MAX_LIST_BYTES}. Store it elsewhere and pass a reference.`,
    );
  }
  for (const [index, item] of value.entries()) checkSize(item as Json, `${where}[${index}]`);
  return value;
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
  throw new FlowError('invalid_request', `The id ${JSON.stringify(id.slice(0, 40))} must match ${ID.source}.`);
}

/** @throws FlowError `invalid_request` */
export function checkTtl(ttl: number): number {
  if (ttl > 0 && ttl <= LONGEST_LEASE) return ttl;
  throw new FlowError(
    'invalid_request',
    `The ttl of a lease is ${ttl}. Pass milliseconds, more than 0 and at most 100 years.`,
  );
}
