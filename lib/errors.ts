/**
 * Coded errors. Every message says what happened, where, and what to do. Expected races are never errors:
 * ports and the client answer them as values.
 */
import { clip, member, nameOf } from './thrown.ts';

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

  /** True for a `FlowError`, also one of another realm or of another copy of this package. */
  static is(error: unknown): error is FlowError {
    return nameOf(error) === 'FlowError' && typeof member(error, 'code') === 'string';
  }
}

/** Marks the class and what extends it, also across copies of this package. */
const FATAL = Symbol.for('durable-triggerflow.fatal');
const RETRYABLE = Symbol.for('durable-triggerflow.retryable');

/** Thrown by a chunk: do not retry, this attempt was the last one. */
export class FatalError extends Error {
  override readonly name: string = 'FatalError';

  get [FATAL](): true {
    return true;
  }

  /** By mark or name: also one of another realm or of another copy of this package. */
  static is(error: unknown): boolean {
    return member(error, FATAL) === true || nameOf(error) === 'FatalError';
  }
}

/**
 * Thrown by a chunk: retry (if attempts are left) no sooner than `retryAfter`, in milliseconds from now or as a Date. The
 * pause of the retry policy is kept in any case; at most a year is waited.
 */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
  readonly retryAfter: number | Date;

  constructor(message: string, options: { readonly retryAfter: number | Date; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfter = options.retryAfter;
  }

  get [RETRYABLE](): true {
    return true;
  }

  /** By mark or name: also one of another realm or of another copy of this package. */
  static is(error: unknown): boolean {
    return member(error, RETRYABLE) === true || nameOf(error) === 'RetryableError';
  }
}

/** Characters of a stack that are looked at, and of what is logged of it. */
const STACK_LENGTH = 16_000;
const LINE_LENGTH = 500;

/**
 * What may be logged of an unexpected error: its name, its code and where it came from. Messages of foreign errors may quote
 * what a caller sent, so they are left out.
 */
export function describeFault(error: unknown): Readonly<Record<string, string | readonly string[]>> {
  const stack = member(error, 'stack');
  const lines = typeof stack === 'string' ? clip(stack, STACK_LENGTH).split('\n') : [];
  const at = lines.map((line) => clip(line.trim(), LINE_LENGTH)).filter((line) => /^at .*:\d+\)?$/.test(line));
  const detail = member(error, 'message');
  const own = FlowError.is(error)
    ? { code: error.code, ...(typeof detail === 'string' ? { detail: clip(detail, LINE_LENGTH) } : {}) }
    : {};
  return { error: nameOf(error) ?? typeof error, ...own, at: at.slice(0, 8) };
}
