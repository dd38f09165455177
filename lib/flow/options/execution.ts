/**
 * The options of an execution, one row each. A row alone makes an option: `defineFlow`, documents, starts by client and HTTP,
 * heads, snapshots and views take it from here, types included.
 */
import { type output, type ZodType, z } from 'zod';
import { LONGEST_WAIT, name } from '../checks/definition.ts';
import { checkFits, problemOf } from './check.ts';
import { allOptional } from './optional.ts';
import { atLeastOne, httpPolicy, policy, storedPolicy } from './policies.ts';

interface Row {
  /** What a start in the process may say, and with `inFlow` the `execution` of a flow and its document. */
  readonly given: ZodType;
  /** What a start over HTTP may say. Absent: as `given`. */
  readonly http?: ZodType;
  /** What the head and snapshots keep. Absent: as `given`. */
  readonly stored?: ZodType;
  readonly inFlow?: true;
  /** A start over HTTP may only lower what the flow says. */
  readonly brake?: true;
  readonly inView?: true;
  /** Kept where neither the start nor the flow says anything. */
  readonly unsaid?: unknown;
  /** What it means when the head has no such option. */
  readonly absent?: unknown;
}

const MOST_AT_ONCE = 1_000_000;
const MOST_HOPS = 1_000_000;
/** The last millisecond of the year 9999: later times have no ISO text of the usual length, and sort wrongly as text. */
export const LATEST = 253_402_300_799_999;

const UNTIL_CLOSE = 'use 0 or more milliseconds, at most 100 years, or null for never';
const WORKSPACE = 'use the name of a shared workspace, or false for none';
const MODE = "use 'planned', 'auto', or null for none";

const mode = z.enum(['planned', 'auto'], MODE);

/** Heads keep their options in this order. */
export const OPTIONS = {
  /** Whether it closes by itself once nothing is left to do. Default true. */
  autoClose: { given: z.boolean('use true or false'), inFlow: true, inView: true, unsaid: true },
  /** Milliseconds of idleness before the automatic close, at most 100 years; `null` = never. Default 0. */
  autoCloseTimeout: {
    given: z.number(UNTIL_CLOSE).min(0, UNTIL_CLOSE).max(LONGEST_WAIT, UNTIL_CLOSE).nullable(),
    http: z.int().min(0).nullable(),
    stored: z.number().min(0).max(LATEST).nullable(),
    inFlow: true,
    unsaid: 0,
  },
  /** Of chunks that say nothing themselves. */
  defaults: { given: policy, http: httpPolicy, stored: storedPolicy, unsaid: {} },
  /** Chunks that may run at once in an execution, over all workers. Default: no limit. */
  concurrency: { given: atLeastOne, http: atLeastOne.max(MOST_AT_ONCE), inFlow: true, brake: true },
  /** Times it may go through the queue without a signal, an answer or a timer, before it fails as `hop_budget`. Default 100,000. */
  hopBudget: { given: atLeastOne, http: atLeastOne.max(MOST_HOPS), inFlow: true, brake: true },
  /** ISO 8601 with a time zone: nothing of the input runs before. At most a year ahead; a time that has passed is now. */
  startAt: { given: z.string(), http: z.string().max(40), stored: z.number().min(0).max(LATEST) },
  /** `queue` (default): a message for each `emitNowait`. `inline`: the emitting worker goes on with it. */
  nowait: { given: z.enum(['queue', 'inline']), stored: z.literal('inline'), inFlow: true, absent: 'queue' },
  /**
   * `sync` (default): each step is stored before the next one runs. `exit`: the steps of a chain are stored together, at the
   * next wait, awaited emit, signal, retry, fan-out or end, and every few seconds. A worker that vanishes repeats what was not
   * stored, with the same idempotency keys; from then on that execution is `sync`. For many short steps that may be repeated.
   */
  durability: { given: z.enum(['sync', 'exit']), stored: z.literal('exit'), inFlow: true, absent: 'sync' },
  /** Default: each execution has a workspace of its own. A name: that shared one. `false`: none. */
  workspace: { given: z.union([name, z.literal(false)], WORKSPACE), inFlow: true },
  /**
   * Who takes interventions: the flow's intervention points, or every chunk as it starts; `null`: they are off. Default:
   * `planned` for a flow with intervention points, else `null`.
   */
  interventionMode: { given: mode.nullable(), stored: mode, absent: null },
} satisfies Readonly<Record<string, Row>>;

