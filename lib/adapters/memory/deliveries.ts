/**
 * Deliveries in flight under a fake clock. A delivery that waits for the fake clock never ends by itself and looks like
 * one that waits for the network. They are told apart by what keeps the process alive: sockets, files and real timers.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { FakeClock } from './clock.ts';

/** Consecutive idle checks that count as rest, and milliseconds between them. */
const IDLE_CHECKS = 10;
const CHECK_EVERY = 20;
/**
 * CPU time during these checks, in microseconds, that indicates work in threads such as compression or hashing, which
 * holds no socket, file or timer. The checks themselves take a few hundred microseconds each.
 */
const COMPUTES = 10_000;
/** Checks after which CPU time no longer counts, because the test itself may use it. */
const MOST_CHECKS = 1_000;

export class Deliveries {
  readonly #clock: FakeClock;
  readonly #busy = new Set<Promise<void>>();
  /** Deliveries that waited for the clock at the last check. */
  #resting = new Set<Promise<void>>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#busy.size === 0;
  }

  begin(work: Promise<void>): void {
    const busy = work.finally(() => {
      this.#busy.delete(busy);
      this.#resting.delete(busy);
    });
    this.#busy.add(busy);
  }

  /** Treats all deliveries as new, so that the next `rest` checks them in full. */
  forgetResting(): void {
    this.#resting.clear();
  }

  /**
   * Resolves once every delivery has ended or waits for the clock.
   * @param before number of resources that kept the process alive before the deliveries
   */
  async rest(before: number): Promise<void> {
    let quiet = 0;
    let used = process.cpuUsage();
    for (let checks = 0; !this.isEmpty; checks += 1) {
      const isKnown = [...this.#busy].every((each) => this.#resting.has(each));
      await (isKnown ? turn() : this.#endOrCheck());
      const waits = this.#clock.nextDue() !== undefined && activeResources() <= before;
      quiet = waits ? quiet + 1 : 0;
      if (quiet > 0 && quiet < IDLE_CHECKS) continue;
      const computes = !isKnown && checks < MOST_CHECKS && hasComputed(used);
      if (quiet === IDLE_CHECKS && !computes) break;
      quiet = 0;
      used = process.cpuUsage();
    }
    this.#resting = new Set(this.#busy);
  }

  /** Resolves when one ends, at the latest at the next check. */
  async #endOrCheck(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const check = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CHECK_EVERY);
    });
    await Promise.race([...this.#busy, check]).finally(() => clearTimeout(timer));
  }
}

function hasComputed(since: NodeJS.CpuUsage): boolean {
  const { user, system } = process.cpuUsage(since);
  return user + system > COMPUTES;
}

/** Number of sockets, files and timers that keep the process alive. */
export function activeResources(): number {
  return process.getActiveResourcesInfo().length;
}
