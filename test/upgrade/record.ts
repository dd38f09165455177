/** Facts written beside the data folder for the version that takes it over. */

export interface Link {
  readonly executionId: string;
  readonly interruptId: string;
  /** Of the callback URL, with its token. */
  readonly path: string;
  readonly payload: unknown;
}

/** An answered request to repeat: the answer must have the same bytes. */
export interface Answered {
  readonly path: string;
  readonly body: unknown;
  readonly text: string;
}

export interface Recorded {
  readonly commit: string;
  /** When the old version was killed (ms since the epoch). */
  readonly killedAt: number;
  readonly fingerprints: Readonly<Record<string, string>>;
  readonly links: readonly Link[];
  readonly answered: readonly Answered[];
  /** Saved documents by execution id. */
  readonly documents: Readonly<Record<string, unknown>>;
}

/** File names within the data folder. */
export const RECORD = 'record.json';
export const JOURNAL = 'journal.jsonl';
