/**
 * Traces and metrics. Both ports are optional, and nothing is decided by them. Their methods never throw, except those that
 * give something out. A place in a
 * trace is a text, the W3C `traceparent`.
 */

/** What started an invocation. */
export type Trigger = 'http' | 'queue' | 'timer';

/** An invocation of a function. */
export interface Invocation {
  readonly trigger: Trigger;
  /** Route, queue or function. */
  readonly name: string;
  /** The trace of the caller, which this one continues. */
  readonly parent?: string;
  /** Traces that sent its messages. */
  readonly links?: readonly string[];
  /** Number of messages. */
  readonly messages?: number;
  readonly method?: string;
  readonly requestId?: string;
  readonly isFirst?: boolean;
}

/** How an invocation ended. */
export interface Answered {
  readonly status?: number;
  /** Number of messages that it leaves on the queue. */
  readonly failed?: number;
}

/** The work of one process on one execution. */
export interface SessionOf {
  readonly executionId: string;
  readonly flow: string;
  /** Earlier traces of the execution. */
  readonly links: readonly (string | undefined)[];
}

/** An attempt of a chunk, or of the code of an operator. */
export interface AttemptOf {
  readonly executionId: string;
  readonly flow: string;
  readonly chunk: string;
  readonly attempt: number;
}

/** How an attempt ended. `aborted`: without effect, because its worker lost it or gave it back. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'sleeping' | 'waiting' | 'aborted';

export interface AttemptSpan {
  /** Runs the code of the attempt. What it starts belongs to the span. */
  run<T>(work: () => T): T;
  /**
   * Ends the span; later calls do nothing.
   * @param at milliseconds
   * @param error type of the error of a failed attempt; never its message
   */
  end(outcome: AttemptOutcome, at: number, error?: string): void;
}

export interface Tracer {
  /** The place in the trace of the code that runs now. */
  current(): string | undefined;
  /** Links the code that runs now to another trace. */
  link(traceparent: string): void;
  /** Runs an invocation as one trace. */
  invocation<T>(about: Invocation, work: () => Promise<T>, answered: (result: T) => Answered): Promise<T>;
  session<T>(about: SessionOf, work: () => Promise<T>): Promise<T>;
  /**
   * `undefined`: the session is not traced, as without an SDK.
   * @param since milliseconds
   */
  attempt(about: AttemptOf, since: number): AttemptSpan | undefined;
  /** Gives out what was traced; called at the end of each invocation. */
  flush(): Promise<void>;
}

/** All metrics: what is counted or timed (milliseconds), and by what it is told apart. */
export const METRICS = {
  executionsStarted: { kind: 'count', by: ['flow'] },
  executionsClosed: { kind: 'count', by: ['flow', 'status'] },
  attemptDuration: { kind: 'time', by: ['flow', 'chunk', 'outcome'] },
  queueAge: { kind: 'time', by: ['queue'] },
  commitConflicts: { kind: 'count', by: ['flow'] },
  writeUnits: { kind: 'count', by: ['flow'] },
} as const satisfies Readonly<Record<string, { readonly kind: 'count' | 'time'; readonly by: readonly string[] }>>;

export type Metric = keyof typeof METRICS;
export type MetricAttributes<Name extends Metric = Metric> = {
  readonly [By in (typeof METRICS)[Name]['by'][number]]: string;
};

export interface Meter {
  record<Name extends Metric>(name: Name, value: number, by: MetricAttributes<Name>): void;
  /** Gives out what was recorded; called at the end of each invocation. */
  flush(): Promise<void>;
}
