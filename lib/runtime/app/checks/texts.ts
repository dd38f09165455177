/** Checks of short texts that callers pass and that are stored in the head or the ledger. */
import { FlowError, type FlowErrorCode } from '../../../errors/errors.ts';
import type { Text } from '../../../flow/options/calls.ts';
import { problemOf } from '../../../flow/options/check.ts';

export interface TextRules {
  readonly schema: Text;
  /** What the message calls the text; default: its name. */
  readonly what?: string;
  readonly code?: Extract<FlowErrorCode, 'invalid_request' | 'invalid_value'>;
}

/**
 * Returns `{ [name]: text }`, or `{}` when the text is `undefined`.
 * @throws FlowError with `code` when the text does not match
 */
export function textOf<Name extends string>(
  name: Name,
  text: unknown,
  { schema, what = name, code = 'invalid_request' }: TextRules,
): { readonly [key in Name]?: string } {
  if (text === undefined) return {};
  const problem = problemOf(schema, text, `The ${what}`);
  if (problem !== undefined) throw new FlowError(code, problem);
  return { [name]: String(text).toWellFormed() } as { readonly [key in Name]?: string };
}
