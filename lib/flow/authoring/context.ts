/**
 * What a chunk's handler and a predicate are given. The types flow from the contract of the flow (`Env`) and the value
 * that reaches the chunk; the runtime builds the objects.
 */

import type { Json } from '../json.ts';
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
import type { EventPause, Interrupt, PauseOptions, ResumeTo, Sleep } from './interrupt.ts';

export type { State, StateReader } from './facilities.ts';
export type { Interrupt, PauseOptions } from './interrupt.ts';

/** The types of a flow's contract, carried by everything that belongs to the flow. */
export interface Env {
  readonly input: unknown;
  readonly state: Readonly<Record<string, unknown>>;
  readonly signals: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
  readonly stream: unknown;
  readonly result: unknown;
  /** What is written and emitted: the types before the schemas convert them. */
  readonly given: {
    readonly state: Readonly<Record<string, unknown>>;
    readonly signals: Readonly<Record<string, unknown>>;
    readonly stream: unknown;
    readonly result: unknown;
  };
}

export interface Logger {
  info(message: string, fields?: Readonly<Record<string, Json>>): void;
  warn(message: string, fields?: Readonly<Record<string, Json>>): void;
  error(message: string, fields?: Readonly<Record<string, Json>>): void;
}

export interface ReceivedAnswer {
  readonly interruptId: string;
  /** The authenticated identity where it is verified; else the person that a link was made for, or the name that the caller gave. */
  readonly actor?: string;
  readonly verified: boolean;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly requestId: string;
}

export interface ChunkContext<E extends Env, In, Resume = unknown> {
  readonly input: In;
  /** Alias of `input`. */
  readonly value: In;
  readonly execution: { readonly id: string; readonly flow: string };
  readonly chunk: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** `<executionId>/<activationId>`: the same over every retry and redelivery of this activation. */
  readonly idempotencyKey: string;
  /** True only when a pause with `resumeTo: 'self'` runs this chunk again. */
  readonly isResume: boolean;
  /** The answer that runs this chunk again. */
  readonly resume: { readonly value: Resume; readonly requestId?: string } | undefined;
  /**
   * Who gave the answer that this chunk gets: the next chunks behind a `pauseFor`, also behind a `match`, `tap` or intervention point,
   * and the chunk that an answer runs again. `undefined` everywhere else, and after an expiry.
   */
  readonly answer: ReceivedAnswer | undefined;
  /** Aborted shortly before the worker's deadline, on cancel, and when the worker lost this activation. */
  readonly abort: AbortSignal;
  readonly log: Logger;
  readonly resources: E['resources'];
  /** @throws FlowError `missing_resource`, which is not retried */
  requireResource<K extends Key<E['resources']>>(key: K): E['resources'][K];
  readonly state: State<E['state'], E['given']['state']>;
  readonly flowData: FlowData;
  readonly interventions: Interventions;
  /** Files and large artifacts. @throws FlowError `missing_resource` where the execution has opted out */
  readonly workspace: Workspace;
  /**
   * Accepted at once, with everything this activation did before it; resolves when all that follows is quiet. A repeat of
   * the activation skips what was accepted, and whatever else it does before that is dropped.
   * @throws the failure of what it set off; FlowError `invalid_value`, `nondeterministic_chunk` for another emit or watched write in
   * the place of one that was accepted
   */
  emit<K extends Key<E['signals']>>(
    name: K,
    value: Given<E['given']['signals'], K>,
    options?: EmitOptions,
  ): Promise<void>;
  /**
   * Accepted with the settle of this activation, then delivered by a queue message of its own. The chunk does not wait.
   * @throws FlowError `invalid_value`
   */
  emitNowait<K extends Key<E['signals']>>(name: K, value: Given<E['given']['signals'], K>): void;
  /** Puts an item into the stream of the execution; readers see it before the chunk ends. */
  stream(item: E['given']['stream']): Promise<void>;
  /** Ends the stream now, for good, also when this attempt fails: later items are ignored with a warning. */
  stopStream(): Promise<void>;
  // The form that is written most stands last: the compiler explains why that one does not fit.
  /** Makes a durable wait; `return` it. */
  pauseFor(options: EventPause<Key<E['signals']>>): Interrupt<'event'>;
  pauseFor<const To extends ResumeTo<Key<E['signals']>> = 'next'>(
    options: PauseOptions<To, Key<E['signals']>> & { readonly resumeEvent?: never },
  ): Interrupt<To>;
  /**
   * A durable wait for time alone; `return` it. The chunk has ended then, `null` goes on once the time has come: never early, and
   * nothing is kept running meanwhile.
   * @param ms milliseconds from now, at most 100 years
   * @throws FlowError `invalid_pause`
   */
  sleep(ms: number): Sleep;
  /** `sleep` up to a time, as a Date or milliseconds since the epoch; what is past goes on at once. */
  sleepUntil(time: Date | number): Sleep;
  /**
   * Asks the policy handler of the app, then, if that leaves it `pending`, people: the chunk returns `pause` and runs again once
   * they have answered, where the same question gets their answer. It runs as the same activation, with the same idempotency key:
   * what it did since its last awaited emit is not kept when it asks. Without a handler it is always left to people.
   * @throws FlowError `definition_invalid` when the handler says something else
   */
  requireApproval(request: ApprovalRequest): Promise<Approval>;
  /** @deprecated Keep results in state. Writes `$final_result`; the last one wins. */
  setResult(value: E['given']['result']): Promise<void>;
}

/** Predicates of `match` see the value, committed state and shared data; they must not have side effects. */
export interface PredicateContext<E extends Env, In> {
  readonly input: In;
  readonly state: StateReader<E['state']>;
  readonly flowData: FlowDataReader;
  readonly resources: E['resources'];
}

/** What a `tap` sees. It may run more than once. */
export interface TapContext<E extends Env, In> extends PredicateContext<E, In> {
  readonly log: Logger;
}
