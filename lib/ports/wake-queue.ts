/**
 * Wake-ups. Messages carry no truth: losing, doubling or reordering one is harmless, because the heads say what is to be
 * done and the sweeper looks at them.
 */

export interface WakeMessage {
  readonly executionId: string;
  /** `wake`: there may be work. `signal`: one queued signal may be started. `timer`, `watchdog`: see `due` and `fence`. */
  readonly kind: 'wake' | 'signal' | 'timer' | 'watchdog';
  /** Of a `timer`: when it is due (ms). Who gets it too early sends it again, unless another timer has taken its place. */
  readonly due?: number;
  /** Of a `watchdog`: the lease it watches. Sent again while that lease lives. */
  readonly fence?: number;
}

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
