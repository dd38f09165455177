/**
 * Coded errors. Every message says what happened, where, and what to do. Expected races are never errors:
 * ports and the client answer them as values.
 */
import { framesOf } from './stack-frames.ts';
import { clip, member, nameOf } from './thrown.ts';

const CODES = [
  'definition_invalid',
  'definition_missing',
  'unknown_flow',
  'unknown_execution',
  'unknown_route',
  'invalid_request',
  'invalid_input',
  'invalid_value',
  'body_too_large',
  'value_too_large',
  'head_too_large',
  'execution_conflict',
  'conflict',
  'mismatch',
  'gone',
  'pending_interrupts',
  'not_failed',
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

/** The stable codes of everything this package throws; they appear on the wire as `code`. */
export type FlowErrorCode = (typeof CODES)[number];

export interface FlowErrorOptions {
  /** Facts for programs: a path, an id, the time of a decision. Never secrets or payloads. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Marks what this package throws, also across copies of it. */
const OWN = Symbol.for('durable-triggerflow.error');

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

  get [OWN](): true {
    return true;
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

/** Names of errors, as classes have them: text of any other kind is not logged. */
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;
const DETAIL_LENGTH = 500;
/** Codes of faults of a deployment. Their messages name settings, flows and chunks, and quote no value. */
const EXPLAINED: ReadonlySet<unknown> = new Set<FlowErrorCode>([
  'definition_invalid',
  'definition_missing',
  'missing_setting',
  'lease_lost',
  'invocation_ended',
  'contention',
  'head_too_large',
]);

/** Fields of a log line. */
export type Fault = {
  readonly error: string;
  readonly code?: FlowErrorCode;
  readonly detail?: string;
  readonly at: readonly string[];
};

/** What may be logged of an error that code of an app threw: its name, a code of ours, and where it was made. */
export function describeThrown(error: unknown): Fault {
  const [name = typeof error, code] = [nameOf(error), codeOf(error)];
  return {
    error: NAME.test(name) ? name : 'Error',
    ...(code === undefined ? {} : { code }),
    at: framesOf(error),
  };
}

/**
 * What may be logged of an unexpected error of the engine or of what it calls. Messages of foreign errors may quote what a
 * caller sent, so they are left out.
 */
export function describeFault(error: unknown): Fault {
  const { at, ...fault } = describeThrown(error);
  const detail = member(error, 'message');
  const isExplained = EXPLAINED.has(fault.code) && typeof detail === 'string';
  return { ...fault, ...(isExplained ? { detail: clip(detail, DETAIL_LENGTH) } : {}), at };
}

/** Failures that the engine makes itself. */
const FAILURES: readonly string[] = ['hop_budget', 'poison', 'timeout', 'deadline_exceeded', 'interrupt_expired'];

/** The code of a failure for a log: codes that chunks give their errors may be text of any kind. */
export function loggedCode(code: string | undefined): string | null {
  const isOurs = code !== undefined && [...CODES, ...FAILURES].includes(code);
  return isOurs ? code : null;
}

/** Of errors of this package alone: others may bear the same name. */
function codeOf(error: unknown): FlowErrorCode | undefined {
  const code = member(error, 'code');
  return member(error, OWN) === true ? CODES.find((each) => each === code) : undefined;
}
