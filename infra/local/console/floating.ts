/** Logs unhandled rejections together with the execution that caused them, so that they do not end the host. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { ATTEMPTS, type AttemptInfo } from '../../../lib/runtime/chunk/attempts-channel.ts';
import { describe, type Log } from '../http/front.ts';

/** Returns a function that stops the reports. */
export function reportFloatingRejections(log: Log): () => void {
  const attempts = new AsyncLocalStorage<AttemptInfo>();
  const bound = channel(ATTEMPTS);
  bound.bindStore(attempts);
  const report = (reason: unknown) => log(floatingText(attempts.getStore(), reason));
  process.on('unhandledRejection', report);
  return () => {
    process.off('unhandledRejection', report);
    bound.unbindStore(attempts);
  };
}

export function floatingText(attempt: AttemptInfo | undefined, reason: unknown): string {
  const where = attempt
    ? `Chunk "${attempt.chunk}" (flow ${attempt.flow}, execution ${attempt.executionId}, attempt ${attempt.attempt})`
    : 'Something';
  return `${where} left a promise behind that was rejected; await it, or catch its error: ${describe(reason)}`;
}
