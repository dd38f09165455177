/** Turns a thrown value into a failed outcome: the stored error, and whether and when to retry. */
import { defined } from '../../defined.ts';
import type { Outcome } from '../../engine/events.ts';
import { FatalError, FlowError, type FlowErrorCode, RetryableError } from '../../errors/errors.ts';
import { member, readThrown } from '../../errors/thrown.ts';
import type { Ports } from '../../ports/ports.ts';
import { dateOf } from '../app/checks/times.ts';

/** Error codes that a retry cannot fix. */
const FATAL: ReadonlySet<FlowErrorCode> = new Set<FlowErrorCode>([
  'missing_resource',
  'invalid_pause',
  'invalid_value',
  'value_too_large',
  'head_too_large',
  'definition_invalid',
  'nondeterministic_chunk',
]);

export function failed(error: unknown, { clock, entropy }: Pick<Ports, 'clock' | 'entropy'>): Outcome {
  const fatal = FatalError.is(error) || (FlowError.is(error) && FATAL.has(error.code));
  const retryAfter = RetryableError.is(error) ? millisecondsTo(member(error, 'retryAfter'), clock.now()) : undefined;
  return {
    kind: 'failed',
    error: readThrown(error),
    fatal,
    entropy: entropy.number(),
    ...defined({ retryAfter }),
  };
}

/** Milliseconds from now; `undefined` unless the value is a number or a time after now. */
function millisecondsTo(time: unknown, now: number): number | undefined {
  const ms = typeof time === 'bigint' || typeof time === 'number' ? Number(time) : dateOf(time) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
