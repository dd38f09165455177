/** What the executions of cases are stored in and woken by. Its clock stands still whatever it is. */
import type { Ports } from '../../../lib/ports/ports.ts';
import type { WakeMessage } from '../../../lib/ports/wake-queue.ts';

export interface Received {
  readonly message: WakeMessage;
  readonly receipt: string;
}

export interface Backend {
  /** All but time and log. */
  readonly ports: Omit<Ports, 'clock' | 'log'>;
  /** What is due. */
  receive(): Promise<readonly Received[]>;
  ack(receipt: string): Promise<void>;
  /** The message comes again. */
  nack(receipt: string, delaySeconds: number): Promise<void>;
  /** Resolves when no call is under way. */
  rest(): Promise<void>;
  /** When the first delayed message is due (ms). */
  nextDue(): number | undefined;
}

/** Opens a backend for one run of a case. */
export type OpenBackend = (clock: { now(): number }) => Backend;

export interface Store {
  readonly open: OpenBackend;
  /** Every host action is made by a new process, which has nothing but what is stored. */
  readonly reloads: boolean;
  close(): Promise<void>;
}
