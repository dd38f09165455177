/** Short texts of callers that stay in the head or the ledger. */
import { FlowError, type FlowErrorCode } from '../../errors/errors.ts';
import type { Text } from '../../flow/options/calls.ts';
import { problemOf } from '../../flow/options/check.ts';

export interface TextRules {
  readonly schema: Text;
  /** What it is said to be in the message; default the name. */
  readonly what?: string;
  readonly code?: Extract<FlowErrorCode, 'invalid_request' | 'invalid_value'>;
}

/** The member of that name, or nothing for a text that is not given. @throws FlowError */
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
