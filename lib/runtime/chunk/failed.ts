/** What a thrown thing means for an attempt: which error is kept, and whether and when the attempt is repeated. */
import { defined } from '../../defined.ts';
import type { Outcome } from '../../engine/events.ts';
import { FatalError, FlowError, type FlowErrorCode, RetryableError } from '../../errors/errors.ts';
import { member, readThrown } from '../../errors/thrown.ts';
import type { Ports } from '../../ports/ports.ts';
import { dateOf } from '../app/times.ts';

/** The refusals of the engine inside a chunk that another attempt can't mend. */
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

/** Milliseconds from now; `undefined` for whatever is neither a number nor a time. */
function millisecondsTo(time: unknown, now: number): number | undefined {
  const ms = typeof time === 'bigint' || typeof time === 'number' ? Number(time) : dateOf(time) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
