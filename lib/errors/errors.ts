/**
 * Errors with stable codes. Every message says what happened, where, and what to do. Expected races are return values
 * of ports and client, not errors.
 */
import { framesOf } from './stack-frames.ts';
import { clip, member, nameOf } from './thrown.ts';

const CODES = [
  'definition_invalid',
  'definition_missing',
  'newer_format',
  'unknown_flow',
  'unknown_execution',
  'unknown_route',
  'invalid_request',
  'invalid_input',
  'invalid_value',
  'body_too_large',
  'value_too_large',
  'value_damaged',
  'head_too_large',
  'execution_conflict',
  'conflict',
  'mismatch',
  'gone',
  'erased',
  'retention_over',
  'pending_interrupts',
  'not_failed',
  'rerun_unavailable',
  'interventions_off',
  'interventions_closed',
  'invalid_pause',
  'missing_resource',
  'missing_setting',
  'lease_expired',
  'snapshot_invalid',
  'definition_mismatch',
  'close_timeout',
  'contention',
  'nondeterministic_chunk',
  'invocation_ended',
  'lease_lost',
] as const;

/** The codes of all errors that this package throws. They are stable and appear in HTTP bodies as `code`. */
export type FlowErrorCode = (typeof CODES)[number];

export interface FlowErrorOptions {
  /** Machine-readable facts: a path, an id, the time of a decision. Never secrets or payloads. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Marks errors of this package. A global symbol, so that another copy of the package recognises them. */
const OWN = Symbol.for('durable-triggerflow.error');

/** The error class of this package. Switch on `code`. */
export class FlowError<Code extends FlowErrorCode = FlowErrorCode> extends Error {
  override readonly name = 'FlowError';
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: FlowErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get [OWN](): true {
    return true;
  }

  /** True for a `FlowError`, also for one from another realm or another copy of this package. */
  static is(error: unknown): error is FlowError {
    return nameOf(error) === 'FlowError' && typeof member(error, 'code') === 'string';
  }
}

/** Marks the class and its subclasses. A global symbol, so that another copy of the package recognises them. */
const FATAL = Symbol.for('durable-triggerflow.fatal');
const RETRYABLE = Symbol.for('durable-triggerflow.retryable');

/** A chunk throws it to fail without a retry. */
export class FatalError extends Error {
  override readonly name: string = 'FatalError';

  get [FATAL](): true {
    return true;
  }

  /** True for a `FatalError`, by mark or name: also from another realm or another copy of this package. */
  static is(error: unknown): boolean {
    return member(error, FATAL) === true || nameOf(error) === 'FatalError';
  }
}

/**
 * A chunk throws it to retry, if attempts are left, after `retryAfter`: milliseconds from now, or a Date. A longer
 * delay of the retry policy wins. The maximum is a year.
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

  /** True for a `RetryableError`, by mark or name: also from another realm or another copy of this package. */
  static is(error: unknown): boolean {
    return member(error, RETRYABLE) === true || nameOf(error) === 'RetryableError';
  }
}

/** Error names that may be logged: identifiers, as classes have them. Any other text is not logged. */
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;
const DETAIL_LENGTH = 500;
/** Codes of deployment faults. Their messages name settings, flows and chunks, and never quote a value. */
const EXPLAINED: ReadonlySet<unknown> = new Set<FlowErrorCode>([
  'definition_invalid',
  'definition_missing',
  'newer_format',
  'missing_setting',
  'lease_lost',
  'invocation_ended',
  'contention',
  'head_too_large',
]);

/** Fields of a log line about an error. */
export type Fault = {
  readonly error: string;
  readonly code?: FlowErrorCode;
  readonly detail?: string;
  readonly at: readonly string[];
};

/**
 * The loggable facts of an error thrown by app code: its name, its code if it is one of this package, and its stack
 * frames.
 */
export function describeThrown(error: unknown): Fault {
  const [name = typeof error, code] = [nameOf(error), codeOf(error)];
  return {
    error: NAME.test(name) ? name : 'Error',
    ...(code === undefined ? {} : { code }),
    at: framesOf(error),
  };
}

/**
 * The loggable facts of an unexpected error. Messages of foreign errors are left out, because they may quote a caller's
 * data.
 */
export function describeFault(error: unknown): Fault {
  const { at, ...fault } = describeThrown(error);
  const detail = member(error, 'message');
  const isExplained = EXPLAINED.has(fault.code) && typeof detail === 'string';
  return { ...fault, ...(isExplained ? { detail: clip(detail, DETAIL_LENGTH) } : {}), at };
}

/** Failure codes of the engine. */
const FAILURES: readonly string[] = [
  'hop_budget',
  'poison',
  'timeout',
  'deadline_exceeded',
  'interrupt_expired',
  'completion_unreachable',
];

/** The code of a failure if it may be logged, else `null`: a chunk may give its errors any text as code. */
export function loggedCode(code: string | undefined): string | null {
  const isOurs = code !== undefined && [...CODES, ...FAILURES].includes(code);
  return isOurs ? code : null;
}

/** The code of an error of this package. Other errors may have the same name, so the mark decides. */
function codeOf(error: unknown): FlowErrorCode | undefined {
  const code = member(error, 'code');
  return member(error, OWN) === true ? CODES.find((each) => each === code) : undefined;
}
