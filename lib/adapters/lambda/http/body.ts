/** Request bodies and headers of API Gateway's HTTP API (payload format 2.0). */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ZodType } from 'zod';
import { FlowError } from '../../../errors/errors.ts';
import { ID, ID_RULE } from '../../../flow/ids.ts';
import { checkJson, type Json } from '../../../flow/json.ts';
import { misfitOf } from '../../../flow/options/check.ts';

export type HttpEvent = APIGatewayProxyEventV2;

export const MAX_BODY_BYTES = 256 * 1024;

/**
 * Returns the body as text; empty without a body.
 * @throws FlowError `body_too_large` over `MAX_BODY_BYTES`, `invalid_request` when it is not UTF-8
 */
export function readText(event: Pick<HttpEvent, 'body' | 'isBase64Encoded'>): string {
  const body = event.body ?? '';
  const bytes = event.isBase64Encoded ? Math.floor((body.length * 3) / 4) - 2 : Buffer.byteLength(body);
  if (bytes > MAX_BODY_BYTES) throw tooLarge();
  if (!event.isBase64Encoded) return body;
  const decoded = Buffer.from(body, 'base64');
  if (decoded.length > MAX_BODY_BYTES) throw tooLarge();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(decoded);
  } catch {
    throw new FlowError('invalid_request', 'The body is not UTF-8 text. Encode it as UTF-8.');
  }
}

/**
 * Returns the body as JSON of the given shape.
 * @throws FlowError `body_too_large`, or `invalid_request` naming the path
 */
export function readJson<T>(event: Pick<HttpEvent, 'body' | 'isBase64Encoded'>, shape: ZodType<T>): T {
  return checkShape(shape, parseJson(readText(event), 'body'), 'body');
}

/** Like `readJson`, but an empty body is `{}`. @throws FlowError as `readJson` */
export function readOptionalJson<T>(event: Pick<HttpEvent, 'body' | 'isBase64Encoded'>, shape: ZodType<T>): T {
  return checkShape(shape, parseJson(readText(event) || '{}', 'body'), 'body');
}

/**
 * Parses text as plain JSON: depth, prototype keys and lone surrogates are checked.
 * @throws FlowError `invalid_request` naming the path; the parser's message is omitted, because it quotes the text
 */
export function parseJson(text: string, where: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FlowError('invalid_request', `${where}: the text is not JSON`, { details: { path: where } });
  }
  return checkPlain(value, where);
}

/** `checkJson` for requests: its errors become `invalid_request`. @throws FlowError `invalid_request` */
export function checkPlain(value: unknown, where: string): Json {
  try {
    return checkJson(value, where);
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    throw new FlowError('invalid_request', error.message, { details: error.details });
  }
}

/** @throws FlowError `invalid_request` naming the first path that does not match */
export function checkShape<T>(shape: ZodType<T>, value: unknown, where: string): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const { path: steps = [], message = 'invalid', found, isMalformed } = misfitOf(shape, value) ?? {};
  const path = [where, ...steps].join('.');
  throw new FlowError('invalid_request', `${path}${isMalformed ? ` is ${found}` : ''}: ${message}`, {
    details: { path },
  });
}

/** Returns a header by its lower-case name. API Gateway joins repeated headers with commas. */
export function header(event: Pick<HttpEvent, 'headers'>, name: string): string | undefined {
  return Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Returns the `Idempotency-Key` header, if sent. @throws FlowError `invalid_request` when it is not an id */
export function idempotencyKey(event: Pick<HttpEvent, 'headers'>): string | undefined {
  const key = header(event, 'idempotency-key');
  if (key === undefined || ID.test(key)) return key;
  throw new FlowError('invalid_request', `Idempotency-Key: use ${ID_RULE}`, {
    details: { path: 'Idempotency-Key' },
  });
}

function tooLarge(): FlowError {
  return new FlowError(
    'body_too_large',
    `The body exceeds ${MAX_BODY_BYTES} bytes. Store large data elsewhere and send a reference.`,
  );
}
