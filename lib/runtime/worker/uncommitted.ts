/** Events of steps that a session took without storing them yet. */
import type { FlowEvent } from '../../engine/events.ts';
import { bytesOf } from '../../engine/values/pack.ts';

/** Most events and bytes before they must be stored. */
const MOST = 500;
const MOST_BYTES = 2 ** 21;

export class Uncommitted {
  #events: FlowEvent[] = [];
  #bytes = 0;

  get events(): readonly FlowEvent[] {
    return this.#events;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  get hasRoom(): boolean {
    return this.#events.length < MOST && this.#bytes < MOST_BYTES;
  }

  add(events: readonly FlowEvent[]): void {
    this.#events.push(...events);
    this.#bytes += bytesOf(events);
  }

  clear(): void {
    this.#events = [];
    this.#bytes = 0;
  }
}