type Table = typeof OPTIONS;
type Name = keyof Table;
type NamesWith<Mark> = { [Key in Name]: Table[Key] extends Mark ? Key : never }[Name];
type AlwaysStored = NamesWith<{ readonly unsaid: unknown }>;

type Given<Key extends Name> = output<Table[Key]['given']>;
type Stored<Key extends Name> = Table[Key] extends { readonly stored: infer S extends ZodType }
  ? output<S>
  : Given<Key>;

// Mapped over the table, so that editors show the comments of its rows.
type GivenIn<T, Keys extends Name & keyof T> = { readonly [Key in Keys]?: Given<Key> };
type StoredIn<T, Keys extends Name & keyof T> = { [Key in Keys]: Stored<Key> };

/** How the executions of a flow run, where their start does not say it. */
export type ExecutionDefaults = GivenIn<Table, NamesWith<{ readonly inFlow: true }>>;
/** How one execution runs. What is absent is as the flow says. */
export type GivenOptions = GivenIn<Table, Name>;
/** What its head keeps of both. */
export type ExecutionOptions = StoredIn<Table, AlwaysStored> & Partial<StoredIn<Table, Exclude<Name, AlwaysStored>>>;
/** What views show of it. */
export type ShownOptions = Readonly<Pick<ExecutionOptions, NamesWith<{ readonly inView: true }>>>;

const rows: readonly (readonly [name: string, row: Row])[] = Object.entries(OPTIONS);
const inFlow = rows.filter(([, row]) => row.inFlow);

type Column = 'given' | 'http' | 'stored';
const columnOf = (column: Column, of = rows) =>
  Object.fromEntries(of.map(([key, row]) => [key, row[column] ?? row.given]));

/** `execution` of a document. */
export const documentOptions = allOptional(columnOf('given', inFlow)) as ZodType<ExecutionDefaults>;
/** `options` of a start over HTTP. */
export const httpOptions = allOptional(columnOf('http')) as ZodType<GivenOptions>;
/** `options` of a stored head. Members of later versions are let through. */
export const storedOptions = z.looseObject(
  Object.fromEntries(
    rows.map(([key, { given, stored = given, unsaid }]) => [key, unsaid === undefined ? stored.optional() : stored]),
  ),
) as unknown as ZodType<ExecutionOptions>;

const written = allOptional(columnOf('given', inFlow), z.object);
const given = allOptional(columnOf('given'), z.object);

/** @throws FlowError `definition_invalid` */
export function checkExecution(flow: string, execution: ExecutionDefaults): ExecutionDefaults {
  checkFits(written, execution, `flow "${flow}"`);
  return execution;
}

/** What is wrong with the options of a start, by themselves. */
export function optionsProblem(flow: string, options: GivenOptions): string | undefined {
  return problemOf(given, options, `the start of flow "${flow}"`);
}

/** Names of the options that a start over HTTP may only lower. */
export const BRAKES = rows.filter(([, row]) => row.brake).map(([key]) => key as NamesWith<{ readonly brake: true }>);

/** What is said of an option by a start, else by its flow; in the order of the table. */
export type Said = { readonly [Key in Name]?: Given<Key> | Stored<Key> };

/** What the head keeps of it. */
export function toStored(said: Said): ExecutionOptions {
  const kept = rows.flatMap(([key, { unsaid, absent }]) => {
    const { [key as Name]: value = unsaid } = said;
    return value === undefined || value === absent ? [] : [[key, value]];
  });
  return Object.fromEntries(kept) as unknown as ExecutionOptions;
}

/** What views show. */
export function shownOf(options: ExecutionOptions): ShownOptions {
  const shown = rows.filter(([key, row]) => row.inView && Object.hasOwn(options, key));
  return Object.fromEntries(shown.map(([key]) => [key, options[key as Name]])) as unknown as ShownOptions;
}
