/** Prints failed attempts of chunks on the console. Unlike log lines, they include the error. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readThrown } from '../../../lib/errors/thrown.ts';
import { FAILED_ATTEMPTS, type FailedAttempt } from '../../../lib/runtime/chunk/attempts-channel.ts';
import type { Log } from '../http/front.ts';
import { sourceOf } from './sources.ts';

/** Returns a function that stops the reports. */
export function reportFailedAttempts(log: Log): () => void {
  const report = (attempt: unknown) => log(failedText(attempt as FailedAttempt, Date.now()));
  subscribe(FAILED_ATTEMPTS, report);
  return () => void unsubscribe(FAILED_ATTEMPTS, report);
}

/** The report of one attempt, without line breaks. */
export function failedText({ chunk, flow, executionId, attempt, error, nextAt }: FailedAttempt, now: number): string {
  const { name, message, causes = [] } = readThrown(error);
  const where = sourceOf(error);
  const why = [`${name}: ${message}`, ...causes].join('; because of ').replaceAll(/\s*[\r\n]\s*/g, ' ');
  return [
    `Chunk "${chunk}" (flow ${flow}, execution ${executionId}) failed in attempt ${attempt}: ${why}`,
    where === undefined ? '' : ` (${where})`,
    `. ${nextText(nextAt, now)}`,
  ].join('');
}

function nextText(nextAt: number | undefined, now: number): string {
  if (nextAt === undefined) return 'It has failed for good.';
  if (nextAt <= now) return 'It is tried again at once.';
  return `It is tried again in ${Math.ceil((nextAt - now) / 100) / 10} s, at ${new Date(nextAt).toISOString()}.`;
}
