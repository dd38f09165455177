/** The lease of one session, as of its last commit, and what keeps it while the session loses its races. */
import type { HeartbeatEvent, ReleaseEvent } from '../../engine/events.ts';
import type { Activation, Head } from '../../engine/head.ts';
import { heldBy, leaseOf } from '../../engine/work/claims/leases.ts';
import { describeFault } from '../../errors/errors.ts';
import { POST_SWEPT_AFTER, postKey } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Owner } from '../../ports/value-store.ts';
import type { Delayed } from '../../ports/wake-queue.ts';
import type { Parameters } from '../app/parameters.ts';
import { sendQuietly } from '../commit/send.ts';
import type { MayTry } from '../commit/tries.ts';
import { wakeUp, watchdog } from '../commit/wake-ups.ts';

/** Fraction of the lease after which the session extends it. */
const HEARTBEAT = 0.3;
/** Fraction of the release margin in which a session tries to commit its release. */
const RELEASING = 0.4;
/** Fraction of the lease after which a session that keeps losing its races posts a heartbeat. */
const POSTED_HEARTBEAT = 0.5;

/** Lost races of one commit after which others are left to do the work: each more session makes all of them slower. */
const CROWDED = 4;

export interface SessionFacts {
  readonly id: string;
  /** When the session gives its work back (ms since the epoch). */
  readonly releaseAt: number;
  /** Others work on the execution, and no signal waits for this session. */
  readonly mayLeave: boolean;
}

export class HeldLease {
  readonly #session: string;
  readonly #leaveAt: number;
  /** Another session has the oldest lease. */
  #mayLeave: boolean;
  readonly #ports: Ports;
  readonly #parameters: Parameters;
  #owner: Owner | undefined;
  /** Fence for which a watchdog message was sent. */
  #watched: number | undefined;
  #activations: readonly Activation[] = [];
  #nextHeartbeat = Infinity;
  #until = 0;
  #isAlone = true;

  #isCrowded = false;

  constructor({ id, releaseAt, mayLeave }: SessionFacts, ports: Ports, parameters: Parameters) {
    this.#session = id;
    this.#mayLeave = mayLeave;
    this.#leaveAt = releaseAt + parameters.releaseMargin * RELEASING;
    this.#ports = ports;
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

  /** So many sessions work on the execution that this one takes no more work and leaves the rest to them. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  /** @returns the watchdog message of a new lease */
  renew(head: Head, now: number): readonly Delayed[] {
    const lease = leaseOf(head, this.#session);
    this.#mayLeave = lease !== head.leases[0];
    this.#activations = lease ? heldBy(head, lease) : [];
    this.#until = lease?.until ?? 0;
    this.#owner = { executionId: head.id, inc: head.inc };
    this.#nextHeartbeat = now + this.#parameters.lease * HEARTBEAT;
    if (!lease || this.#watched === lease.fence) return [];
    this.#isAlone = this.#watched === undefined;
    this.#watched = lease.fence;
    return [watchdog(head.id, lease, this.#parameters.clockSkew, now)];
  }

  /**
   * Whether a commit is tried after so many lost races. A session that holds work goes on until it has to leave, and
   * posts a heartbeat before its lease ends: its worker lives, so its attempts must not count as vanished.
   */
  readonly mayTry: MayTry = async (lost) => {
    const { clock } = this.#ports;
    const { lease, commitTries } = this.#parameters;
    this.#isCrowded ||= lost >= CROWDED && this.#mayLeave;
    if (this.#activations.length === 0) return lost < commitTries && !this.#isCrowded;
    if (clock.now() >= this.#leaveAt) return lost === 0;
    if (lost > 0 && clock.now() >= this.#until - lease * (1 - POSTED_HEARTBEAT)) {
      const heartbeat = this.heartbeat(clock.now());
      if (await this.#post(heartbeat)) this.#until = heartbeat.until;
    }
    return true;
  };

  heartbeat(now: number): HeartbeatEvent {
    return { type: 'heartbeat', session: this.#session, until: now + this.#parameters.lease };
  }

  /** Releases the held work without a commit of its own: the next one, of whatever worker, contains the release. */
  async postRelease(started: readonly string[]): Promise<void> {
    if (this.#activations.length === 0) return;
    const isPosted = await this.#post({ type: 'release', session: this.#session, started });
    if (isPosted && this.#owner) await sendQuietly(this.#ports, [wakeUp(this.#owner.executionId)]);
  }

  async #post(event: HeartbeatEvent | ReleaseEvent): Promise<boolean> {
    const { clock, entropy, executions, log } = this.#ports;
    const now = clock.now();
    if (!this.#owner) return false;
    try {
      // Sorts behind the posts of callers: they wait for the caller of the oldest one to commit.
      const key = `worker.${postKey(now, entropy.id())}`;
      await executions.post(this.#owner, key, event, now + POST_SWEPT_AFTER);
      return true;
    } catch (error) {
      log.warn(`${event.type} not posted`, { executionId: this.#owner.executionId, ...describeFault(error) });
      return false;
    }
  }
}
