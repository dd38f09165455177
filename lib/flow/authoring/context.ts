/**
 * The context objects that handlers, predicates and taps receive. Their types come from the flow's contract (`Env`) and
 * from the value that reaches the chunk; the runtime builds the objects.
 */

import type { Json } from '../json.ts';
import type { AttributeValue } from '../options/attributes.ts';
import type { Approval, ApprovalRequest } from './approval.ts';
import type {
  EmitOptions,
  FlowData,
  FlowDataReader,
  Given,
  Interventions,
  Key,
  State,
  StateReader,
  Workspace,
} from './facilities.ts';
import type { EventPause, Interrupt, Pages, PauseOptions, ResumeTo, Sleep } from './interrupt.ts';

export type { State, StateReader } from './facilities.ts';
export type { Interrupt, PauseOptions } from './interrupt.ts';

/** The types of a flow's contract. Every pipe, chunk and context of the flow carries them. */
export interface Env {
  readonly input: unknown;
  readonly state: Readonly<Record<string, unknown>>;
  readonly signals: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
  readonly stream: unknown;
  readonly result: unknown;
  /** The types that callers give and code writes and emits, before the schemas convert them. */
  readonly given: {
    readonly input: unknown;
    readonly state: Readonly<Record<string, unknown>>;
    readonly signals: Readonly<Record<string, unknown>>;
    readonly stream: unknown;
    readonly result: unknown;
    readonly attributes: object;
  };
}

/** What an attribute takes: what its schema says, else any text or number. */
export type AttributeFor<E extends Env, Name extends string> = Name extends keyof E['given']['attributes']
  ? E['given']['attributes'][Name]
  : AttributeValue;

export interface Logger {
  info(message: string, fields?: Readonly<Record<string, Json>>): void;
  warn(message: string, fields?: Readonly<Record<string, Json>>): void;
  error(message: string, fields?: Readonly<Record<string, Json>>): void;
}

/** The answer to a wait: who gave it, when, and whether the identity was verified. */
export interface ReceivedAnswer {
  readonly interruptId: string;
  /** If `verified`, the authenticated identity. Otherwise the person a link was made for, or the name the caller gave. */
  readonly actor?: string;
  readonly verified: boolean;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly requestId: string;
}

/**
 * A list of more than 16 MB of JSON, as the input of a chunk, a predicate or a tap; inside an object or a list too. Smaller
 * lists are arrays. `length`, `await at(index)` and `for await` work on both. Everything else of an array is refused as
 * `value_too_large`.
 */
export interface LongList<Item> {
  readonly length: number;
  /** `undefined` beyond its ends. A negative index counts from the end. */
  at(index: number): Promise<Item | undefined>;
  [Symbol.asyncIterator](): AsyncIterator<Item>;
}

