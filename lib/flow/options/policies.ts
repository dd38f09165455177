/** Retries, timeouts and what follows a failure: one schema for definitions, documents, starts and stored heads. */
import { z } from 'zod';
import { checkFits } from './check.ts';
import { type AllOptional, allOptional, type ObjectOf } from './optional.ts';

const WHOLE = 'use a whole number of at least 1';
const DELAY = 'use 0 or more milliseconds';
const FACTOR = 'use a number of at least 1';
const JITTER = 'use a number from 0 to 1';
const TIMEOUT = 'use more than 0 milliseconds';
const ON_ERROR = "use 'fail', 'skip' or a handler";

export const atLeastOne = z.int(WHOLE).min(1, WHOLE);

const retry = {
  /** Attempts in all, the first one included. Default 3. */
  maxAttempts: atLeastOne,
  /** Milliseconds before the second attempt. Default 1,000. */
  initialDelay: z.number(DELAY).min(0, DELAY),
  /** Each further delay is this many times the one before. Default 2. */
  factor: z.number(FACTOR).min(1, FACTOR),
  /** Share of the delay that is random, 0 to 1. Default 0.2. */
  jitter: z.number(JITTER).min(0, JITTER).max(1, JITTER),
};

/** @param object what it makes of members that are not known */
const members = (object: ObjectOf) => ({
  retry: allOptional(retry, object),
  /** Milliseconds an attempt may take. Default: the worker's budget. */
  timeout: z.number(TIMEOUT).gt(0, TIMEOUT),
  /** Default `fail`. */
  onError: z.union([z.enum(['fail', 'skip']), object({ handler: z.string() })], ON_ERROR) as z.ZodType<ErrorPolicy>,
});

export type RetryPolicy = Required<AllOptional<typeof retry>>;

/**
 * After the last attempt: fail the execution, end the branch, or give `{ error, input }` to a handler chunk. The handler is a
 * node of the top level; what is written behind it there follows, in the scope of the failed activation. Where an operator waits
 * for the failed chunk, the handler's output takes its place.
 */
export type ErrorPolicy = 'fail' | 'skip' | { readonly handler: string };

/** What a chunk, a flow's `defaults` or an execution's `defaults` may say; the first of the three that speaks wins. */
export type ChunkPolicy = AllOptional<ReturnType<typeof members>>;

export const policy = allOptional(members(z.strictObject));
/** Of a stored head: members of later versions are let through. */
export const storedPolicy = allOptional(members(z.looseObject), z.looseObject);

const { onError: _, ...limits } = members(z.object);
const writtenLimits = allOptional(limits, z.object);

/** @throws FlowError `definition_invalid` */
export function checkPolicy(where: string, { retry, timeout }: Pick<ChunkPolicy, 'retry' | 'timeout'>): void {
  checkFits(writtenLimits, { retry, timeout }, where);
}

/** Bounds of what HTTP callers may ask for where the flow states nothing. */
const MOST_ATTEMPTS = 10_000;
const MOST_FACTOR = 1_000;
const YEAR = 365 * 24 * 3_600_000;
const milliseconds = z.int(DELAY).max(YEAR, 'use a year at most');

/** Handlers are the flow's affair. */
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
