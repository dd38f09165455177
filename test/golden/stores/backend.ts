/** The store and queue of the cases. The clock is simulated for every backend. */
import type { Ports } from '../../../lib/ports/ports.ts';
import type { WakeMessage } from '../../../lib/ports/wake-queue.ts';

export interface Received {
  readonly message: WakeMessage;
  readonly receipt: string;
}

export interface Backend {
  /** All ports except clock and log. */
  readonly ports: Omit<Ports, 'clock' | 'log'>;
  /** Receives due messages. */
  receive(): Promise<readonly Received[]>;
  ack(receipt: string): Promise<void>;
  /** The message is redelivered. */
  nack(receipt: string, delaySeconds: number): Promise<void>;
  /** Resolves when no call is in flight. */
  rest(): Promise<void>;
  /** When the first delayed message is due (ms). */
  nextDue(): number | undefined;
}

/** Opens a backend for one run of a case. */
export type OpenBackend = (clock: { now(): number }) => Backend;

export interface Store {
  readonly open: OpenBackend;
  /** Every host action is made by a new process, which knows only the store. */
  readonly reloads: boolean;
  close(): Promise<void>;
}
