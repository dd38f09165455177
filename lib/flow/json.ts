/**
 * JSON values: the type, the boundary check, the canonical text and its digests.
 * Every value that is stored or sent has passed `checkJson`.
 */
import { hash } from 'node:crypto';
import { FlowError } from '../errors/errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Deepest nesting accepted. Unbounded depth is unsafe: `JSON.parse` reads 5,000 levels that `JSON.stringify` throws on. */
export const MAX_DEPTH = 32;

export const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Most values counted. Objects that share members can be small in memory and huge as JSON; 16 MB of JSON has fewer. */
const MAX_VALUES = 2 ** 22;

/**
 * Asserts that `value` is plain JSON: no functions, NaN, cycles, class instances, `undefined` in arrays, depth over
 * 32, lone surrogates or prototype keys. Members that are `undefined` are dropped, as `JSON.stringify` does.
 * @returns a deep copy made of plain objects and arrays
 * @throws FlowError `invalid_value` naming the path, such as `output.items[3].when`
 */
export function checkJson(value: unknown, where: string, bounds: JsonBounds = {}): Json {
  const { deepest = MAX_DEPTH, most = MAX_VALUES } = bounds;
  return copyOf(value, where, 0, { deepest, most, left: most });
}

export interface JsonBounds {
  /** Levels of nesting. */
  readonly deepest?: number;
  /** Number of values, nested ones included. */
  readonly most?: number;
}

interface Bounds extends Required<JsonBounds> {
  left: number;
}

function copyOf(value: unknown, where: string, depth: number, bounds: Bounds): Json {
  const fail = (problem: string): never => {
    throw new FlowError('invalid_value', `${where}: ${problem}. Only JSON can be stored.`, {
      details: { path: where },
    });
  };
  if (depth > bounds.deepest) fail(`nested deeper than ${bounds.deepest} levels`);
  bounds.left -= 1;
  if (bounds.left < 0) fail(`more than ${bounds.most} values`);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.isWellFormed() ? value : fail('text with a lone surrogate');
  if (typeof value === 'number') return Number.isFinite(value) ? value : fail(`${value} is not a JSON number`);
  if (Array.isArray(value)) return Array.from(value, (item, i) => copyOf(item, `${where}[${i}]`, depth + 1, bounds));
  if (typeof value !== 'object') return fail(`a value of type ${typeof value}`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) fail('an instance of a class');
  const copy: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) fail(`the key "${key}" is not allowed`);
    if (!key.isWellFormed()) fail('a key with a lone surrogate');
    if (member !== undefined) copy[key] = copyOf(member, `${where}.${key}`, depth + 1, bounds);
  }
  return copy;
}

/** The canonical text of a JSON value: keys sorted, no spaces. Equal values have equal texts. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const object = value as { readonly [key: string]: Json };
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

/** SHA-256 of the canonical text, base64url, 43 characters. */
export function digest(value: Json): string {
  return hash('sha256', canonical(value), 'base64url');
}

/** A deterministic 16-byte id of its parts: 22 characters, base64url. */
export function hashId(...parts: readonly (string | number)[]): string {
  // A part of the text instead of the bytes: thousands of items have an id each.
  const text = hash('sha256', JSON.stringify(parts), 'base64url');
  // Of the last character's six bits two belong to the 16 bytes.
  return text.slice(0, 21) + LAST.charAt(BASE64URL.indexOf(text.charAt(21)) >> 4);
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The characters whose lower four bits are zero. */
const LAST = 'AQgw';
