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
import type { SessionOptions } from './session-options.ts';

/** Fraction of the lease after which the session extends it. */
const HEARTBEAT = 0.3;
/** Fraction of the release margin in which a session tries to commit its release. */
const RELEASING = 0.4;
/** Fraction of the lease after which a session that keeps losing its races posts a heartbeat. */
const POSTED_HEARTBEAT = 0.5;

/** Lost races of one commit after which a session leaves a crowd: each more session makes all of them slower. */
const CROWDED = 4;
/** Other sessions with a live lease that make a crowd. */
const CROWD = 8;

type Options = Pick<SessionOptions, 'ports' | 'parameters' | 'deadline'>;

export class HeldLease {
  readonly #session: string;
  readonly #abort: () => void;
  readonly #abortAt: number;
  readonly #leaveAt: number;
  #isInCrowd: boolean;
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

  /**
   * @param head that the session begins with
   * @param abort aborts the attempts: a commit may go on trying beyond the time for that
   */
  constructor(session: string, head: Head, options: Options, abort: () => void) {
    const { ports, parameters, deadline } = options;
    this.#session = session;
    this.#abort = abort;
    this.#ports = ports;
    this.#parameters = parameters;
    this.#abortAt = deadline - parameters.abortMargin;
    this.#leaveAt = deadline - parameters.releaseMargin * (1 - RELEASING);
    this.#isInCrowd = isCrowd(head, session, ports.clock.now());
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

  /** So many sessions work on the execution that this one takes no more work and leaves the rest to them, while they do. */
  get isCrowded(): boolean {
    return this.#isCrowded && this.#isInCrowd;
  }

  /** A commit is tried on this head. */
  look(head: Head, now: number): void {
    this.#isInCrowd = isCrowd(head, this.#session, now);
  }

  /** @returns the watchdog message of a new lease */
  renew(head: Head, now: number): readonly Delayed[] {
    const lease = leaseOf(head, this.#session);
    this.look(head, now);
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
    if (clock.now() >= this.#abortAt) this.#abort();
    this.#isCrowded ||= lost >= CROWDED && this.#isInCrowd;
    if (this.#activations.length === 0) return lost < commitTries && !this.isCrowded;
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

/** A single other worker may be dead, or busy with a long chunk. Of a crowd somebody commits soon. */
function isCrowd({ leases }: Head, own: string, now: number): boolean {
  return leases.filter(({ session, until }) => session !== own && until > now).length >= CROWD;
}
