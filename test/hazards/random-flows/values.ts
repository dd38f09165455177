/** Values of random flows: what a chunk makes of its input, and values of many sizes and shapes. */
import { canonical, type Json } from '../../../lib/flow/json.ts';

export type Shape = 'same' | 'wrap' | 'digest' | 'pad' | 'list' | 'lists' | 'deep' | 'empty' | 'null' | 'huge' | 'text';

const UNICODE = 'é✓ 漢字 😀 \u2028"\\';
const MOST_BYTES = 4_000;
const MOST_DEPTH = 9;

/** A number that depends on the text only (FNV-1a). */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

export const hashOf = (value: Json): number => hashText(canonical(value));

export const digestOf = (value: Json): string => `#${hashOf(value).toString(36)}`;

function depthOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Values that grow with each chunk end as digests. */
function clamp(value: Json): Json {
  return depthOf(value) > MOST_DEPTH || canonical(value).length > MOST_BYTES ? digestOf(value) : value;
}

/** A value of one of many kinds, chosen by the number. */
export function valueOfKind(n: number): Json {
  const kind = n % 11;
  const text = (bytes: number) => `${n}:${'x'.repeat(bytes)}`;
  if (kind < 3) return n % 1000;
  if (kind === 3) return text(50 + (n % 250));
  if (kind === 4) return n % 3 === 0 ? text(3_000) : text(400);
  if (kind === 5) return { n, list: [n % 7, text(20), [n % 5]], of: { text: UNICODE } };
  if (kind === 6) return [n % 13, text(30), null];
  if (kind === 7) return null;
  if (kind === 8) return `${UNICODE}${n}`;
  if (kind === 9) return n % 2 === 0 ? [] : {};
  return { text: text(120), flag: n % 2 === 0 };
}

const listOf = (length: number, of: (i: number) => Json): Json => Array.from({ length }, (_, i) => of(i));

/** What a chunk makes of its input. `size` is the number of items, or of bytes. */
export function shaped(shape: Shape, size: number, input: Json): Json {
  const seed = hashOf(input) % 10_000_000;
  if (shape === 'same') return input;
  if (shape === 'digest') return digestOf(input);
  if (shape === 'null') return null;
  if (shape === 'empty') return [];
  if (shape === 'pad') return { of: digestOf(input), pad: `${UNICODE}${'p'.repeat(size)}` };
  if (shape === 'wrap') return { value: clamp(input), list: [1, clamp(input)] };
  if (shape === 'huge') return listOf(size * 5, (i) => `${seed + i}${'h'.repeat(5_000)}`);
  if (shape === 'text') return `${seed}${'t'.repeat(size * 25_000)}`;
  if (shape === 'list') return listOf(size, (i) => valueOfKind(seed + i * 7));
  if (shape === 'lists') return listOf(size, (i) => listOf((seed + i) % 6, (k) => valueOfKind(seed + i * 31 + k)));
  return listOf(size, (i) =>
    listOf((seed + i) % 4, (k) => listOf((seed + k) % 4, (m) => valueOfKind(seed + i * 31 + k * 5 + m))),
  );
}

const isLong = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value;

/** The value as plain JSON: a list of many bytes comes as a `LongList`. */
export async function plain(value: unknown): Promise<Json> {
  if (value === null || typeof value !== 'object') return value as Json;
  if (isLong(value)) {
    const items: Json[] = [];
    for await (const item of value) items.push(await plain(item));
    return items;
  }
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  const members = Object.entries(value).map(async ([key, each]) => [key, await plain(each)] as const);
  return Object.fromEntries(await Promise.all(members));
}
