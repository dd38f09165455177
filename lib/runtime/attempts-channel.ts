/**
 * Says which attempt the code belongs to that runs at the moment. Whoever binds a store to this channel of
 * `node:diagnostics_channel` finds the attempt there, also in what the chunk left behind without awaiting it.
 */
import { channel } from 'node:diagnostics_channel';

export interface AttemptInfo {
  readonly executionId: string;
  readonly flow: string;
  readonly chunk: string;
  readonly attempt: number;
}

export const ATTEMPTS = 'durable-triggerflow:attempt';

const attempts = channel(ATTEMPTS);

export function inAttempt<T>(info: AttemptInfo, work: () => T): T {
  return attempts.runStores(info, work);
}
