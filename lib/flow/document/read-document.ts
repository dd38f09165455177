/** Reads documents from outside: checks that the value is bounded, plain JSON, then its shape. */
import type { z } from 'zod';
import { checkJson, MAX_DEPTH } from '../json.ts';

/** Most values of a document, more than the largest graph has. Nested YAML aliases could expand to far more. */
const MOST = 2 ** 19;

/** @returns a copy of the value, or its problems */
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
    return { problems: [problem instanceof Error ? problem.message : 'document: is not JSON'] };
  }
}
