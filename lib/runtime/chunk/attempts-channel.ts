/**
 * Channels of `node:diagnostics_channel` for a host in the same process. `ATTEMPTS`: a store that is bound to it holds the attempt
 * whose code runs, also in what the chunk left behind without awaiting it. `FAILED_ATTEMPTS`: each attempt that failed, once its
 * end is stored. Its subscribers get the error itself, which no log does.
 */
import { channel } from 'node:diagnostics_channel';

export interface AttemptInfo {
  readonly executionId: string;
  readonly flow: string;
  readonly chunk: string;
  readonly attempt: number;
}

export const ATTEMPTS = 'durable-triggerflow:attempt';

export interface FailedAttempt extends AttemptInfo {
  /** What was thrown. */
  readonly error: unknown;
  /** When it is tried again (ms). Absent: it has failed for good. */
  readonly nextAt?: number;
}

export const FAILED_ATTEMPTS = 'durable-triggerflow:failed-attempt';

const attempts = channel(ATTEMPTS);
const failedAttempts = channel(FAILED_ATTEMPTS);

export function inAttempt<T>(info: AttemptInfo, work: () => T): T {
  return attempts.runStores(info, work);
}

/** Somebody says it instead of the log. */
export function hearsFailures(): boolean {
  return failedAttempts.hasSubscribers;
}

export function tellFailure(attempt: FailedAttempt): void {
  failedAttempts.publish(attempt);
}
