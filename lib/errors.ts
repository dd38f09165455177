/**
 * Coded errors. Every message says what happened, where, and what to do. Expected races are never errors:
 * ports and the client answer them as values.
 */

/** The stable codes of everything this package throws; they appear on the wire as `code`. */
export type FlowErrorCode =
  | 'definition_invalid'
  | 'definition_missing'
  | 'unknown_flow'
  | 'unknown_execution'
  | 'unknown_route'
  | 'invalid_request'
  | 'invalid_input'
  | 'invalid_value'
  | 'body_too_large'
  | 'value_too_large'
  | 'head_too_large'
  | 'execution_conflict'
  | 'conflict'
  | 'mismatch'
  | 'gone'
  | 'pending_interrupts'
  | 'not_failed'
  | 'interventions_off'
  | 'interventions_closed'
  | 'invalid_pause'
  | 'missing_resource'
  | 'missing_setting'
  | 'lease_expired'
  | 'snapshot_invalid'
  | 'definition_mismatch'
  | 'close_timeout'
  | 'contention'
  | 'nondeterministic_chunk'
  | 'invocation_ended'
  | 'lease_lost';

export interface FlowErrorOptions {
  /** Facts for programs: a path, an id, the time of a decision. Never secrets or payloads. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class of the package; switch on `code`. */
export class FlowError<Code extends FlowErrorCode = FlowErrorCode> extends Error {
  override readonly name = 'FlowError';
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: FlowErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for a `FlowError`, also one that another copy of this package made. */
  static is(error: unknown): error is FlowError {
    return error instanceof Error && error.name === 'FlowError' && 'code' in error;
  }
}

/** Thrown by a chunk: do not retry, this attempt was the last one. */
export class FatalError extends Error {
  override readonly name: string = 'FatalError';
}

/** Thrown by a chunk: retry (if attempts are left) no sooner than `retryAfter` milliseconds from now. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly retryAfter: number;

  constructor(message: string, options: { readonly retryAfter: number; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfter = options.retryAfter;
  }
}

/**
 * What may be logged of an unexpected error: its name, its code and where it came from. Messages of foreign errors may quote
 * what a caller sent, so they are left out.
 */
export function describeFault(error: unknown): Readonly<Record<string, string | readonly string[]>> {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n').map((line) => line.trim()) : [];
  const at = lines.filter((line) => /^at .*:\d+\)?$/.test(line)).slice(0, 8);
  const own = error instanceof FlowError ? { code: error.code, detail: error.message } : {};
  return { error: error instanceof Error ? error.name : typeof error, ...own, at };
}
