/** Durable waits: what a chunk may ask for, and what its return value says to the types. */

/**
 * Where the answer goes. `next`: it becomes the chunk's output. `self`: the chunk runs again with `isResume` and
 * `resume.value`. `{ event }`: it ends this wait alone, has to fit the contract of that signal, and is emitted as it. An emit
 * of that signal ends every wait for it in the same flow or sub-flow whose scope is its own, around it or inside it: items of a
 * list and other correlations do not hear each other.
 */
export type ResumeTo<Signal extends string = string> = 'next' | 'self' | { readonly event: Signal };

interface Wait<Signal extends string> {
  /** What kind of answer is awaited, such as `approval`; shown in lists and on the callback page. */
  readonly type: string;
  /** JSON shown to whoever answers. */
  readonly payload?: unknown;
  /** A name of your own, unique among the pending waits of the execution; inside `forEach` the item's path is added. */
  readonly id?: string;
  /** How often `self` may run the chunk again; `null` = any number. Default 1. */
  readonly maxResumes?: number | null;
  /** Milliseconds until the wait expires. Never early. Default: it does not expire. */
  readonly expiresIn?: number;
  /**
   * At expiry: fail the execution (default), go on with a value, or emit a signal with `null`. The value has to be what an answer
   * may be, and the contract of the signal has to accept `null`: a pause that breaks this fails its chunk.
   */
  readonly onExpiry?: 'fail' | { readonly value: unknown } | { readonly event: Signal };
  /** The exchange provider that announces the wait. Default: the app's. */
  readonly channel?: string;
  /**
   * Takes answers only of callers that were authenticated: links show the question's place, and do not answer. An emit of its signal
   * ends the wait all the same. Default false.
   */
  readonly requireActor?: boolean;
}

export interface PauseOptions<To extends ResumeTo = ResumeTo, Signal extends string = string> extends Wait<Signal> {
  /** Default `next`. */
  readonly resumeTo?: To;
  /** Alias of `resumeTo: { event }`. */
  readonly resumeEvent?: Signal;
}

/** The older form: `resumeEvent: 'approved'` says `resumeTo: { event: 'approved' }`. */
export interface EventPause<Signal extends string = string> extends Wait<Signal> {
  readonly resumeEvent: Signal;
  readonly resumeTo?: never;
}

/** What `sleep` and `sleepUntil` give; returned by the handler like a pause. */
export interface Sleep {
  readonly sleepUntil: number;
}

declare const destination: unique symbol;

/** A durable wait, returned by `pauseFor`. It must be returned by the handler: no code after a pause survives. */
export interface Interrupt<out To = unknown> {
  readonly interrupt: PauseOptions;
  readonly [destination]?: To;
}
