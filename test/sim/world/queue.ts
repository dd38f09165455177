/** A queue that loses, duplicates, delays and reorders, within the limits of a wake queue. */
import type { Delayed, SignalMessage, WakeMessage } from '../../../lib/ports/wake-queue.ts';
import type { Process, World } from './world.ts';

export interface QueueEntry {
  readonly id: number;
  readonly message: WakeMessage | SignalMessage;
  /** Equal for all copies of one message. */
  readonly original: number;
  /** When it should have arrived without extra delay. */
  readonly meant: number;
  readonly bySweep: boolean;
  due: number;
  receives: number;
}

const VISIBILITY = 300_000;
const MAX_RECEIVES = 10;

export class SimQueue {
  entries: QueueEntry[] = [];
  #ids = 0;
  readonly #lost = new Set<string>();
  readonly #seen = new Set<number>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  accept(sender: Process, messages: readonly Delayed[]): void {
    const world = this.#world;
    const { rates } = world;
    for (const { message, delaySeconds } of messages) {
      const { executionId } = message;
      const heals = sender.kind === 'sweeper' && this.#lost.has(executionId) && !this.holds(executionId);
      if (world.strikes(rates.lost, 'lost', undefined, nameOf(message))) {
        this.#lost.add(executionId);
        world.reached('message lost');
        continue;
      }
      if (heals) world.reached('lost message healed by the sweep');
      this.#add(message, delaySeconds, sender.kind === 'sweeper');
    }
  }

  /** A signal that another system put on the queue is not lost: after too many receives it is put back. */
  post(signal: SignalMessage): void {
    this.#add(signal, 0, false);
  }

  #add(message: QueueEntry['message'], delaySeconds: number, bySweep: boolean): void {
    const world = this.#world;
    const { chooser, rates } = world;
    const name = nameOf(message);
    const copies = world.strikes(rates.duplicate, 'duplicate', undefined, name) ? 2 : 1;
    const original = this.#ids + 1;
    const meant = world.now + delaySeconds * 1_000;
    for (let i = 0; i < copies; i += 1) {
      const late = world.strikes(rates.delay, 'delay', undefined, name) ? chooser.between(1, 90_000) : 0;
      this.#ids += 1;
      this.entries.push({ id: this.#ids, message, original, bySweep, meant, due: meant + late, receives: 0 });
    }
  }

  due(): readonly QueueEntry[] {
    return this.entries.filter((entry) => entry.due <= this.#world.now);
  }

  receive(entry: QueueEntry): void {
    if (this.#seen.has(entry.original)) this.#world.reached('duplicate message harmless');
    this.#seen.add(entry.original);
    entry.receives += 1;
    entry.due = this.#world.now + VISIBILITY;
    if (entry.receives > MAX_RECEIVES && 'kind' in entry.message) this.delete(entry);
  }

  delete(entry: QueueEntry): void {
    this.entries = this.entries.filter((each) => each !== entry);
  }

  /** The same, but also due now and not sent by the sweeper. */
  holdsSoon(executionId: string, within: number): boolean {
    const latest = this.#world.now + within;
    return this.#wakeUps(executionId).some(({ meant, bySweep }) => meant <= latest && !bySweep);
  }

  /** A message for this execution is in flight, so a worker will look. */
  holds(executionId: string): boolean {
    return this.#wakeUps(executionId).length > 0;
  }

  #wakeUps(executionId: string): readonly QueueEntry[] {
    return this.entries.filter(({ message }) => message.executionId === executionId && 'kind' in message);
  }
}

export function nameOf(message: QueueEntry['message']): string {
  return `${'kind' in message ? message.kind : 'posted'} ${message.executionId}`;
}
