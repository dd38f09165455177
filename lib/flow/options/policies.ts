/** Retry, timeout and error policies: one set of schemas for definitions, documents, starts and stored heads. */
import { z } from 'zod';
import { checkFits } from './check.ts';
import { type AllOptional, allOptional, type ObjectOf } from './optional.ts';

const WHOLE = 'use a whole number of at least 1';
const DELAY = 'use 0 or more milliseconds';
const FACTOR = 'use a number of at least 1';
const JITTER = 'use a number from 0 to 1';
const TIMEOUT = 'use more than 0 milliseconds';
const ON_ERROR = "use 'fail', 'skip' or { handler }";

export const atLeastOne = z.int(WHOLE).min(1, WHOLE);

const retry = {
  /** Maximum number of attempts, including the first. Default 3. */
  maxAttempts: atLeastOne,
  /** Milliseconds before the second attempt, 0 or more. Default 1,000. */
  initialDelay: z.number(DELAY).min(0, DELAY),
  /** Factor by which each further delay grows, 1 or more. Default 2. */
  factor: z.number(FACTOR).min(1, FACTOR),
  /** Random share of the delay, 0 to 1. Default 0.2. */
  jitter: z.number(JITTER).min(0, JITTER).max(1, JITTER),
};

/** @param object how unknown members are treated */
const members = (object: ObjectOf) => ({
  retry: allOptional(retry, object),
  /** Milliseconds an attempt may take, more than 0. Default: the time budget of the worker. */
  timeout: z.number(TIMEOUT).gt(0, TIMEOUT),
  /** What happens after the last attempt has failed. Default `fail`. */
  onError: z.union([z.enum(['fail', 'skip']), object({ handler: z.string() })], ON_ERROR) as z.ZodType<ErrorPolicy>,
});

export type RetryPolicy = Required<AllOptional<typeof retry>>;

/**
 * What happens after the last attempt has failed.
 * - `fail`: the execution fails.
 * - `skip`: the branch ends.
 * - `{ handler }`: the chunk of that name at the top level receives `{ error, input }`. Steps wired after it there follow, in
 *   the scope of the failed activation. If an operator waits for the failed chunk, it receives the handler's output instead.
 */
export type ErrorPolicy = 'fail' | 'skip' | { readonly handler: string };

/** Policy of a chunk. An option comes from the chunk, else from the execution's `defaults`, else from the flow's `defaults`. */
export type ChunkPolicy = AllOptional<ReturnType<typeof members>>;

export const policy = allOptional(members(z.strictObject));
/** Schema in a stored head. Keeps unknown members, which a later version may have written. */
export const storedPolicy = allOptional(members(z.looseObject), z.looseObject);

const { onError: _, ...limits } = members(z.object);
const writtenLimits = allOptional(limits, z.object);

/** @throws FlowError `definition_invalid` */
export function checkPolicy(where: string, { retry, timeout }: Pick<ChunkPolicy, 'retry' | 'timeout'>): void {
  checkFits(writtenLimits, { retry, timeout }, where);
}

/** Upper bounds of HTTP callers' options, for flows that set no limit themselves. */
const MOST_ATTEMPTS = 10_000;
const MOST_FACTOR = 1_000;
const YEAR = 365 * 24 * 3_600_000;
const milliseconds = z.int(DELAY).max(YEAR, 'use at most one year in milliseconds');

/** Policy in an HTTP start. Handlers are not allowed: an HTTP caller must not choose which chunk runs. */
export const httpPolicy = allOptional({
  retry: allOptional({
    maxAttempts: atLeastOne.max(MOST_ATTEMPTS),
    initialDelay: milliseconds.min(0, DELAY),
    factor: retry.factor.max(MOST_FACTOR),
    jitter: retry.jitter,
  } satisfies typeof retry),
  timeout: milliseconds.min(1, TIMEOUT),
  onError: z.enum(['fail', 'skip']),
});
