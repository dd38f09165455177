/**
 * Channels of `node:diagnostics_channel` for a host in the same process.
 * `ATTEMPTS`: a store bound to it holds the running attempt, also in asynchronous work that the chunk does not await.
 * `FAILED_ATTEMPTS`: publishes each failed attempt once its failure is committed. Subscribers get the error itself;
 * logs never do.
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
  /** The thrown value. */
  readonly error: unknown;
  /** Time of the retry (ms since the epoch). Absent: the failure is final. */
  readonly nextAt?: number;
}

export const FAILED_ATTEMPTS = 'durable-triggerflow:failed-attempt';

const attempts = channel(ATTEMPTS);
const failedAttempts = channel(FAILED_ATTEMPTS);

export function inAttempt<T>(info: AttemptInfo, work: () => T): T {
  return attempts.runStores(info, work);
}

/** Whether a subscriber reports failed attempts, so that the log need not. */
export function hasFailureListener(): boolean {
  return failedAttempts.hasSubscribers;
}

export function publishFailure(attempt: FailedAttempt): void {
  failedAttempts.publish(attempt);
}
