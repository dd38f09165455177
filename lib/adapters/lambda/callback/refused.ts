/** A post that was refused for one of its fields, so that the form can be shown again with what was written. */
import { FlowError } from '../../../errors/errors.ts';
import { clip } from '../../../errors/thrown.ts';
import { PROBLEMS } from '../http/respond.ts';
import type { Refused } from './inputs.ts';

const MOST = 500;

/** `undefined`: the form would not help. */
export function refusedPost(error: unknown, text: string): (Refused & { readonly status: number }) | undefined {
  if (!FlowError.is(error) || (error.code !== 'invalid_value' && error.code !== 'invalid_request')) return undefined;
  const { details } = error;
  const path = 'path' in details && typeof details.path === 'string' ? details.path : undefined;
  const message =
    path !== undefined && error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message;
  return {
    status: PROBLEMS[error.code].status,
    given: new Map(new URLSearchParams(text)),
    message: clip(message, MOST, '…'),
    ...(path === undefined ? {} : { path }),
  };
}
