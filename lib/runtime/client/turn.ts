/** Decides which of many waiting callers commits what they have posted. Nothing but cost depends on it. */

/** Longest patience, in units of `backOff`. */
const PATIENCE = 800;
/** A commit of many posts makes about as many calls of the store, one after the other. */
const CALLS = 20;

export interface TurnOptions {
  /** `backOff` of the parameters (ms). */
  readonly unit: number;
  /** A random number from 0 to 1, which sets the patience of this caller. */
  readonly share: number;
  /** A worker has a lease. */
  readonly isBusy: boolean;
}

export class Turn {
  readonly #patience: number;
  readonly #isBusy: boolean;
  #oldest: string | undefined;
  #since = 0;
  #looks = 0;

  constructor({ unit, share, isBusy }: TurnOptions) {
    // Few callers are impatient: of 1,000 the first one steps in after a tenth of the time, of two after half of it.
    this.#patience = unit * PATIENCE * Math.cbrt(share);
    this.#isBusy = isBusy;
  }

  /**
   * The caller of the oldest post commits at once. A worker with a lease adds one look, because the worker commits soon. If
   * the oldest post stays the same, its caller died, and another one commits.
   * @param latency how long the store takes for a call at present (ms)
   */
  isMine(oldest: string, key: string, { now, latency }: { readonly now: number; readonly latency: number }): boolean {
    if (oldest !== this.#oldest) {
      this.#oldest = oldest;
      this.#since = now;
      this.#looks = 0;
    } else {
      this.#looks += 1;
    }
    if (oldest === key) return this.#looks >= (this.#isBusy ? 1 : 0);
    return this.#looks > 0 && now - this.#since >= this.#patience + latency * CALLS;
  }
}
