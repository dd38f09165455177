/** Schemas of arguments other than values, shared by calls in the process, HTTP bodies and queue messages. */
import { z } from 'zod';
import { ID, ID_RULE } from '../ids.ts';
import type { Json } from '../json.ts';

export type Text = ReturnType<typeof textUpTo>;

function textUpTo(most: number) {
  const use = `use a string of 1 to ${most} characters`;
  return z.string(use).min(1, use).max(most, use);
}

/** Correlation of signals: a join combines signals of equal correlation. */
export const correlation = textUpTo(200);
/** Why an execution is cancelled. */
export const reason = textUpTo(200);
export const activationId = textUpTo(200);
/** Target, author, note or consumer of an intervention. Bounded, because the head keeps them. */
export const note = textUpTo(1_000);
/** Name of the caller, as an HTTP caller gives it. */
export const actor = textUpTo(256);
const USE_ID = `use an id of ${ID_RULE}`;
export const executionId = z.string(USE_ID).regex(ID, USE_ID);
/** Idempotency key of a call. The ledger's own ids have a `#`, so no caller can send one. */
export const requestId = executionId;
const USE_GENERATION = 'use a whole number of at least 0';
const USE_WAIT = 'use a number of milliseconds of at least 0';
/** How long a read may wait for what it reads (ms). */
export const wait = z.number(USE_WAIT).min(0, USE_WAIT);
/** Counts the waits that used one id, from 0. */
export const generation = z.int(USE_GENERATION).min(0, USE_GENERATION);
/** Whether a close is refused while waits are pending, or cancels them. */
export const pendingInterrupts = z.enum(['reject', 'cancel'], "use 'reject' or 'cancel'");

/** What a schedule sends at its time, from the template of the stack or a local host. */
export const scheduledStart = z.object({
  flow: z.string(),
  /** Id of the schedule in the flow. */
  schedule: z.string(),
  /** The scheduled time as ISO 8601, not the time of the call. */
  scheduledTime: z.string(),
  input: (z.json() as z.ZodType<Json>).exactOptional(),
});

export type ScheduledStart = Readonly<z.output<typeof scheduledStart>>;

const USE_LIMIT = 'use a whole number from 1 to 100';
/** Of the items of a page. */
export const pageLimit = z.int(USE_LIMIT).min(1, USE_LIMIT).max(100, USE_LIMIT);
export const isoTime = z.iso.datetime({ offset: true, error: 'use an ISO 8601 time, such as 2026-03-01T09:00:00Z' });
export const flowName = z.string();
