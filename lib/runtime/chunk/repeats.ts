/**
 * Compares an attempt with the commit points of earlier attempts of the activation. Only commit points are compared, in
 * order; those with a key are compared within their key. Calls of a retry before a committed point are dropped.
 */
import type { Accepted, CommitPoint } from '../../engine/work/commit-points.ts';
import { FlowError } from '../../errors/errors.ts';
import { hashId } from '../../flow/json.ts';

/** Position of an attempt at one of its commit points. */
export interface Place {
  /** False: an earlier attempt committed this point. */
  readonly isNew: boolean;
  readonly ordinal: number;
  readonly hash: string;
  readonly point?: Omit<CommitPoint, 'n'>;
}

/** @throws FlowError `nondeterministic_chunk` */
export interface Prefix {
  /** Counts an operation between commit points. Returns false when it must be dropped. */
  counts(kind: string, name: string): boolean;
  /** Reaches the next commit point. */
  reach(name: string, key: string | undefined): Place;
  /** Checks at the end of the attempt that all committed points were reached. */
  finish(): void;
}

export function prefixOf(chunk: string, accepted: Accepted | undefined): Prefix {
  const { n = 0, h = '', points } = accepted ?? { points: [] };
  return points ? new AcceptedPoints(chunk, { n, h, points }) : new AcceptedOperations(chunk, { n, h });
}

/**
 * Stored characters of a name's hash. Few suffice, because the hash only detects mistakes, and a chunk may have
 * thousands of points.
 */
const NAME = 8;
/** Lane of the commit points without a key. */
const NO_KEY = '';

class AcceptedPoints implements Prefix {
  readonly #chunk: string;
  /** Committed points not reached yet, by key. */
  readonly #ahead = new Map<string, CommitPoint[]>();
  /** `#last`: count and hash at the newest commit point; `#next`: including the operations since. */
  #last: { readonly n: number; readonly h: string };
  #next: { readonly n: number; readonly h: string };

  constructor(chunk: string, { n, h, points }: Required<Accepted>) {
    this.#chunk = chunk;
    this.#last = { n, h };
    this.#next = this.#last;
    for (const point of points) {
      const { key = NO_KEY } = point;
      const lane = this.#ahead.get(key);
      if (lane) lane.push(point);
      else this.#ahead.set(key, [point]);
    }
  }

  counts(kind: string, name: string): boolean {
    if (this.#ahead.has(NO_KEY)) return false;
    this.#count(kind, name);
    return true;
  }

  reach(name: string, key: string | undefined): Place {
    const hash = key === undefined ? NO_KEY : hashId('key', key);
    const point = { name: hashId('emit', name).slice(0, NAME), ...(key === undefined ? {} : { key: hash }) };
    const lane = this.#ahead.get(hash);
    const accepted = lane?.shift();
    if (accepted ? accepted.name !== point.name : this.#ahead.has(NO_KEY)) throw differs(this.#chunk, name);
    if (!accepted) {
      this.#count('emit', name);
      this.#last = this.#next;
      return { isNew: true, ordinal: this.#last.n, hash: this.#last.h, point };
    }
    if (lane?.length === 0) this.#ahead.delete(hash);
    this.#next = this.#last;
    return { isNew: false, ordinal: accepted.n, hash: this.#last.h };
  }

  finish(): void {
    if (this.#ahead.size > 0) throw differs(this.#chunk);
  }

  #count(kind: string, name: string): void {
    this.#next = { n: this.#next.n + 1, h: hashId(this.#next.h, kind, name) };
  }
}

/** Rule of older versions, kept for activations whose commits they made: all operations count, keys do not. */
class AcceptedOperations implements Prefix {
  readonly #chunk: string;
  readonly #accepted: Accepted;
  #n = 0;
  #h = '';

  constructor(chunk: string, accepted: Accepted) {
    this.#chunk = chunk;
    this.#accepted = accepted;
  }

  counts(kind: string, name: string): boolean {
    const { n, h } = this.#accepted;
    this.#n += 1;
    this.#h = hashId(this.#h, kind, name);
    if (this.#n === n && this.#h !== h) throw differs(this.#chunk, name);
    return this.#n > n;
  }

  reach(name: string): Place {
    const isNew = this.counts('emit', name);
    return { isNew, ordinal: this.#n, hash: this.#h };
  }

  finish(): void {
    if (this.#n < this.#accepted.n) throw differs(this.#chunk);
  }
}

function differs(chunk: string, name?: string): FlowError {
  const does = name === undefined ? 'ends before' : `emits or writes "${name}" instead of`;
  return new FlowError(
    'nondeterministic_chunk',
    `A retry of chunk "${chunk}" ${does} an awaited emit or watched write that an earlier attempt committed. Decide by input and state only, and give a key to each emit whose order may change.`,
  );
}
