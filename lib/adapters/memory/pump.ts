/**
 * Delivers the messages of a memory queue in this process when they are due. Waiting messages do not keep the process
 * alive.
 */
import { FlowError } from '../../errors/errors.ts';
import type { Clock } from '../../ports/system.ts';
import type { WakeMessage, WakeQueue } from '../../ports/wake-queue.ts';
import type { MemoryQueue } from './queue.ts';

export interface Handler {
  handle(messages: readonly WakeMessage[], deadline: number): Promise<readonly ('done' | 'failed')[]>;
}

const BATCH = 10;
const BUDGET = 300_000;
const SWEEP_EVERY = 60_000;
/** Longest wait for progress before the caller checks again (ms). */
const CHECK_EVERY = 1_000;

export class Pump implements WakeQueue {
  readonly #queue: MemoryQueue;
  readonly #clock: Clock;
  readonly #busy = new Set<Promise<void>>();
  #handler: Handler | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #sweeps: NodeJS.Timeout | undefined;
  #news = new AbortController();

  constructor(queue: MemoryQueue, clock: Clock) {
    this.#queue = queue;
    this.#clock = clock;
  }

  run(handler: Handler, sweep: (deadline: number) => Promise<unknown>): void {
    this.#handler = handler;
    this.#sweeps = setInterval(
      () => this.#begin(async () => void (await sweep(this.#deadline()))),
      SWEEP_EVERY,
    ).unref();
    this.#turn();
  }

  async send(messages: Parameters<WakeQueue['send']>[0]): Promise<void> {
    await this.#queue.send(messages);
    this.#turn();
  }

  /**
   * Resolves once a message was handled, at the latest after `CHECK_EVERY`.
   * @throws FlowError `invocation_ended` once stopped
   */
  async progress(): Promise<void> {
    if (this.#stopped) {
      throw new FlowError(
        'invocation_ended',
        'This host was stopped and runs no more work. Load a saved execution in another host.',
      );
    }
    await this.#clock.sleep(CHECK_EVERY, this.#news.signal);
  }

  /** Stops deliveries, and resolves once none is in flight. */
  async stop(): Promise<void> {
    this.#handler = undefined;
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#sweeps);
    while (this.#busy.size > 0) await Promise.all(this.#busy);
    this.#news.abort();
  }

  #turn(): void {
    const handler = this.#handler;
    if (!handler) return;
    for (let received = this.#queue.receive(BATCH); received.length > 0; received = this.#queue.receive(BATCH)) {
      for (const { receipt, message } of received) {
        this.#begin(async () => {
          const [result] = await handler.handle([message], this.#deadline());
          if (result === 'done') this.#queue.ack(receipt);
          else this.#queue.nack(receipt, 1);
        });
      }
    }
    const due = this.#queue.nextDue();
    clearTimeout(this.#timer);
    if (due !== undefined) this.#timer = setTimeout(() => this.#turn(), Math.max(1, due - this.#clock.now())).unref();
  }

  #begin(work: () => Promise<void>): void {
    const busy = work().finally(() => {
      this.#busy.delete(busy);
      this.#news.abort();
      this.#news = new AbortController();
      this.#turn();
    });
    this.#busy.add(busy);
    busy.catch(() => undefined);
  }

  #deadline(): number {
    return this.#clock.now() + BUDGET;
  }
}
