/**
 * Wake-ups. Messages carry no truth: losing, doubling or reordering one is harmless, because the heads say what is to be
 * done and the sweeper looks at them.
 */
import { z } from 'zod';
import { ID } from '../flow/ids.ts';
import type { Json } from '../flow/json.ts';
import { correlation } from '../flow/options/calls.ts';

/** Members of later versions are let through: old and new workers share the queue during a deployment. */
export const wakeMessage = z.object({
  executionId: z.string().regex(ID),
  /** `wake`: there may be work. `signal`: one queued signal may be started. `timer`, `watchdog`: see `due` and `fence`. */
  kind: z.enum(['wake', 'signal', 'timer', 'watchdog']),
  /** Of a `timer`: when it is due (ms). Who gets it too early sends it again, unless another timer has taken its place. */
  due: z.number().exactOptional(),
  /** Of a `watchdog`: the lease it watches. Sent again while that lease lives. */
  fence: z.int().exactOptional(),
});

export type WakeMessage = Readonly<z.output<typeof wakeMessage>>;

/** What other systems put on the queue: a signal from outside. */
export const signalMessage = z.strictObject({
  executionId: z.string().regex(ID),
  signal: z.string().min(1).max(256),
  value: z.json() as z.ZodType<Json>,
  signalId: z.string().regex(ID),
  correlation: correlation.exactOptional(),
});

export type SignalMessage = Readonly<z.output<typeof signalMessage>>;

export interface Delayed {
  readonly message: WakeMessage;
  /** Whole seconds, 0 to `MAX_DELAY_SECONDS`. */
  readonly delaySeconds: number;
}

export interface WakeQueue {
  /** @throws when some message may not have been sent; all of them may be sent again */
  send(messages: readonly Delayed[]): Promise<void>;
}

export const MAX_DELAY_SECONDS = 900;
