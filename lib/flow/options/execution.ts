/**
 * The options of an execution, one row each. To add an option, add a row: `defineFlow`, documents, starts by client and HTTP,
 * heads, snapshots and views derive their schemas and types from this table.
 */
import { type output, type ZodType, z } from 'zod';
import { invalid, LONGEST_WAIT, name } from '../checks/definition.ts';
import { type Attributes, attributes } from './attributes.ts';
import { checkFits, problemOf } from './check.ts';
import { unknownOption } from './known.ts';
import { allOptional } from './optional.ts';
import { atLeastOne, httpPolicy, policy, storedPolicy } from './policies.ts';

interface Row {
  /** Values accepted from a start in the process, and with `inFlow` from `execution` of a flow and its document. */
  readonly given: ZodType;
  /** Values accepted from a start over HTTP. Default: `given`. */
  readonly http?: ZodType;
  /** Values in heads and snapshots. Default: `given`. */
  readonly stored?: ZodType;
  /** The flow can set a default in `execution`. */
  readonly inFlow?: true;
  /** A start over HTTP may only lower the flow's value. */
  readonly lowerOnly?: true;
  /** Views show the option. */
  readonly inView?: true;
  /** Default that the head stores if neither the start nor the flow sets the option. */
  readonly fallback?: unknown;
  /** Default that the head does not store: an absent option means this value. */
  readonly absent?: unknown;
}

const MOST_AT_ONCE = 1_000_000;
const MOST_HOPS = 1_000_000;
/** The last millisecond of the year 9999. Later times have a longer ISO text, which sorts wrongly. */
export const LATEST = 253_402_300_799_999;

const UNTIL_CLOSE = 'use 0 or more milliseconds, at most 100 years, or null for never';
const WORKSPACE = 'use the name of a shared workspace, or false for none';
const MODE = "use 'planned', 'auto', or null for none";

const KEPT = 'use a number of days over 0, at most 36,500, or null for ever';
const days = z.number(KEPT).positive(KEPT).max(36_500, KEPT).nullable();
const retention = z.union(
  [days, z.strictObject({ completed: days.optional(), failed: days.optional(), cancelled: days.optional() })],
  'use a number of days, null for ever, or { completed, failed, cancelled }',
);

const mode = z.enum(['planned', 'auto'], MODE);

/** The order is part of the stored format: heads keep their options in this order. */
export const OPTIONS = {
  /**
   * Whether the execution closes by itself after `autoCloseTimeout` of idleness. Idle means no ready or running chunk, no timer
   * and no pending wait. Default `true`.
   */
  autoClose: { given: z.boolean('use true or false'), inFlow: true, inView: true, fallback: true },
  /**
   * Milliseconds of idleness before the automatic close, 0 to 100 years; `null` = never. Default 0: close at once. A pending
   * wait stops the timer, and it restarts from zero after the answer.
   */
  autoCloseTimeout: {
    given: z.number(UNTIL_CLOSE).min(0, UNTIL_CLOSE).max(LONGEST_WAIT, UNTIL_CLOSE).nullable(),
    http: z.int().min(0).nullable(),
    stored: z.number().min(0).max(LATEST).nullable(),
    inFlow: true,
    fallback: 0,
  },
  /** Retry, timeout and error policy of chunks that set none themselves; overrides the `defaults` of the flow. Default `{}`. */
  defaults: { given: policy, http: httpPolicy, stored: storedPolicy, fallback: {} },
  /**
   * Maximum number of chunks of one execution that run at once, over all workers; a whole number of at least 1. A chunk that
   * waits (pause or awaited emit) does not count. Default: no limit. A start over HTTP can only lower the flow's value.
   */
  concurrency: { given: atLeastOne, http: atLeastOne.max(MOST_AT_ONCE), inFlow: true, lowerOnly: true },
  /**
   * Ends runaway loops: after this many hops in a row the execution fails with `hop_budget`. Hops are passes through the queue,
   * error-handler runs and retries without delay. Input from outside and timers reset the count. A whole number of at least 1.
   * Default 100,000. A start over HTTP can only lower the flow's value.
   */
  hopBudget: { given: atLeastOne, http: atLeastOne.max(MOST_HOPS), inFlow: true, lowerOnly: true },
  /**
   * Earliest time at which the input is processed: ISO 8601 with a time zone, such as `2026-03-01T09:00:00Z`, at most 366 days
   * ahead. A time in the past starts at once. Default: at once.
   */
  startAt: { given: z.string(), http: z.string().max(40), stored: z.number().min(0).max(LATEST) },
  /**
   * How `emitNowait` is delivered. `queue` (default): by its own queue message, so another worker can take it. `inline`: the
   * emitting worker processes it without a message.
   */
  nowait: { given: z.enum(['queue', 'inline']), stored: z.literal('inline'), inFlow: true, absent: 'queue' },
  /**
   * When steps are stored. `sync` (default): each step is committed before the next one runs. `exit`: the steps of a chain are
   * committed together, at the next wait, awaited emit, signal, retry, fan-out or end, and every few seconds. If the worker
   * crashes, uncommitted steps run again with the same idempotency keys, and the execution is `sync` from then on. Use `exit`
   * for many short steps that are safe to repeat.
   */
  durability: { given: z.enum(['sync', 'exit']), stored: z.literal('exit'), inFlow: true, absent: 'sync' },
  /**
   * What the history keeps. `full` (default): times, errors and values. `times`: no inputs, outputs or answers. `off`: no
   * history. Only a flow sets it, so that no caller can hide what an execution did.
   */
  history: { given: z.enum(['full', 'times', 'off']), http: z.never(), inFlow: true, absent: 'full' },
  /**
   * How many days a closed execution is kept: a number, `null` for ever, or one for each end. Default: 30 days, `failed` 90.
   * Afterwards it is deleted, and its id stays taken for a year. Only a flow sets it.
   */
  retention: { given: retention, http: z.never(), inFlow: true },
  /**
   * A name: the workspace of that name, shared by all executions that use it. `false`: no workspace. Default: a private one.
   */
  workspace: { given: z.union([name, z.literal(false)], WORKSPACE), inFlow: true },
  /**
   * Where interventions become visible. `planned`: at the flow's intervention points. `auto`: at the start of every chunk;
   * only for flows without intervention points. `null`: interventions are refused. Default: `planned` for a flow with
   * intervention points, else `null`.
   */
  interventionMode: { given: mode.nullable(), stored: mode, absent: null },
} satisfies Readonly<Record<string, Row>>;

