/** HTTP responses: the table from code to status, problem documents, JSON. */
import { describeFault, FlowError, type FlowErrorCode } from '../../../errors/errors.ts';
import { clip, member, readThrown } from '../../../errors/thrown.ts';
import type { Json } from '../../../flow/json.ts';
import type { Logger } from '../../../ports/system.ts';

/** A response for API Gateway (payload format 2.0). Header names are in lower case. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Codes besides those of `FlowError`. `unknown`: no such callback, for any reason. `ignored`: a signal that arrived too
 * late. `unavailable`: the store or the queue did not respond. `internal`: a fault without details for the caller.
 * `unauthorized`: the token is missing or invalid. `forbidden`: the caller lacks the permission.
 * `unsupported_media_type`: the content type is not JSON. `actor_required`: only a verified actor may answer.
 * `preview_gone`: there is no such preview of a bulk, or it has expired.
 * `asked_again`: the answer must name its generation. `too_many_links`: no more links of the wait can be revoked.
 */
export type ProblemCode =
  | FlowErrorCode
  | 'unknown'
  | 'ignored'
  | 'unavailable'
  | 'internal'
  | 'unauthorized'
  | 'forbidden'
  | 'actor_required'
  | 'asked_again'
  | 'too_many_links'
  | 'unsupported_media_type'
  | 'preview_gone';

/** The only mapping from codes to statuses. Codes with status 500 are faults of the app: their text is never sent. */
export const PROBLEMS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_input: { status: 400, title: 'The input does not match the flow' },
  unauthorized: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not allowed' },
  actor_required: { status: 403, title: 'Only an authenticated caller may answer this' },
  unknown: { status: 404, title: 'Unknown wait or link' },
  unknown_execution: { status: 404, title: 'Unknown execution' },
  unknown_flow: { status: 404, title: 'Unknown flow' },
  unknown_route: { status: 404, title: 'Unknown route' },
  conflict: { status: 409, title: 'Already answered' },
  asked_again: { status: 409, title: 'The answer must name its generation' },
  too_many_links: { status: 409, title: 'No more links can be revoked' },
  execution_conflict: { status: 409, title: 'The id belongs to another execution' },
  ignored: { status: 409, title: 'The execution takes no more signals' },
  pending_interrupts: { status: 409, title: 'Interrupts are pending' },
  not_failed: { status: 409, title: 'Nothing to retry has failed' },
  rerun_unavailable: { status: 409, title: 'The execution cannot be rerun from there' },
  lease_expired: { status: 409, title: 'The lease has ended' },
  definition_mismatch: { status: 409, title: 'The snapshot has another definition' },
  interventions_off: { status: 409, title: 'The execution takes no interventions' },
  interventions_closed: { status: 409, title: 'The execution takes no more interventions' },
  gone: { status: 410, title: 'The wait can no longer be answered' },
  preview_gone: { status: 410, title: 'There is no such preview any more' },
  erased: { status: 410, title: 'The execution was erased' },
  retention_over: { status: 410, title: 'The execution is no longer kept' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is not JSON' },
  value_too_large: { status: 413, title: 'A value is too large' },
  invalid_value: { status: 422, title: 'The value is not valid' },
  snapshot_invalid: { status: 422, title: 'The snapshot is not valid' },
  mismatch: { status: 422, title: 'The request id was used with another value' },
  definition_missing: { status: 503, title: 'The flow version is not deployed here' },
  newer_format: { status: 503, title: 'A newer version wrote the execution' },
  unavailable: { status: 503, title: 'Temporarily unavailable, try again' },
  contention: { status: 503, title: 'Too many concurrent writes, try again' },
  head_too_large: { status: 507, title: 'The execution has no room for more' },
  value_damaged: { status: 500, title: 'Internal error' },
  definition_invalid: { status: 500, title: 'Internal error' },
  internal: { status: 500, title: 'Internal error' },
  close_timeout: { status: 500, title: 'Internal error' },
  invalid_pause: { status: 500, title: 'Internal error' },
  invocation_ended: { status: 500, title: 'Internal error' },
  lease_lost: { status: 500, title: 'Internal error' },
  nondeterministic_chunk: { status: 500, title: 'Internal error' },
  missing_resource: { status: 500, title: 'Internal error' },
  missing_setting: { status: 500, title: 'Internal error' },
};

