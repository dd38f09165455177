/**
 * Effects of an attempt, in the order of the calls. Effects that an earlier attempt committed with an awaited emit are
 * skipped. An attempt that makes other calls in their place fails.
 */
import type { Consumption, Effects, EmitEvent, StateOperation, Withdrawal } from '../../engine/events.ts';
import type { Activation } from '../../engine/head.ts';
import type { AttributeWrite } from '../../engine/values/attributes.ts';
import { cascadeId } from '../../engine/work/cascades.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Calls } from './calls.ts';
import { type Place, type Prefix, prefixOf } from './repeats.ts';

/** Handles awaited emits for an attempt; the session implements it. */
export interface EmitHandler {
  /** Resolves once the emit is committed. */
  accept(request: Omit<EmitEvent, 'type' | 'fence' | 'attempt'>): Promise<void>;
  /** Resolves once no work of the cascade is left. @throws the failure of the cascade */
  quiet(cascade: string): Promise<void>;
}

export interface AttemptRules {
  /** Name of the chunk. */
  readonly chunk: string;
  readonly emits: EmitHandler;
  /** Receives the promises of all calls. */
  readonly calls: Calls;
  /** Throws once the attempt has ended. */
  open(): void;
}

export class Operations {
  /** Not yet committed. */
  readonly writes: StateOperation[] = [];
  readonly flowData: StateOperation[] = [];
  readonly consumed: Consumption[] = [];
  readonly withdrawn: Withdrawal[] = [];
  readonly attributes: AttributeWrite[] = [];
  readonly #signals: { name: string; value: Json }[] = [];
  readonly #activation: Activation;
  readonly #rules: AttemptRules;
  readonly #prefix: Prefix;
  #difference: FlowError | undefined;
  /** The first call since the start of the attempt that was refused by what it found, not by its arguments. */
  #refused: { readonly error: unknown } | undefined;
  #cancel: Effects['cancel'];
  #last: Promise<void> = Promise.resolve();

  constructor(activation: Activation, rules: AttemptRules) {
    this.#activation = activation;
    this.#rules = rules;
    this.#prefix = prefixOf(rules.chunk, activation.ops);
  }

  /** Set when this attempt differs from an earlier one. It then fails even if the chunk catches the error. */
  get difference(): FlowError | undefined {
    return this.#difference;
  }

  /**
   * Runs `work` after all earlier calls, unless an earlier attempt did it. `check` throws on bad arguments. What it or
   * `work` throws rejects the promise, and the chunk may catch it and go on. What `work` throws fails the attempt at
   * its next commit point: a repeat behind that point would not call `work`, so it could not refuse the call again.
   */
  perform<T>(kind: string, name: string, check: () => T, work: (checked: T) => Promise<void>): Promise<void> {
    const asked = new Promise<{ isNew: boolean; checked: T }>((resolve) => {
      this.#open();
      const checked = check();
      resolve({ isNew: this.#ask((prefix) => prefix.counts(kind, name)), checked });
    });
    const done = Promise.all([asked, this.#last]).then(([{ isNew, checked }]) =>
      isNew ? this.#run(work, checked) : undefined,
    );
    this.#last = done.catch(() => undefined);
    return this.#rules.calls.track(done);
  }

  /** Reads after all earlier calls. */
  read<T>(work: () => Promise<T>): Promise<T> {
    return this.#rules.calls.track(this.#last.then(work));
  }

  /** Adds a signal to the next commit. @throws on bad arguments, synchronously */
  signal(name: string, value: () => Json): void {
    this.#open();
    const signal = { name, value: value() };
    if (!this.#ask((prefix) => prefix.counts('emitNowait', name))) return;
    this.#last = this.#last.then(() => void this.#signals.push(signal));
    this.#rules.calls.insist(this.#last);
  }

  /**
   * Commits an emit and all effects before it, then waits for the cascade it starts. A failure in the cascade rejects
   * the returned promise; the chunk may catch it.
   * @param check throws on bad arguments: nothing is emitted then, and the chunk may catch the error
   * @param make what fails here fails the attempt, because a repeat takes it for accepted
   */
  emit<T>(
    name: string,
    check: () => T,
    make: (checked: T) => EmitEvent['emits'] | Promise<EmitEvent['emits']>,
    key: string | undefined,
  ): Promise<void> {
    const { calls, emits: handler } = this.#rules;
    let checked: T;
    let reached: Place;
    try {
      this.#open();
      checkKey(key, name);
      checked = check();
      reached = this.#ask((prefix) => prefix.reach(name, key));
    } catch (error) {
      return calls.track(Promise.reject(error));
    }
    const { isNew, ...place } = reached;
    const accepted = this.#last.then(async () => {
      if (isNew && this.#refused) throw this.#refused.error;
      const emits = isNew ? await make(checked) : undefined;
      // When the emit is committed already, so are the effects before it: they are discarded.
      const effects = this.take();
      if (emits) await handler.accept({ activation: this.#activation.id, ...place, effects, emits });
    });
    this.#last = accepted.catch(() => undefined);
    calls.insist(accepted);
    const quiet = accepted.then(() => handler.quiet(cascadeId(this.#activation.id, place.ordinal)));
    calls.insist(quiet.catch(() => undefined));
    return quiet;
  }

  /** @returns the promise for the chunk, of a call that consists of others */
  track<T>(work: Promise<T>): Promise<T> {
    return this.#rules.calls.track(work);
  }

  /** Removes and returns the effects that are not committed yet. */
  take(): Effects {
    const consumed = this.consumed.splice(0);
    const withdrawn = this.withdrawn.splice(0);
    const attributes = this.attributes.splice(0);
    const effects = { state: this.writes.splice(0), signals: this.#signals.splice(0) };
    const flowData = this.flowData.splice(0);
    return {
      ...effects,
      ...(consumed.length > 0 ? { consumed } : {}),
      ...(withdrawn.length > 0 ? { withdrawn } : {}),
      ...(attributes.length > 0 ? { attributes } : {}),
      ...(flowData.length > 0 ? { flowData } : {}),
    };
  }

  /** The settle of this attempt cancels the execution. An awaited emit does not: it is no settle. */
  cancel(reason: string | undefined): void {
    this.#open();
    this.#cancel = reason === undefined ? {} : { reason };
  }

  /** The effects of the settle. */
  takeAll(): Effects {
    return { ...this.take(), ...(this.#cancel ? { cancel: this.#cancel } : {}) };
  }

  /** @throws FlowError `nondeterministic_chunk` when this attempt made fewer calls than an earlier one committed */
  finish(): void {
    this.#ask((prefix) => prefix.finish());
  }

  #open(): void {
    this.#rules.open();
    if (this.#difference) throw this.#difference;
  }

  async #run<T>(work: (checked: T) => Promise<void>, checked: T): Promise<void> {
    try {
      await work(checked);
    } catch (error) {
      this.#refused ??= { error };
      throw error;
    }
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
  throw new FlowError(
    'invalid_value',
    `${name}: the key of this emit or write is not a non-empty string. Pass one, or leave the key out.`,
  );
}
