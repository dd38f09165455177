/** The lease of one session, as of its last commit. */
import type { Activation, Head } from '../../engine/head.ts';
import { heldBy, leaseOf } from '../../engine/work/claims/leases.ts';
import type { Delayed } from '../../ports/wake-queue.ts';
import type { Parameters } from '../app/parameters.ts';
import { watchdog } from '../commit/wake-ups.ts';

/** Fraction of the lease after which the session extends it. */
const HEARTBEAT = 0.3;

export class HeldLease {
  readonly #session: string;
  readonly #parameters: Parameters;
  /** Fence for which a watchdog message was sent. */
  #watched: number | undefined;
  #activations: readonly Activation[] = [];
  #nextHeartbeat = Infinity;
  #until = 0;
  #isAlone = true;

  constructor(session: string, parameters: Parameters) {
    this.#session = session;
    this.#parameters = parameters;
  }

  /** Activations that the session holds. */
  get activations(): readonly Activation[] {
    return this.#activations;
  }

  get nextHeartbeat(): number {
    return this.#nextHeartbeat;
  }

  /** End of the lease as of the last commit (ms since the epoch). */
  get until(): number {
    return this.#until;
  }

  /** False once another writer has committed; from then on every step is stored, because re-running would cost more. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /** @returns the watchdog message of a new lease */
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
