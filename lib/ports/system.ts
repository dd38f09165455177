/** The impure rest: time, randomness, keys and logs. Nothing else in `runtime` may reach for them. */
import type { Logger } from '../flow/authoring/context.ts';

export type { Logger } from '../flow/authoring/context.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Entropy {
  /** 128 random bits as 22 characters of base64url. */
  id(): string;
  /** Uniform in [0, 1). */
  number(): number;
}

export interface SigningKey {
  /** `^[A-Za-z0-9_-]{1,32}$` */
  readonly kid: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** Keys of callback tokens. Old ones stay until the longest token has ended. */
export interface KeyRing {
  current(): Promise<SigningKey>;
  find(kid: string): Promise<SigningKey | undefined>;
}

export interface System {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
}
