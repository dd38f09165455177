/** What callers say besides values: one schema each for calls in the process, HTTP bodies and queue messages. */
import { z } from 'zod';

export type Text = ReturnType<typeof textUpTo>;

function textUpTo(most: number) {
  const use = `use a text of 1 to ${most} characters`;
  return z.string(use).min(1, use).max(most, use);
}

/** Of signals that meet in joins. */
export const correlation = textUpTo(200);
/** Why an execution is cancelled. */
export const reason = textUpTo(200);
export const activationId = textUpTo(200);
/** Target, author, note or consumer of an intervention: they stay in the head. */
export const note = textUpTo(1_000);
/** Who did it, as an HTTP caller says. */
export const actor = textUpTo(256);
/** Which of the waits that had one id, from 0. */
export const generation = z.int().min(0);
/** What becomes of pending waits at a close. */
export const pendingInterrupts = z.enum(['reject', 'cancel'], "use 'reject' or 'cancel'");
