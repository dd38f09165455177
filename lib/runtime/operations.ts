/**
 * What an attempt does besides its output, in the order of the calls. Operations share one numbering: what an earlier run of the
 * activation got accepted behind an awaited emit is skipped, and a run that does something else is found out.
 */
import { cascadeId } from '../engine/cascades.ts';
import type { Consumption, Effects, EmitEvent, StateOperation } from '../engine/events.ts';
import type { Activation } from '../engine/head.ts';
import { FlowError } from '../errors.ts';
import { hashId, type Json } from '../flow/json.ts';

/** The session's side of awaited emits. */
export interface EmitHost {
  /** Resolves once it is committed. */
  accept(request: Omit<EmitEvent, 'type' | 'fence' | 'attempt'>): Promise<void>;
  /** Resolves once the cascade is quiet. @throws what failed in it */
  quiet(cascade: string): Promise<void>;
}

export interface AttemptRules {
  readonly host: EmitHost;
  /** Given every promise that goes on behind a call: a refusal fails the attempt, awaited or not. */
  track(work: Promise<void>): Promise<void>;
  /** Throws once the attempt has ended. */
  open(): void;
}

export class Operations {
  /** Not yet committed. */
  readonly writes: StateOperation[] = [];
  readonly flowData: StateOperation[] = [];
  readonly consumed: Consumption[] = [];
  readonly #signals: { name: string; value: Json }[] = [];
  readonly #activation: Activation;
  readonly #rules: AttemptRules;
  #last: Promise<void> = Promise.resolve();
  #ordinal = 0;
  #hash = '';

  constructor(activation: Activation, rules: AttemptRules) {
    this.#activation = activation;
    this.#rules = rules;
  }

  /** Everything that was called so far has been done. */
  get done(): Promise<void> {
    return this.#last;
  }

  /** Does something in its turn, unless an earlier run has. `check` throws on bad arguments, as a rejection. */
  perform<T>(kind: string, name: string, check: () => T, work: (checked: T) => Promise<void>): Promise<void> {
    const asked = new Promise<{ isNew: boolean; checked: T }>((resolve) => {
      this.#rules.open();
      const checked = check();
      resolve({ isNew: this.#note(kind, name).isNew, checked });
    });
    const done = Promise.all([asked, this.#last]).then(([{ isNew, checked }]) => (isNew ? work(checked) : undefined));
    this.#last = done.catch(() => undefined);
    return this.#rules.track(done);
  }

  /** Keeps a signal for the next commit. @throws at once on bad arguments */
  signal(name: string, value: () => Json): void {
    this.#rules.open();
    const signal = { name, value: value() };
    if (!this.#note('emitNowait', name).isNew) return;
    this.#last = this.#last.then(() => void this.#signals.push(signal));
    void this.#rules.track(this.#last);
  }

  /**
   * Accepts an emit with everything before it, then waits for what it sets off. A failure in there is the chunk's affair: it may
   * catch it and go on.
   */
  emit(name: string, make: () => EmitEvent['emits'] | Promise<EmitEvent['emits']>): Promise<void> {
    const asked = new Promise<{ isNew: boolean; ordinal: number; hash: string }>((resolve) => {
      this.#rules.open();
      resolve(this.#note('emit', name));
    });
    const accepted = Promise.all([asked, this.#last]).then(async ([{ isNew, ordinal, hash }]) => {
      if (isNew) {
        const emits = await make();
        await this.#rules.host.accept({ activation: this.#activation.id, ordinal, hash, effects: this.take(), emits });
      }
      return ordinal;
    });
    this.#last = accepted.then(() => undefined).catch(() => undefined);
    void this.#rules.track(accepted.then(() => undefined));
    const quiet = accepted.then((ordinal) => this.#rules.host.quiet(cascadeId(this.#activation.id, ordinal)));
    void this.#rules.track(quiet.catch(() => undefined));
    return quiet;
  }

  /** Its failure fails the attempt, whether the chunk waits for it or not. */
  insist(work: Promise<void>): Promise<void> {
    return this.#rules.track(work);
  }

  /** What is left for the settle. */
  take(): Effects {
    const consumed = this.consumed.splice(0);
    const effects = { state: this.writes.splice(0), signals: this.#signals.splice(0) };
    const flowData = this.flowData.splice(0);
    return {
      ...effects,
      ...(consumed.length > 0 ? { consumed } : {}),
      ...(flowData.length > 0 ? { flowData } : {}),
    };
  }

  /** @throws FlowError `nondeterministic_chunk` when this run did less than what an earlier one got accepted */
  finish(): void {
    if (this.#ordinal < (this.#activation.ops?.n ?? 0)) throw this.#differs();
  }

  #note(kind: string, name: string): { readonly isNew: boolean; readonly ordinal: number; readonly hash: string } {
    const { n, h } = this.#activation.ops ?? { n: 0, h: '' };
    this.#ordinal += 1;
    this.#hash = hashId(this.#hash, kind, name);
    if (this.#ordinal === n && this.#hash !== h) throw this.#differs();
    return { isNew: this.#ordinal > n, ordinal: this.#ordinal, hash: this.#hash };
  }

  #differs(): FlowError {
    return new FlowError(
      'nondeterministic_chunk',
      `A repeat of "${this.#activation.node}" does other things than its first run did before an awaited emit. Decide by input and state only.`,
    );
  }
}
