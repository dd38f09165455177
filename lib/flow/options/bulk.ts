/** Acts on many executions at once: requests, and the input of the flow that carries them out. */
import { z } from 'zod';
import type { Json } from '../json.ts';
import { attributes } from './attributes.ts';
import { correlation, executionId, isoTime, pendingInterrupts, reason } from './calls.ts';

/** Most executions of one request. */
export const MOST_TARGETS = 10_000;
/** Most calls per second. */
const FASTEST = 100;
const USE_RATE = `use a whole number from 1 to ${FASTEST}`;
const USE_IDS = `use a list of 1 to ${MOST_TARGETS} ids of executions`;
const USE_CONDITION = 'name at least one condition, such as flow or status';

const text = z.string().min(1).max(256);
const json = z.json() as z.ZodType<Json>;

/** What is done to each execution. */
export const bulkAct = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('cancel'), reason: reason.exactOptional() }),
  z.strictObject({ action: z.literal('close'), pendingInterrupts: pendingInterrupts.exactOptional() }),
  z.strictObject({ action: z.literal('redrive') }),
  z.strictObject({ action: z.literal('pause') }),
  z.strictObject({ action: z.literal('unpause') }),
  z.strictObject({ action: z.literal('erase') }),
  z.strictObject({
    action: z.literal('signal'),
    name: text,
    value: json.exactOptional(),
    correlation: correlation.exactOptional(),
  }),
  z.strictObject({ action: z.literal('resume'), type: text.exactOptional(), value: json }),
]);
export type BulkAct = z.output<typeof bulkAct>;
export type BulkAction = BulkAct['action'];

export const bulkFilter = z
  .strictObject({
    flow: text.exactOptional(),
    status: z.string().exactOptional(),
    attributes: attributes.exactOptional(),
    createdAfter: isoTime.exactOptional(),
    createdBefore: isoTime.exactOptional(),
    ids: z.array(executionId, USE_IDS).min(1, USE_IDS).max(MOST_TARGETS, USE_IDS).exactOptional(),
  })
  .refine(({ attributes: wanted = {}, ...rest }) => Object.keys({ ...wanted, ...rest }).length > 0, USE_CONDITION);

export const ratePerSecond = z.int(USE_RATE).min(1, USE_RATE).max(FASTEST, USE_RATE);

/** An execution to act on, as it was when the request was accepted. */
export const bulkTarget = z.strictObject({
  id: z.string(),
  /** How often it had been redriven, or which of the waits with the id `wait` is meant. */
  generation: z.int().exactOptional(),
  wait: z.string().exactOptional(),
});
export type BulkTarget = z.output<typeof bulkTarget>;

/** What is asked for, and by whom. */
export const bulkOrder = z.strictObject({
  act: bulkAct,
  ratePerSecond,
  actor: z.string().exactOptional(),
  verified: z.boolean().exactOptional(),
  claimed: z.string().exactOptional(),
});
export type BulkOrder = z.output<typeof bulkOrder>;

export const bulkInput = z.strictObject({ order: bulkOrder, targets: z.array(bulkTarget) });

/** Counts by reason. */
export const bulkErrors = z.record(z.string(), z.int());
export const bulkCount = z.int();
export const bulkRefusals = z.array(z.strictObject({ executionId: z.string(), error: z.string() }));
