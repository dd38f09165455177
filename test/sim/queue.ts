/** A queue that loses, doubles, delays and reorders, within what a wake queue is allowed to do. */
import type { Delayed, WakeMessage } from '../../lib/ports/wake-queue.ts';
import type { World } from './world.ts';

export interface QueueEntry {
  readonly id: number;
  readonly message: WakeMessage;
  due: number;
  receives: number;
}

const VISIBILITY = 300_000;
const MAX_RECEIVES = 10;

export class SimQueue {
  entries: QueueEntry[] = [];
  #ids = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  accept(messages: readonly Delayed[]): void {
    const { chooser, rates } = this.#world;
    for (const { message, delaySeconds } of messages) {
      if (chooser.chance(rates.lost)) {
        this.#world.reached('message lost');
        continue;
      }
      const copies = chooser.chance(rates.duplicate) ? 2 : 1;
      for (let i = 0; i < copies; i += 1) {
        const late = chooser.chance(rates.delay) ? chooser.between(1, 90_000) : 0;
        this.#ids += 1;
        this.entries.push({ id: this.#ids, message, due: this.#world.now + delaySeconds * 1_000 + late, receives: 0 });
      }
    }
  }

  due(): readonly QueueEntry[] {
    return this.entries.filter((entry) => entry.due <= this.#world.now);
  }

  receive(entry: QueueEntry): void {
    entry.receives += 1;
    entry.due = this.#world.now + VISIBILITY;
    if (entry.receives > MAX_RECEIVES) this.delete(entry);
  }

  delete(entry: QueueEntry): void {
    this.entries = this.entries.filter((each) => each !== entry);
  }

  /** A message for this execution is on its way, so a worker will look. */
  holds(executionId: string): boolean {
    return this.entries.some((entry) => entry.message.executionId === executionId);
  }
}
