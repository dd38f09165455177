import { CROWDS, type CrowdLimits } from '../../engine/limits/crowds.ts';
import type { StoredFormat } from '../../engine/values/ranges/item-ranges.ts';
import { MAX_VALUE_BYTES } from '../../ports/value-store.ts';

/** All tunable numbers of the protocol and their defaults. Times are milliseconds. */
export interface Parameters {
  /** Lifetime of a worker's lease without a commit or heartbeat. */
  readonly lease: number;
  /** Tolerated clock difference: a lease is reclaimed only this long after its end. */
  readonly clockSkew: number;
  /** Most activations that one session runs at once. Beside others it runs up to three quarters more, see `OtherWorkers.more`. */
  readonly claimLimit: number;
  /** Activations in the head up to which items of lists are started before a session has room for them. */
  readonly startAhead: number;
  /** Limits of many activations that wait for a retry or sleep. */
  readonly crowds: CrowdLimits;
  /** A session releases chunks that await emits when nothing else has run in it for this long. */
  readonly awaitFor: number;
  /** This long before the deadline, chunks get their abort signal and the session claims no more work. */
  readonly abortMargin: number;
  /** This long before the deadline, the session releases the chunks that still run. */
  readonly releaseMargin: number;
  /** The sweeper lists executions whose sweep time is due within this time. */
  readonly sweepAhead: number;
  /** Lost races after which a commit fails with `contention`. */
  readonly commitTries: number;
  /** Unit of the random backoff after a lost race; 0 = no wait. */
  readonly backOff: number;
  /** Longest time a commit waits for a predicate. A slower predicate runs as an attempt of its own. */
  readonly decideWithin: number;
  /** Lost races after which an outside signal is posted to the inbox. */
  readonly directTries: number;
  /** The same for an answer. It is low because each of many concurrent answers would lose to all the others. */
  readonly answerTries: number;
  /** How long a caller waits for its event in the inbox to be committed before it fails with `contention`. */
  readonly answerWithin: number;
  /** Most due waits, sleeps and queued signals that one commit takes. */
  readonly portion: number;
  /** Values larger than this many bytes of JSON are stored outside the head. */
  readonly inlineBytes: number;
  /**
   * Newest format of a head that is written. Format 2 has lists in parts, format 3 pages of waits, format 4 rows of later chunks
   * of items stored together; a head gets them when it needs them. Keep an older format while workers of a version that reads no newer one run: they leave such heads alone.
   */
  readonly headFormat: StoredFormat;
  /** Most bytes of a running list's results in the head; with format 2, more are stored in parts beside it. */
  readonly resultBytes: number;
  /** Most parts of a running list's results that the head names. Older ones move to a stored index. */
  readonly partsKept: number;
  /** Lists of more bytes of JSON are given to code as a `LongList`. */
  readonly wholeBytes: number;
  /** Most waits in the head; with format 3, others are stored in pages beside it. */
  readonly waitsKept: number;
  /** Number of ledger entries kept in the head; older entries go to the ledger store. */
  readonly ledgerKept: number;
  /** Most bytes of a head's JSON for new work; an event that exceeds it is rejected. */
  readonly headBytes: number;
  /** Most bytes of a head for accepted work. An execution that needs more fails. */
  readonly headBytesAtMost: number;
  /** Dropped values are deleted after this time, because readers may still hold an older head. */
  readonly dropAfter: number;
  /** No invocation lasts longer: what was erased is erased again after this time. */
  readonly longestInvocation: number;
  /** Validity of a callback token, unless its interrupt expires earlier. */
  readonly tokenLife: number;
}

export const DEFAULTS: Parameters = {
  lease: 20_000,
  clockSkew: 2_000,
  claimLimit: 64,
  startAhead: 64,
  crowds: CROWDS,
  awaitFor: 5_000,
  abortMargin: 10_000,
  releaseMargin: 7_000,
  sweepAhead: 90_000,
  commitTries: 50,
  backOff: 10,
  decideWithin: 1_000,
  directTries: 1,
  answerTries: 1,
  answerWithin: 20_000,
  portion: 256,
  inlineBytes: 256,
  headFormat: 4,
  resultBytes: 4 * 1024,
  partsKept: 48,
  wholeBytes: MAX_VALUE_BYTES,
  waitsKept: 64,
  ledgerKept: 64,
  headBytes: 300 * 1024,
  headBytesAtMost: 380 * 1024,
  dropAfter: 24 * 3_600_000,
  longestInvocation: 900_000,
  tokenLife: 90 * 24 * 3_600_000,
};
