/**
 * Exchange: announces pending waits to the outside world. A provider is called after the wait is committed, at least
 * once, and again until it acknowledges.
 */
import type { Json } from '../flow/json.ts';

/** The announcement of a wait. Times are ISO 8601 in UTC. */
export interface Announcement {
  /** Idempotency key: the same in every repeat. */
  readonly id: string;
  readonly executionId: string;
  readonly interruptId: string;
  readonly flow: string;
  readonly type: string;
  readonly payload: Json;
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** How many waits with this id have ended before. Absent: none. */
  readonly generation?: number;
  /** Only an authenticated caller may answer; the page at `callbackUrl` says how to sign in. */
  readonly requireActor?: true;
  /** URL that takes the answer. Absent without a signing key, as in tests. */
  readonly callbackUrl?: string;
  /** Where in a trace the wait is announced (W3C). Absent: nothing is traced. */
  readonly traceparent?: string;
}

/** The end of a wait without an answer. */
export interface Withdrawal
  extends Pick<Announcement, 'id' | 'executionId' | 'interruptId' | 'flow' | 'type' | 'generation' | 'traceparent'> {
  /** ISO 8601 in UTC. */
  readonly withdrawnAt: string;
}

export interface ExchangeProvider {
  /**
   * Announces the wait; resolving acknowledges it. Must settle within a few seconds.
   * @throws any error to be called again about a minute later
   */
  announce(announcement: Announcement): Promise<void>;
  /**
   * Tells that a wait was withdrawn, so that no answer is needed any more; at least once, and again until it resolves. Absent:
   * the provider is not told. The wait may never have been announced.
   */
  withdrawn?(withdrawal: Withdrawal): Promise<void>;
}