/** Most bytes of a response: Lambda allows 6 MB, and counts some characters several times. */
export const MAX_ANSWER_BYTES = 4_000_000;
/** Limits of a problem document (characters, items), so that a large request cannot inflate it. */
const MAX_DETAIL = 4_000;
const MAX_PROBLEMS = 50;
const MAX_PROBLEM = 500;
const CUT = '…';

const SAFE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function json(statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return textual(statusCode, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** One JSON text per line. */
export function jsonLines(statusCode: number, lines: readonly unknown[]): HttpAnswer {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return textual(statusCode, text, { 'content-type': 'application/x-ndjson' });
}

function textual(statusCode: number, text: string, headers: Readonly<Record<string, string>>): HttpAnswer {
  const size = Buffer.byteLength(text);
  if (size > MAX_ANSWER_BYTES) {
    return problem(
      'value_too_large',
      `The response has ${size} bytes; the limit is ${MAX_ANSWER_BYTES}. Request less, for example with a lower limit.`,
    );
  }
  return { statusCode, headers: { ...SAFE, ...headers }, body: text };
}

/** Makes an `application/problem+json` response (RFC 9457). `code` is stable; `detail` is for people. */
export function problem(code: ProblemCode, detail: string, extra: Readonly<Record<string, Json>> = {}): HttpAnswer {
  const { status, title } = PROBLEMS[code];
  const said = clip(detail, MAX_DETAIL, CUT);
  const body = { type: `urn:durable-triggerflow:problem:${code}`, title, status, code, detail: said, ...extra };
  const retry = status === 503 ? { 'retry-after': '1' } : undefined;
  return json(status, body, { 'content-type': 'application/problem+json', ...retry });
}

/**
 * Makes the response to a thrown error: by the table for known codes, else a bare 500. Faults are logged without the
 * messages of foreign errors, which may quote the request.
 */
export function failure(error: unknown, log: Logger): HttpAnswer {
  const coded = FlowError.is(error) && Object.hasOwn(PROBLEMS, error.code) ? error : undefined;
  if (coded && PROBLEMS[coded.code].status !== 500) return problem(coded.code, coded.message, detailsOf(coded));
  log.error('request failed', describeFault(error));
  return isOutage(error)
    ? problem(
        'unavailable',
        'The store did not respond, so the outcome of the request is unknown. Send it again with the same ids.',
      )
    : problem('internal', 'An internal error occurred. The logs of the function have the details.');
}

/** Whether the AWS SDK reports throttling, a timeout or a failed connection. */
function isOutage(error: unknown): boolean {
  const { name, code = '' } = readThrown(error);
  const isRefused = /Timeout|Throttl|Throughput|RequestLimit/.test(name) || /^E(CONN|PIPE|TIMEDOUT)/.test(code);
  return isRefused || member(error, '$fault') === 'server' || member(error, '$retryable') !== undefined;
}

function detailsOf(error: FlowError): Readonly<Record<string, Json>> {
  const [path, problems] = [member(error.details, 'path'), member(error.details, 'problems')];
  return {
    ...(typeof path === 'string' ? { path: clip(path, MAX_PROBLEM, CUT) } : {}),
    ...(Array.isArray(problems) ? { problems: boundedProblems(problems.map(String)) } : {}),
  };
}

function boundedProblems(problems: readonly string[]): string[] {
  const shown = problems.slice(0, MAX_PROBLEMS).map((each) => clip(each, MAX_PROBLEM, CUT));
  const more = problems.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}
