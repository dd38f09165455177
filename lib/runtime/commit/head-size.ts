/** Size limits of a head. The room between the two limits is reserved for accepted work and for workers. */
import type { FlowEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import type { Packed } from '../../engine/values/pack.ts';
import { type Folding, measure } from '../../engine/values/ranges/item-ranges.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { type Known, noLookups } from './reduce-fully.ts';

/**
 * `new`: steps and events from outside. `accepted`: answers and due items. `held`: accepted signals that are only
 * queued. `control`: claims, failures and ends.
 */
export type Growth = 'new' | 'accepted' | 'held' | 'control';

/** Most bytes of records that take no room of the work. */
const RECORDS = 4_096;
/** Bytes that a commit may add to a head over its limit. */
const GROWTH = 1_024;
/**
 * Share of the room between the limits for each kind of growth. Commits that add under `GROWTH` bytes may use as much
 * as held signals.
 */
const SHARES: Readonly<Record<Growth, number>> = { new: 0, accepted: 1 / 3, held: 2 / 3, control: 1 };

/** The limit for a head of `size` bytes. A function, because measuring the head before costs as much as a step in it. */
export type Limit = (size: number) => number;

/**
 * Returns the size limit of a commit. A head over its limit may still grow by `GROWTH` bytes, up to the share of held
 * signals.
 */
export function limitOf(
  { headBytes, headBytesAtMost }: Parameters,
  growth: Growth,
  before: Head,
  how?: Folding,
): Limit {
  const room = headBytesAtMost - headBytes;
  const most = headBytes + SHARES.held * room;
  const usual = headBytes + SHARES[growth] * room;
  return (size) => {
    if (size <= usual || growth === 'control') return Math.floor(usual);
    const was = sizeOf(before, how);
    return Math.floor(Math.max(usual, was, Math.min(was + GROWTH, most)));
  };
}

/** Limit for the commit that fails the execution: that commit must always fit. */
export function limitOfEnd({ headBytesAtMost }: Parameters, before: Head, how?: Folding): Limit {
  return (size) =>
    size <= headBytesAtMost ? headBytesAtMost : Math.max(headBytesAtMost, sizeOf(before, how) + GROWTH);
}

/** Bytes of a head that limits count: nothing is refused for what the history has left in it. */
export function sizeOf(head: Head, how?: Folding): number {
  return withoutRecords(head, measure(head, how).bytes);
}

function withoutRecords({ history }: Head, bytes: number): number {
  return bytes - Math.min(RECORDS, history?.stubs?.length ?? 0);
}

/** Whether an error means that a head or value is too large. */
export function isTooLarge(error: unknown): error is FlowError {
  return FlowError.is(error) && (error.code === 'head_too_large' || error.code === 'value_too_large');
}

/**
 * Stores what the head names. @returns the text of the head
 * @throws FlowError `head_too_large` before any write
 */
export async function putFirst(
  ports: Ports,
  limit: Limit,
  { head, paged, values, spilled }: Packed,
  { written, how }: { readonly how?: Folding } & Pick<Known, 'written'> = noLookups(),
): Promise<string> {
  const text = checkHead(paged?.stored ?? head, limit, how);
  const owner = { executionId: head.id, inc: head.inc };
  const fresh = new Map([...values].filter(([ref]) => !written.has(ref)));
  if (fresh.size > 0) await ports.values.put(owner, fresh);
  for (const ref of fresh.keys()) written.add(ref);
  if (spilled.length > 0) await ports.ledger.put(owner, spilled);
  return text;
}

/** @returns the text of the head. @throws FlowError `head_too_large` */
export function checkHead(head: Head, limitFor: Limit, how?: Folding): string {
  const { bytes, text } = measure(head, how);
  const size = withoutRecords(head, bytes);
  const limit = limitFor(size);
  if (size <= limit) return text;
  throw new FlowError(
    'head_too_large',
    `Execution ${head.id}: the head would have ${size} bytes; the limit is ${limit}. Keep fewer activations, waits and signals active at once.`,
  );
}

/** Why an execution fails whose head has no room for what is due. */
export function noRoom(executionId: string): FlowError {
  return new FlowError(
    'head_too_large',
    `Execution ${executionId}: the head has no room for the next due item. Keep fewer activations, waits and signals active at once.`,
  );
}

/** Claims and due items grow the head and can wait for room. Other events record what has happened. */
export function mayWaitForRoom({ type }: FlowEvent): boolean {
  return type === 'claim' || type === 'tick';
}
