/**
 * Wake-ups. Messages carry no truth: losing, doubling or reordering one is harmless, because the heads say what is to be
 * done and the sweeper looks at them.
 */

export interface WakeMessage {
  readonly executionId: string;
  /**
   * `wake`: there is claimable work. `signal`: one queued signal may be started (`signalId` is a hint). `timer`: look
   * again when something is due; sent again by who comes too early.
   */
  readonly kind: 'wake' | 'signal' | 'timer';
  readonly signalId?: string;
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
