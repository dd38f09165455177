/** The awaited emits of a session: asked for by chunks, accepted by commits, over when their cascades are quiet. */
import type { AwaitEvent, EmitEvent } from '../../engine/events.ts';
import type { Activation, FailureInfo, Head } from '../../engine/head.ts';
import { type Permits, permitsOf } from '../../engine/limits/permits.ts';
import { busyCascades } from '../../engine/work/cascades.ts';
import { FatalError, FlowError } from '../../errors/errors.ts';
import type { EmitHost } from '../chunk/effects.ts';
import type { Token } from './tasks.ts';

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
  /** So many of those asked for are committed alone. */
  #singly = 0;
  #waiting: Waiting[] = [];
  #unseen = false;
  /** Attempts that begin to wait or go on; the next commit says so. */
  #reentries: AwaitEvent[] = [];

  get asked(): boolean {
    return (
      this.#asked.length > 0 ||
      this.#reentries.some(({ cascade }) => this.#waiting.some((each) => each.cascade === cascade))
    );
  }

  /** Somebody has begun to wait since the last look: it may be over already. */
  get unseen(): boolean {
    return this.#unseen;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** All of these activations wait, and there is nothing to commit for them. */
  areAwaitedBy(activations: readonly string[]): boolean {
    const waiting = new Set(this.#waiting.map(({ token }) => token.activation));
    return !this.asked && !this.#unseen && activations.every((id) => waiting.has(id));
  }

  /** @param wake tells the session that there is something to commit or to look at */
  host(token: Token, wake: () => void): EmitHost {
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

  /** What is to be committed now. */
  take(): readonly (EmitEvent | AwaitEvent)[] {
    this.#accepting.push(...this.#asked.splice(0, this.#singly > 0 ? 1 : Infinity));
    this.#singly = Math.max(0, this.#singly - 1);
    return [...this.#accepting.map(({ event }) => event), ...this.reentries()];
  }

  reentries(): readonly AwaitEvent[] {
    return this.#reentries.splice(0);
  }

  /** Together they are too large: each is asked for alone. @returns false: it was one */
  takeSingly(): boolean {
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

  /** Tells chunks what a committed head says of their emits. */
  look(head: Head): void {
    const seen: Seen = {
      head,
      rows: new Map(head.activations.map((row) => [row.id, row])),
      busy: busyCascades(head),
      permits: permitsOf(head),
    };
    for (const { event, resolve, reject } of this.#accepting.splice(0)) {
      const row = seen.rows.get(event.activation);
      const held = row?.fence === event.fence && row.attempt === event.attempt;
      if (held && (row.ops?.n ?? 0) >= event.ordinal) resolve();
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
    // Given back while it waits: it is repeated. A rejection would look to the chunk like a failure of what it awaits.
    if (awaited && row?.fence === undefined) return;
    if (!known || row?.fence !== token.fence) return reject(lost(token.activation));
    if (busy.has(cascade)) {
      if (!awaited) this.#note({ type: 'await', activation: token.activation, fence: token.fence, cascade });
      this.#waiting.push(each);
      return;
    }
    const limited = awaited && permits.limits(row);
    const mayGoOn = permits.has(row) || (row.awaiting?.length ?? 0) > 1;
    if (awaited && mayGoOn) this.#note({ type: 'reenter', activation: token.activation, fence: token.fence, cascade });
    if (limited) {
      this.#waiting.push(each);
      return;
    }
    if (known.failure) reject(new CascadeError(known.failure));
    else resolve();
  }
}

/** A committed head with what many emits ask of it, looked up once. */
interface Seen {
  readonly head: Head;
  readonly rows: ReadonlyMap<string, Activation>;
  readonly busy: ReadonlySet<string>;
  readonly permits: Permits;
}

/** What failed in a cascade. Not caught by the chunk that awaits it, it is that chunk's failure, without further attempts. */
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
  return new FlowError('lease_lost', `Activation ${activation} has gone to another worker.`);
}
