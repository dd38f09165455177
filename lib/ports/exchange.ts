/**
 * Exchange: how the world outside learns that somebody is waited for. A provider is told after the wait is committed, at
 * least once, and again until it has acknowledged.
 */
import type { Json } from '../flow/json.ts';

/** A wait, as it is told to a provider. Times are ISO 8601 in UTC. */
export interface Announcement {
  /** The same at every repeat. */
  readonly id: string;
  readonly executionId: string;
  readonly interruptId: string;
  readonly flow: string;
  readonly type: string;
  readonly payload: Json;
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** How many waits of this id have ended before. Absent: none. */
  readonly generation?: number;
  /** Only an authenticated caller may answer: the page behind `callbackUrl` says where. */
  readonly requireActor?: true;
  /** Where the answer goes; absent where no signing key is at hand, as in tests. */
  readonly callbackUrl?: string;
}

export interface ExchangeProvider {
  /** Resolving acknowledges. It must give up within a few seconds. @throws to be told again, about a minute later */
  announce(announcement: Announcement): Promise<void>;
}