/** What a chunk's handler receives. State, streams and emits of it belong to this activation. */
export interface ChunkContext<E extends Env, In, Resume = unknown> {
  /** A list in it of more than 16 MB is a `LongList`. */
  readonly input: In;
  /** Alias of `input`. */
  readonly value: In;
  readonly execution: { readonly id: string; readonly flow: string };
  readonly chunk: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** `<executionId>/<activationId>`: the same for every retry and redelivery of this activation. */
  readonly idempotencyKey: string;
  /** True only when a pause with `resumeTo: 'self'` runs this chunk again. */
  readonly isResume: boolean;
  /** The answer that made this chunk run again; `undefined` unless `isResume`. */
  readonly resume: { readonly value: Resume; readonly requestId?: string } | undefined;
  /**
   * Who gave the answer that this chunk receives. Set in the chunks directly after a `pauseFor`, also through a `match`, `tap`
   * or intervention point, and in a chunk that an answer runs again. `undefined` everywhere else, and after an expiry.
   */
  readonly answer: ReceivedAnswer | undefined;
  /** Aborted shortly before the worker's deadline, on cancel, and when the worker has lost its claim on this activation. */
  readonly abort: AbortSignal;
  readonly log: Logger;
  readonly resources: E['resources'];
  /**
   * The resource, or an error where the app provides none.
   * @throws FlowError `missing_resource`, which is not retried
   */
  requireResource<K extends Key<E['resources']>>(key: K): E['resources'][K];
  readonly state: State<E['state'], E['given']['state']>;
  readonly flowData: FlowData;
  readonly interventions: Interventions;
  /** Files and large artifacts. @throws FlowError `missing_resource` if the execution runs with `workspace: false` */
  readonly workspace: Workspace;
  /**
   * Emits a signal and waits. The emit is committed at once, with everything this activation did before it. The promise
   * resolves when all work that the signal caused has ended. A retry of the activation skips emits that were committed and
   * drops its other effects before them.
   * @throws the failure of the work that the signal caused
   * @throws FlowError `invalid_value`
   * @throws FlowError `nondeterministic_chunk` if a retry emits or writes something else at a committed position
   */
  emit<K extends Key<E['signals']>>(
    name: K,
    value: Given<E['given']['signals'], K>,
    options?: EmitOptions,
  ): Promise<void>;
  /**
   * Emits a signal without waiting. It is committed when this activation settles, then delivered by its own queue message.
   * @throws FlowError `invalid_value`
   */
  emitNowait<K extends Key<E['signals']>>(name: K, value: Given<E['given']['signals'], K>): void;
  /** Appends an item to the stream of the execution; readers see it before the chunk ends. */
  stream(item: E['given']['stream']): Promise<void>;
  /** Ends the stream at once and for good, even if this attempt fails. Later items are ignored with a warning. */
  stopStream(): Promise<void>;
  // The most common overload is last, because the compiler reports why the last one does not fit.
  /** Makes a durable wait for an answer. The handler must `return` it: `return ctx.pauseFor({ type: 'approval' })`. */
  pauseFor(options: EventPause<Key<E['signals']>>): Interrupt<'event'>;
  pauseFor<const To extends ResumeTo<Key<E['signals']>> = 'next'>(
    options: PauseOptions<To, Key<E['signals']>> & { readonly resumeEvent?: never },
  ): Interrupt<To>;
  /**
   * A durable wait for a time; the handler must `return` it. The chunk ends, no process waits, and `null` flows downstream at
   * that time or later, never earlier.
   * @param ms milliseconds from now, at most 100 years
   * @throws FlowError `invalid_pause`
   */
  sleep(ms: number): Sleep;
  /**
   * Like `sleep`, until a Date or milliseconds since the epoch. A time in the past continues at once.
   * @throws FlowError `invalid_pause`
   */
  sleepUntil(time: Date | number): Sleep;
  /**
   * Asks the app's policy handler, then people if the handler answers `pending` or the app has none. For `pending`, return
   * `approval.pause`: once people have answered, the chunk runs again as the same activation, and the same call returns their
   * answer. Effects since its last awaited emit are discarded when it pauses.
   * @throws FlowError `definition_invalid` if the policy handler returns anything but a decision
   */
  requireApproval(request: ApprovalRequest): Promise<Approval>;
  /** Returns a list page by page: `return ctx.page(rows, { next: cursor })`. `ctx.page.from` is the cursor to begin at. */
  readonly page: Pages;
  readonly attributes: {
    /**
     * Sets an attribute of the execution, by which listings find it. It is stored with the chunk's other effects, and listed soon
     * after. An execution has at most 16, also those that its sub-flows set.
     * @param name 1 to 64 letters, digits and `_ . -`, beginning with a letter; `title` is shown as the execution's title
     * @param value a text of 1 to 256 characters, or a number
     * @throws FlowError `invalid_value`, which the chunk may catch: nothing is set
     */
    set<Name extends string>(name: Name, value: AttributeFor<E, Name>): Promise<void>;
  };
  /** The time of the worker's clock in milliseconds since the epoch. In tests, the simulated time. */
  now(): number;
  /**
   * Ends waits without an output, together with this activation's other effects. Later answers are `gone`. A withdrawn wait's
   * branch ends as a skipped one does, and its chunk does not run again. An answer that was accepted before wins.
   * @param what the id given to `pauseFor` (inside `forEach` the item's own wait first), or `{ type }`: all waits of that type in
   * this flow or sub-flow whose scope is this chunk's, around it or inside it
   * @throws FlowError `invalid_value`
   */
  withdraw(what: string | { readonly type: string }): Promise<void>;
  /**
   * Cancels the whole execution when this attempt ends without an error. State writes of the attempt are kept; its output and
   * signals go nowhere. Other running chunks are aborted, waits and timers end.
   * @param reason at most 200 characters
   * @throws FlowError `invalid_request`
   */
  cancel(reason?: string): Promise<void>;
  /** @deprecated Keep results in state. Writes `$final_result`; the last write wins. */
  setResult(value: E['given']['result']): Promise<void>;
}

/** What a predicate of `match` or `if` receives: the value, committed state and shared data. It must have no side effects. */
export interface PredicateContext<E extends Env, In> {
  readonly input: In;
  readonly state: StateReader<E['state']>;
  readonly flowData: FlowDataReader;
  readonly resources: E['resources'];
}

/** What a `tap` receives. A tap may run more than once for one value. */
export interface TapContext<E extends Env, In> extends PredicateContext<E, In> {
  readonly log: Logger;
}
