/**
 * The queue of wake-ups. A lost, duplicated or reordered message does no harm: heads hold all state, and the sweeper
 * sends wake-ups again.
 */
import { z } from 'zod';
import { ID } from '../flow/ids.ts';
import type { Json } from '../flow/json.ts';
import { correlation } from '../flow/options/calls.ts';

/** Where in a trace the sender was. It is not checked: a message must not fail because of it. */
const traceparent = z.string();

/** Unknown members are accepted, because old and new workers share the queue during a deployment. */
export const wakeMessage = z.object({
  executionId: z.string().regex(ID),
  /** `wake`: there may be work. `signal`: deliver one queued signal. `timer`: see `due`. `watchdog`: see `fence`. */
  kind: z.enum(['wake', 'signal', 'timer', 'watchdog']),
  /**
   * Due time of a `timer` (ms). A receiver that gets it too early sends it again, unless another timer has replaced it.
   */
  due: z.number().exactOptional(),
  /** Fence of the lease that a `watchdog` observes. It is sent again while that lease is valid. */
  fence: z.int().exactOptional(),
  traceparent: traceparent.exactOptional(),
});

export type WakeMessage = Readonly<z.output<typeof wakeMessage>>;

/** A message of another system: a signal from outside. */
export const signalMessage = z.strictObject({
  executionId: z.string().regex(ID),
  signal: z.string().min(1).max(256),
  value: z.json() as z.ZodType<Json>,
  signalId: z.string().regex(ID),
  correlation: correlation.exactOptional(),
  traceparent: traceparent.exactOptional(),
});

export type SignalMessage = Readonly<z.output<typeof signalMessage>>;

export interface Delayed {
  readonly message: WakeMessage;
  /** Whole seconds from 0 to `MAX_DELAY_SECONDS`. */
  readonly delaySeconds: number;
}

export interface WakeQueue {
  /** Sends messages. @throws if some may not have been sent; the caller may send all of them again */
  send(messages: readonly Delayed[]): Promise<void>;
}

export const MAX_DELAY_SECONDS = 900;
