/** Every number of the protocol that may be tuned, with its start value, in one place. Times are milliseconds. */
export interface Parameters {
  /** How long a claim lives without a commit or heartbeat. */
  readonly lease: number;
  /** A lease is reclaimed this long after its end: how far clocks may be apart. */
  readonly clockSkew: number;
  /** Activations that one session holds at once. */
  readonly claimLimit: number;
  /** Chunks that await emits are given back when nothing else has run in their session for so long. */
  readonly awaitFor: number;
  /** Before the deadline: chunks are told to stop, nothing more is claimed. */
  readonly abortMargin: number;
  /** Before the deadline: what still runs is given back. */
  readonly releaseMargin: number;
  /** How far ahead the sweeper looks. */
  readonly sweepAhead: number;
  /** Lost races of one commit before it gives up with `contention`. */
  readonly commitTries: number;
  /** Unit of the random wait after a lost race; 0 = none. */
  readonly backOff: number;
  /** How long predicates may hold up the commit before them; slower ones become an attempt of their own. */
  readonly decideWithin: number;
  /** Lost races after which an outside signal goes to the inbox instead. */
  readonly directTries: number;
  /** The same for an answer: of a crowd each would lose to all others. */
  readonly answerTries: number;
  /** How long an answer in the inbox waits for a commit before it gives up with `contention`. */
  readonly answerWithin: number;
  /** How many due waits, sleeps and queued signals one commit takes. */
  readonly portion: number;
  /** Values over this many bytes of JSON leave the head. */
  readonly inlineBytes: number;
  /** Ledger entries over this number leave the head. */
  readonly ledgerKept: number;
  /** Events that make a head larger than this many bytes of JSON are refused. */
  readonly headBytes: number;
  /** A head over this many bytes is written only to fail its execution. The room above `headBytes` is for accepted work. */
  readonly headBytesAtMost: number;
  /** Dropped values stay this long for readers of older heads. */
  readonly dropAfter: number;
  /** How long a callback token is valid when its interrupt does not expire earlier. */
  readonly tokenLife: number;
}

export const DEFAULTS: Parameters = {
  lease: 20_000,
  clockSkew: 2_000,
  claimLimit: 64,
  awaitFor: 5_000,
  abortMargin: 10_000,
  releaseMargin: 7_000,
  sweepAhead: 90_000,
  commitTries: 50,
  backOff: 10,
  decideWithin: 1_000,
  directTries: 2,
  answerTries: 1,
  answerWithin: 20_000,
  portion: 256,
  inlineBytes: 256,
  ledgerKept: 64,
  headBytes: 300 * 1024,
  headBytesAtMost: 380 * 1024,
  dropAfter: 24 * 3_600_000,
  tokenLife: 90 * 24 * 3_600_000,
};
