/** Time, randomness, keys, logs, traces and metrics. `lib/runtime` gets them only through these ports. */
import type { Logger } from '../flow/authoring/context.ts';
import type { Meter, Tracer } from './telemetry.ts';

export type { Logger } from '../flow/authoring/context.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Entropy {
  /** 128 random bits in base64url (22 characters). */
  id(): string;
  /** Uniformly distributed in [0, 1). */
  number(): number;
}

export interface SigningKey {
  /** `^[A-Za-z0-9_-]{1,32}$` */
  readonly kid: string;
  /** 32 bytes long. */
  readonly secret: Uint8Array;
}

/** Signing keys of callback tokens. Keep an old key until its last token has expired. */
export interface KeyRing {
  current(): Promise<SigningKey>;
  find(kid: string): Promise<SigningKey | undefined>;
}

export interface System {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** Absent: nothing is measured. */
  readonly meter?: Meter;
}
