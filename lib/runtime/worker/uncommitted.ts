/** The events of steps that a session has gone ahead with and not stored yet. */
import type { FlowEvent } from '../../engine/events.ts';
import { bytesOf } from '../../engine/values/pack.ts';

/** Events, and bytes of them, after which they are stored in any case. */
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
