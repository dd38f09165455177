/** Lists of the API, page by page. */
import { z } from 'zod';
import type { Given } from '../given.ts';
import { UsageError } from '../usage.ts';
import type { Api, Request } from './api.ts';

const PAGE = 100;
const DEFAULT = 50;

/** Pages of at most 100 items, until the list ends or `most` are read. */
export async function* pages<T>(
  api: Api,
  request: Pick<Request, 'path' | 'query'>,
  item: z.ZodType<T>,
  most: number,
): AsyncIterable<readonly T[]> {
  const Page = z.looseObject({ items: z.array(item), cursor: z.string().optional() });
  let cursor: string | undefined;
  for (let left = most; left > 0; ) {
    const query = { ...request.query, limit: Math.min(PAGE, left), cursor };
    const page = await api.call({ method: 'GET', path: request.path, query }, Page);
    yield page.items;
    cursor = page.cursor;
    left -= page.items.length;
    if (cursor === undefined) return;
  }
}

/** How many items the caller wants. @throws UsageError */
export function mostOf(given: Given): number {
  const limit = given.number('limit', 1, 1_000_000);
  if (!given.flag('all')) return limit ?? DEFAULT;
  if (limit !== undefined) throw new UsageError('--limit and --all exclude each other. Give one of them.');
  return Infinity;
}
