/** Documents from outside: first bounded and plain JSON, then of a shape. */
import type { z } from 'zod';
import { checkJson, MAX_DEPTH } from '../json.ts';

/** More than the largest graph needs. YAML with aliases to aliases would have many more. */
const MOST = 2 ** 19;

/** The value as a copy, or everything that is wrong with it. */
export function readShape<T>(
  shape: z.ZodType<T>,
  value: unknown,
): { readonly document: T } | { readonly problems: readonly string[] } {
  try {
    const document = checkJson(value, 'document', { deepest: MAX_DEPTH, most: MOST });
    const { error } = shape.safeParse(document);
    if (!error) return { document: document as T };
    return { problems: error.issues.map(({ path, message }) => `${path.join('.') || 'document'}: ${message}`) };
  } catch (problem) {
    return { problems: [problem instanceof Error ? problem.message : 'document: no JSON'] };
  }
}
