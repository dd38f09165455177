/**
 * Deliveries under way beside a fake clock. One that waits for the clock never ends by itself, and looks the same from outside as
 * one that waits for the network. They are told apart by what keeps the process alive: sockets, files and real timers.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { FakeClock } from './clock.ts';

/** How often in a row nothing may go on, and milliseconds between. */
const LOOKS = 10;
const LOOK_EVERY = 20;
/**
 * Microseconds of CPU time within so many looks that tell of work in threads, such as compression or hashing: it keeps no
 * socket, file or timer open. The looks themselves take a few hundred each at most.
 */
const COMPUTES = 10_000;
/** Looks after which CPU time no longer counts: it may be the test's own. */
const MOST_LOOKS = 1_000;

export class Deliveries {
  readonly #clock: FakeClock;
  readonly #busy = new Set<Promise<void>>();
  /** Those that waited for the clock when last looked at. */
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

  /** Looks at all as if they had just begun. */
  doubt(): void {
    this.#resting.clear();
  }

  /**
   * Resolves once all have ended, but for those that wait for the clock.
   * @param before what kept the process alive before they began
   */
  async rest(before: number): Promise<void> {
    let quiet = 0;
    let used = process.cpuUsage();
    for (let looks = 0; !this.isEmpty; looks += 1) {
      const isKnown = [...this.#busy].every((each) => this.#resting.has(each));
      await (isKnown ? turn() : this.#endOrLook());
      const waits = this.#clock.nextDue() !== undefined && aliveBy() <= before;
      quiet = waits ? quiet + 1 : 0;
      if (quiet > 0 && quiet < LOOKS) continue;
      const computes = !isKnown && looks < MOST_LOOKS && hasComputed(used);
      if (quiet === LOOKS && !computes) break;
      quiet = 0;
      used = process.cpuUsage();
    }
    this.#resting = new Set(this.#busy);
  }

  /** Resolves when one ends, at the latest at the next look. */
  async #endOrLook(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const look = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LOOK_EVERY);
    });
    await Promise.race([...this.#busy, look]).finally(() => clearTimeout(timer));
  }
}

function hasComputed(since: NodeJS.CpuUsage): boolean {
  const { user, system } = process.cpuUsage(since);
  return user + system > COMPUTES;
}

/** How many sockets, files and timers keep the process alive. */
export function aliveBy(): number {
  return process.getActiveResourcesInfo().length;
}
