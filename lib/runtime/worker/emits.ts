/**
 * Awaited emits of a session: requested by chunks, accepted by commits, resolved when no work of their cascade is left.
 */
import type { AwaitEvent, EmitEvent } from '../../engine/events.ts';
import type { Activation, FailureInfo, Head } from '../../engine/head.ts';
import { type Permits, permitsOf } from '../../engine/limits/permits.ts';
import { busyCascades } from '../../engine/work/cascades.ts';
import { isHeldBy, type Token } from '../../engine/work/claims/attempt-token.ts';
import { FatalError, FlowError } from '../../errors/errors.ts';
import type { EmitHandler } from '../chunk/effects.ts';

interface Asked {
  readonly event: EmitEvent;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Waiting {
  readonly token: Token;
  readonly cascade: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Emits {
  #asked: Asked[] = [];
  #accepting: Asked[] = [];
  /** Number of requested emits to commit one at a time. */
  #singly = 0;
  #waiting: Waiting[] = [];
  #unseen = false;
  /** Events for attempts that start or stop waiting, sent with the next commit. */
  #reentries: AwaitEvent[] = [];

  get asked(): boolean {
    return (
      this.#asked.length > 0 ||
      this.#reentries.some(({ cascade }) => this.#waiting.some((each) => each.cascade === cascade))
    );
  }

  /** A chunk started to wait since the last check; its cascade may have ended already. */
  get unseen(): boolean {
    return this.#unseen;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether all of these activations wait and nothing must be committed for them. */
  areAwaitedBy(activations: readonly string[]): boolean {
    const waiting = new Set(this.#waiting.map(({ token }) => token.activation));
    return !this.asked && !this.#unseen && activations.every((id) => waiting.has(id));
  }

  /** @param wake notifies the session that there are events to commit or waits to check */
  handlerOf(token: Token, wake: () => void): EmitHandler {
    return {
      accept: (request) =>
        new Promise((resolve, reject) => {
          this.#asked.push({ event: { type: 'emit', ...request, ...token }, resolve, reject });
          wake();
        }),
      quiet: (cascade) =>
        new Promise((resolve, reject) => {
          this.#waiting.push({ token, cascade, resolve, reject });
          this.#unseen = true;
          wake();
        }),
    };
  }

  /** Returns the events to commit now. */
  take(): readonly (EmitEvent | AwaitEvent)[] {
    this.#accepting.push(...this.#asked.splice(0, this.#singly > 0 ? 1 : Infinity));
    this.#singly = Math.max(0, this.#singly - 1);
    return [...this.#accepting.map(({ event }) => event), ...this.reentries()];
  }

  reentries(): readonly AwaitEvent[] {
    return this.#reentries.splice(0);
  }

  /** Requeues the emits one by one, because together they are too large. @returns false for a single emit */
  retrySingly(): boolean {
    if (this.#accepting.length < 2) return false;
    this.#asked.unshift(...this.#accepting.splice(0));
    this.#singly = this.#asked.length;
    return true;
  }

  refuse(events: readonly (EmitEvent | AwaitEvent)[], error: Error): void {
    for (const { event, reject } of this.#accepting.filter(({ event }) => events.includes(event))) {
      this.#accepting = this.#accepting.filter((each) => each.event !== event);
      reject(error);
    }
  }

  /** Resolves or rejects waiting chunks according to a committed head. */
  look(head: Head): void {
    const seen: Seen = {
      head,
      rows: new Map(head.activations.map((row) => [row.id, row])),
      busy: busyCascades(head),
      permits: permitsOf(head),
    };
    for (const { event, resolve, reject } of this.#accepting.splice(0)) {
      const row = seen.rows.get(event.activation);
      if (isHeldBy(row, event) && (row.ops?.n ?? 0) >= event.ordinal) resolve();
      else reject(lost(event.activation));
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#unseen = false;
    for (const each of waiting) this.#lookAt(seen, each);
  }

  #note(event: AwaitEvent): void {
    const known = this.#reentries.some(({ type, cascade }) => type === event.type && cascade === event.cascade);
    if (!known) this.#reentries.push(event);
  }

  #lookAt({ head, rows, busy, permits }: Seen, each: Waiting): void {
    const { token, cascade, resolve, reject } = each;
    const row = rows.get(token.activation);
    const known = head.cascades[cascade];
    const awaited = row?.awaiting?.includes(cascade) === true;
    // The activation was released while it waited, and will be retried. A rejection would look to the chunk like a
    // failure of the cascade.
    if (awaited && row?.fence === undefined) return;
    if (!known || !isHeldBy(row, token)) return reject(lost(token.activation));
    if (busy.has(cascade)) {
      if (!awaited) this.#note({ type: 'await', activation: token.activation, fence: token.fence, cascade });
      this.#waiting.push(each);
      return;
    }
    const limited = awaited && permits.limits(row);
    const mayContinue = permits.has(row) || (row.awaiting?.length ?? 0) > 1;
    if (awaited && mayContinue)
      this.#note({ type: 'reenter', activation: token.activation, fence: token.fence, cascade });
    if (limited) {
      this.#waiting.push(each);
      return;
    }
    if (known.failure) reject(new CascadeError(known.failure));
    else resolve();
  }
}

/** A committed head, with the lookups that many emits share. */
interface Seen {
  readonly head: Head;
  readonly rows: ReadonlyMap<string, Activation>;
  readonly busy: ReadonlySet<string>;
  readonly permits: Permits;
}

/**
 * The failure of a cascade. If the awaiting chunk does not catch it, it becomes that chunk's failure, without retries.
 */
export class CascadeError extends FatalError {
  override readonly name: string;
  readonly code: string | undefined;
  readonly causes: readonly string[];

  constructor({ name, message, code, causes = [] }: FailureInfo) {
    super(message);
    this.name = name;
    this.code = code;
    this.causes = causes;
  }
}

function lost(activation: string): FlowError {
  return new FlowError(
    'lease_lost',
    `Activation ${activation}: this worker lost its lease to another worker. Its attempt has no further effect.`,
  );
}
