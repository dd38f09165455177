/** The lease of one session, as its commits leave it. */
import type { Activation, Head } from '../../engine/head.ts';
import { heldBy, leaseOf } from '../../engine/work/leases.ts';
import type { Delayed } from '../../ports/wake-queue.ts';
import type { Parameters } from '../app/parameters.ts';
import { watchdog } from '../commit/wake-ups.ts';

/** The part of the lease after which it is prolonged. */
const HEARTBEAT = 0.3;

export class HeldLease {
  readonly #session: string;
  readonly #parameters: Parameters;
  /** The fence for which a watchdog was sent. */
  #watched: number | undefined;
  #activations: readonly Activation[] = [];
  #nextHeartbeat = Infinity;
  #until = 0;
  #isAlone = true;

  constructor(session: string, parameters: Parameters) {
    this.#session = session;
    this.#parameters = parameters;
  }

  /** What the session holds. */
  get activations(): readonly Activation[] {
    return this.#activations;
  }

  get nextHeartbeat(): number {
    return this.#nextHeartbeat;
  }

  /** Its end, as far as this session knows. */
  get until(): number {
    return this.#until;
  }

  /** Nobody has come in between so far: otherwise each step is stored from then on, or most would run again and again. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /** @returns the watchdog of a lease that is new */
  renew(head: Head, now: number): readonly Delayed[] {
    const lease = leaseOf(head, this.#session);
    this.#activations = lease ? heldBy(head, lease) : [];
    this.#until = lease?.until ?? 0;
    this.#nextHeartbeat = now + this.#parameters.lease * HEARTBEAT;
    if (!lease || this.#watched === lease.fence) return [];
    this.#isAlone = this.#watched === undefined;
    this.#watched = lease.fence;
    return [watchdog(head.id, lease, this.#parameters.clockSkew, now)];
  }
}
