/**
 * The calls of an attempt on its context. A failed call is the chunk's matter if the chunk awaits it or gives it a
 * handler. Otherwise the attempt fails, so that no failure is lost unseen.
 */
interface Pending {
  readonly work: Promise<unknown>;
  readonly isTaken: () => boolean;
}

export class Calls {
  /** Without those that succeeded: an attempt may make many calls, and their results take memory. */
  readonly #pending = new Set<Pending>();

  /** @returns the promise for the chunk */
  track<T>(work: Promise<T>): Promise<T> {
    const call = new Call<T>((resolve, reject) => void work.then(resolve, reject));
    call.leave();
    this.#add({ work, isTaken: () => call.isTaken });
    return call;
  }

  /** Fails the attempt when `work` rejects, whatever the chunk does about it. */
  insist(work: Promise<unknown>): void {
    this.#add({ work, isTaken: () => false });
  }

  /** Waits for all calls, also for those made meanwhile. @throws the first failure that the chunk has not taken */
  async settled(): Promise<void> {
    for (const { work } of this.#pending) await Promise.allSettled([work]);
    await Promise.all([...this.#pending].filter(({ isTaken }) => !isTaken()).map(({ work }) => work));
  }

  #add(call: Pending): void {
    this.#pending.add(call);
    call.work.then(
      () => this.#pending.delete(call),
      () => undefined,
    );
  }
}

/** A promise that knows whether somebody takes its outcome. `await`, `catch` and `Promise.all` call `then`. */
class Call<T> extends Promise<T> {
  isTaken = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<Result = T, Caught = never>(
    onDone?: ((value: T) => Result | PromiseLike<Result>) | null,
    onFailed?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Result | Caught> {
    this.isTaken = true;
    return super.then(onDone, onFailed);
  }

  /** Keeps the process from ending for a failure that nobody takes: the attempt reports it. */
  leave(): void {
    super.then(undefined, () => undefined);
  }
}
