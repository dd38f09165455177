/** Paged lists: query parameters and wire shape. */
import { z } from 'zod';
import type { Page, PagePosition, PageQuery } from '../../../runtime/client/types.ts';
import { decodeCursor, encodeCursor } from './page-cursor.ts';

/** Items per page, as text. */
export const Limit = z
  .string()
  .regex(/^([1-9]\d?|100)$/, 'expected 1 to 100')
  .default('50');

export const PageParameters = z.strictObject({
  limit: Limit,
  cursor: z.string().transform(decodeCursor).optional(),
});

export function toPageQuery({ limit, cursor }: { limit: string; cursor?: PagePosition | undefined }): PageQuery {
  return { limit: Number(limit), ...(cursor ? { after: cursor } : {}) };
}

export async function pageOnWire<Item>({ items, next }: Page<Item>, onWire: (item: Item) => object | Promise<object>) {
  return { items: await Promise.all(items.map(onWire)), ...(next ? { cursor: encodeCursor(next) } : {}) };
}