type Table = typeof OPTIONS;
type Name = keyof Table;
type NamesWith<Mark> = { [Key in Name]: Table[Key] extends Mark ? Key : never }[Name];
type AlwaysStored = NamesWith<{ readonly fallback: unknown }>;

type Given<Key extends Name> = output<Table[Key]['given']>;
type Stored<Key extends Name> = Table[Key] extends { readonly stored: infer S extends ZodType }
  ? output<S>
  : Given<Key>;

// Mapped types over the table, because editors then show the docstrings of its rows.
type GivenIn<T, Keys extends Name & keyof T> = { readonly [Key in Keys]?: Given<Key> };
type StoredIn<T, Keys extends Name & keyof T> = { [Key in Keys]: Stored<Key> };

/** Default options of a flow's executions. A start overrides them. */
export type ExecutionDefaults = GivenIn<Table, NamesWith<{ readonly inFlow: true }>>;
/** Options of one start. An absent option has the flow's default. */
export type GivenOptions = GivenIn<Table, Name>;
/** The resolved options that the head stores. */
export type ExecutionOptions = StoredIn<Table, AlwaysStored> & Partial<StoredIn<Table, Exclude<Name, AlwaysStored>>>;
/** The options that views show. */
export type ShownOptions = Readonly<Pick<ExecutionOptions, NamesWith<{ readonly inView: true }>>>;

/** Attributes are no option of the head: chunks change them. */
export interface Attributed {
  /** Names with a text or a number, at most 16, by which listings find the execution. */
  readonly attributes?: Attributes;
}

const rows: readonly (readonly [name: string, row: Row])[] = Object.entries(OPTIONS);
const inFlow = rows.filter(([, row]) => row.inFlow);

type Column = 'given' | 'http' | 'stored';
const columnOf = (column: Column, of = rows) =>
  Object.fromEntries(of.map(([key, row]) => [key, row[column] ?? row.given]));

/** `execution` of a document. */
export const documentOptions = allOptional(columnOf('given', inFlow)) as ZodType<ExecutionDefaults>;
/** `options` of a start over HTTP. */
export const httpOptions = allOptional({ ...columnOf('http'), attributes }) as ZodType<GivenOptions & Attributed>;
/** `options` of a stored head. Keeps unknown members, which a later version may have written. */
export const storedOptions = z.looseObject(
  Object.fromEntries(
    rows.map(([key, { given, stored = given, fallback }]) => [
      key,
      fallback === undefined ? stored.optional() : stored,
    ]),
  ),
) as unknown as ZodType<ExecutionOptions>;

const written = allOptional(columnOf('given', inFlow), z.object);
const given = allOptional({ ...columnOf('given'), attributes }, z.object);
const writtenNames = inFlow.map(([key]) => key);

/** Names of the options of a start in the process. */
export const START_OPTIONS: readonly string[] = ['id', 'attributes', 'startedBy', ...rows.map(([key]) => key)];

/** @throws FlowError `definition_invalid` */
export function checkExecution(flow: string, execution: ExecutionDefaults): ExecutionDefaults {
  const problem = unknownOption(execution, writtenNames, `execution of flow "${flow}"`);
  if (problem !== undefined) throw invalid(problem);
  checkFits(written, execution, `flow "${flow}"`);
  return execution;
}

/** The first problem of a start's options, apart from what only the flow can tell. */
export function optionsProblem(flow: string, options: GivenOptions): string | undefined {
  const where = `the start of flow "${flow}"`;
  return unknownOption(options, START_OPTIONS, where) ?? problemOf(given, options, where);
}

/** Names of the options that a start over HTTP may only lower. */
export const LOWER_ONLY = rows
  .filter(([, row]) => row.lowerOnly)
  .map(([key]) => key as NamesWith<{ readonly lowerOnly: true }>);

/** Options as the start gives them, else as the flow does; in the order of the table. */
export type ChosenOptions = { readonly [Key in Name]?: Given<Key> | Stored<Key> };

/** The options that the head stores: with `fallback` defaults, without values equal to `absent`. */
export function toStored(chosen: ChosenOptions): ExecutionOptions {
  const kept = rows.flatMap(([key, { fallback, absent }]) => {
    const { [key as Name]: value = fallback } = chosen;
    return value === undefined || value === absent ? [] : [[key, value]];
  });
  return Object.fromEntries(kept) as unknown as ExecutionOptions;
}

export function shownOf(options: ExecutionOptions): ShownOptions {
  const shown = rows.filter(([key, row]) => row.inView && Object.hasOwn(options, key));
  return Object.fromEntries(shown.map(([key]) => [key, options[key as Name]])) as unknown as ShownOptions;
}
