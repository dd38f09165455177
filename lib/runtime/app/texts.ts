/** Short texts of callers that stay in the head or the ledger. */
import { FlowError, type FlowErrorCode } from '../../errors/errors.ts';

export interface TextRules {
  /** Characters. */
  readonly most: number;
  /** What it is said to be in the message; default the name. */
  readonly what?: string;
  readonly code?: Extract<FlowErrorCode, 'invalid_request' | 'invalid_value'>;
}

/** The member of that name, or nothing for a text that is not given. @throws FlowError */
export function textOf<Name extends string>(
  name: Name,
  text: unknown,
  { most, what = name, code = 'invalid_request' }: TextRules,
): { readonly [key in Name]?: string } {
  if (text === undefined) return {};
  if (typeof text === 'string' && text !== '' && text.length <= most) {
    return { [name]: text.toWellFormed() } as { readonly [key in Name]?: string };
  }
  throw new FlowError(code, `The ${what} is a text of 1 to ${most} characters.`);
}
