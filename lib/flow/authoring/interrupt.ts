/** What chunks return besides outputs: durable waits with their options, sleeps and pages. */

/**
 * Where the answer goes.
 * - `next`: the answer becomes the chunk's output.
 * - `self`: the chunk runs again with `isResume` and `resume.value`.
 * - `{ event }`: the answer ends this wait only and is emitted as that signal, whose contract it must fit.
 *
 * Emitting the signal ends every wait for it in the same flow or sub-flow whose scope is the same, around it or inside it.
 * Items of a list and other correlations are separate scopes.
 */
export type ResumeTo<Signal extends string = string> = 'next' | 'self' | { readonly event: Signal };

interface Wait<Signal extends string> {
  /** The kind of answer awaited, such as `approval`. Lists and the callback page show it. Not empty. */
  readonly type: string;
  /**
   * JSON shown to the person who answers. `question` becomes the headline and `askedBy` the name of who asks; each other member
   * is a row.
   */
  readonly payload?: unknown;
  /**
   * Your own id, unique among the pending waits of the execution: 1 to 96 letters, digits and `_ . : @ = -`, not only dots.
   * Inside `forEach` the item's path is added.
   */
  readonly id?: string;
  /** How often an answer may run the chunk again with `resumeTo: 'self'`; `null` = unlimited. Default 1. */
  readonly maxResumes?: number | null;
  /** Milliseconds until the wait expires, at most 100 years. It never expires early. Default: it does not expire. */
  readonly expiresIn?: number;
  /**
   * At expiry: fail the execution (default), continue with `value` as the answer, or emit the signal with `null`. The value
   * must fit the schema of an answer, and the signal's contract must accept `null`. Otherwise the pause fails its chunk.
   */
  readonly onExpiry?: 'fail' | { readonly value: unknown } | { readonly event: Signal };
  /** Name of the exchange provider that announces the wait. Default: the app's. */
  readonly channel?: string;
  /**
   * Accepts answers from authenticated callers only: a callback link shows the wait but cannot answer it. Emitting the signal
   * of the wait still ends it. Default false.
   */
  readonly requireActor?: boolean;
}

/** Options of `pauseFor`. Only `type` is required. */
export interface PauseOptions<To extends ResumeTo = ResumeTo, Signal extends string = string> extends Wait<Signal> {
  /** Default `next`. */
  readonly resumeTo?: To;
  /** Alias of `resumeTo: { event }`. */
  readonly resumeEvent?: Signal;
}

/** The older form: `resumeEvent: 'approved'` means `resumeTo: { event: 'approved' }`. */
export interface EventPause<Signal extends string = string> extends Wait<Signal> {
  readonly resumeEvent: Signal;
  readonly resumeTo?: never;
}

/** What `sleep` and `sleepUntil` return. The handler must return it, like a pause. */
export interface Sleep {
  /** Milliseconds since the epoch. */
  readonly sleepUntil: number;
}

/** What `page` returns. The handler must return it, and one `forEach` must follow the chunk. */
export interface Page<out Item> {
  readonly page: { readonly items: readonly Item[]; readonly next?: unknown };
}

/** Gives a list page by page. */
export interface Pages {
  /**
   * One page of a list for the `forEach` that follows. With `next` the chunk runs again for the next page, as an activation of
   * its own, when fewer items than may run at once are left. Results keep the order of the items. Without `next` the page is
   * the last one; so is any other output of a chunk that was asked for a page.
   * @param options.next JSON that says where the next page begins; the chunk gets it as `ctx.page.from`
   */
  <Item>(items: readonly Item[], options?: { readonly next?: unknown }): Page<Item>;
  /** `next` of the page before; `undefined` for the first page. */
  readonly from: unknown;
}

declare const destination: unique symbol;

/** What `pauseFor` returns. The handler must return it, because the process does not stay for code after a pause. */
export interface Interrupt<out To = unknown> {
  readonly interrupt: PauseOptions;
  readonly [destination]?: To;
}
