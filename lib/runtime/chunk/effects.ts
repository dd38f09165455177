/**
 * What an attempt does besides its output, in the order of the calls. What an earlier attempt of the activation got accepted with
 * an awaited emit is skipped, and an attempt that does something else in its place is found out.
 */
import type { Consumption, Effects, EmitEvent, StateOperation } from '../../engine/events.ts';
import type { Activation } from '../../engine/head.ts';
import { cascadeId } from '../../engine/work/cascades.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import { type Place, type Prefix, prefixOf } from './repeats.ts';

/** The session's side of awaited emits. */
export interface EmitHost {
  /** Resolves once it is committed. */
  accept(request: Omit<EmitEvent, 'type' | 'fence' | 'attempt'>): Promise<void>;
  /** Resolves once the cascade is quiet. @throws what failed in it */
  quiet(cascade: string): Promise<void>;
}

export interface AttemptRules {
  /** Name of the chunk. */
  readonly chunk: string;
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
  readonly #prefix: Prefix;
  #difference: FlowError | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(activation: Activation, rules: AttemptRules) {
    this.#activation = activation;
    this.#rules = rules;
    this.#prefix = prefixOf(rules.chunk, activation.ops);
  }

  /** Why the attempt has failed whatever the chunk makes of it: it does other things than an earlier one. */
  get difference(): FlowError | undefined {
    return this.#difference;
  }

  /** Everything that was called so far has been done. */
  get done(): Promise<void> {
    return this.#last;
  }

  /** Does something in its turn, unless an earlier run has. `check` throws on bad arguments, as a rejection. */
  perform<T>(kind: string, name: string, check: () => T, work: (checked: T) => Promise<void>): Promise<void> {
    const asked = new Promise<{ isNew: boolean; checked: T }>((resolve) => {
      this.#open();
      const checked = check();
      resolve({ isNew: this.#ask((prefix) => prefix.counts(kind, name)), checked });
    });
    const done = Promise.all([asked, this.#last]).then(([{ isNew, checked }]) => (isNew ? work(checked) : undefined));
    this.#last = done.catch(() => undefined);
    return this.#rules.track(done);
  }

  /** Keeps a signal for the next commit. @throws at once on bad arguments */
  signal(name: string, value: () => Json): void {
    this.#open();
    const signal = { name, value: value() };
    if (!this.#ask((prefix) => prefix.counts('emitNowait', name))) return;
    this.#last = this.#last.then(() => void this.#signals.push(signal));
    void this.#rules.track(this.#last);
  }

  /**
   * Accepts an emit with everything before it, then waits for what it sets off. A failure in there is the chunk's affair: it may
   * catch it and go on.
   */
  emit(
    name: string,
    make: () => EmitEvent['emits'] | Promise<EmitEvent['emits']>,
    key: string | undefined,
  ): Promise<void> {
    const asked = new Promise<Place>((resolve) => {
      this.#open();
      checkKey(key, name);
      resolve(this.#ask((prefix) => prefix.reach(name, key)));
    });
    const accepted = Promise.all([asked, this.#last]).then(async ([{ isNew, ...place }]) => {
      const emits = isNew ? await make() : undefined;
      // Of what is accepted already, everything before it is.
      const effects = this.take();
      if (emits) await this.#rules.host.accept({ activation: this.#activation.id, ...place, effects, emits });
      return place.ordinal;
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

  /** @throws FlowError `nondeterministic_chunk` when this attempt did less than what an earlier one got accepted */
  finish(): void {
    this.#ask((prefix) => prefix.finish());
  }

  #open(): void {
    this.#rules.open();
    if (this.#difference) throw this.#difference;
  }

  #ask<T>(question: (prefix: Prefix) => T): T {
    try {
      return question(this.#prefix);
    } catch (error) {
      if (FlowError.is(error)) this.#difference = error;
      throw error;
    }
  }
}

/** @throws FlowError `invalid_value` */
export function checkKey(key: unknown, name: string): void {
  if (key === undefined || (typeof key === 'string' && key !== '')) return;
  throw new FlowError('invalid_value', `${name}: the key of an emit or write must be a text that is not empty.`);
}
