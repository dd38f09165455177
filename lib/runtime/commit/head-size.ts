/** How large a head may get. The room between the two limits is kept for what has been accepted, and for workers. */
import type { Head } from '../../engine/head.ts';
import { bytesOf, type Packed } from '../../engine/values/pack.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';

/**
 * `new`: steps and what comes from outside. `accepted`: answers and what is due. `held`: accepted signals that are only queued.
 * `control`: claims, failures and ends.
 */
export type Growth = 'new' | 'accepted' | 'held' | 'control';

/** Bytes that a commit may add to a head that is too large. */
const GROWTH = 1_024;
/** Shares of the room between the limits. Steps that add little have as much of it as held signals. */
const SHARES: Readonly<Record<Growth, number>> = { new: 0, accepted: 1 / 3, held: 2 / 3, control: 1 };

/** A head that is large already goes on: only what makes it much larger is refused. */
export function limitOf({ headBytes, headBytesAtMost }: Parameters, growth: Growth, before: Head): number {
  if (growth === 'control') return headBytesAtMost;
  const room = headBytesAtMost - headBytes;
  const size = bytesOf(before);
  const most = headBytes + SHARES.held * room;
  const usual = headBytes + SHARES[growth] * room;
  return Math.floor(Math.max(usual, size, Math.min(size + GROWTH, most)));
}

/** The failure of an execution is stored in any case. */
export function limitOfEnd({ headBytesAtMost }: Parameters, before: Head): number {
  return Math.max(headBytesAtMost, bytesOf(before) + GROWTH);
}

/** Whether a commit was refused for the size of its head or of a value. */
export function isTooLarge(error: unknown): error is FlowError {
  return FlowError.is(error) && (error.code === 'head_too_large' || error.code === 'value_too_large');
}

/** @throws FlowError `head_too_large` before anything is written */
export async function putFirst(
  ports: Ports,
  limit: number,
  { head, values, spilled }: Packed,
  written = new Set<string>(),
) {
  checkHead(head, limit);
  const owner = { executionId: head.id, inc: head.inc };
  const fresh = new Map([...values].filter(([ref]) => !written.has(ref)));
  if (fresh.size > 0) await ports.values.put(owner, fresh);
  for (const ref of fresh.keys()) written.add(ref);
  if (spilled.length > 0) await ports.ledger.put(owner, spilled);
}

/** @throws FlowError `head_too_large` */
export function checkHead(head: Head, limit: number): void {
  const size = bytesOf(head);
  if (size <= limit) return;
  throw new FlowError(
    'head_too_large',
    `Execution ${head.id}: the head would have ${size} bytes, the limit is ${limit}. Keep fewer things active at once.`,
  );
}
