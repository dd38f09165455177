/** The contract of a flow: schemas of what comes in, is kept and goes out, and the types that follow from them. */
import type { input, ZodType } from 'zod';
import { checkName } from '../checks/definition.ts';
import { checkSchema } from '../checks/schemas.ts';
import type { ExecutionDefaults } from '../options/execution.ts';
import type { RetryPolicy } from '../options/policies.ts';
import type { Contract } from './flow.ts';
import type { FlowSchedule } from './schedules.ts';

/** What chunks without a policy of their own do. */
export interface PolicyDefaults {
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds an attempt may take. */
  readonly timeout?: number;
  /** After the last attempt: fail the execution (default), end the branch, or give `{ error, input }` to a chunk. */
  readonly onError?: 'fail' | 'skip' | { readonly chunk: string };
}

export type Schemas = Readonly<Record<string, ZodType>>;

declare const live: unique symbol;

/** Stands for a live object of type `T` that the app makes and chunks use; never stored. */
export interface Resource<out T> {
  readonly [live]?: T | undefined;
}

export type Resources = Readonly<Record<string, Resource<unknown>>>;
export type NoResources = Readonly<Record<never, never>>;

/** Declares a resource by its type alone: `resources: { mailer: resource<Mailer>() }`. */
export function resource<T>(): Resource<T> {
  return Object.freeze({});
}

/**
 * Everything but `name` is optional; what has no schema is `unknown` to the types and unchecked beyond being JSON. What a schema
 * gives is stored and read, so it has to give JSON, synchronously.
 */
export interface FlowSpec<
  Input extends ZodType,
  State extends Schemas,
  Signals extends Schemas,
  Needs extends Resources,
  Stream extends ZodType,
  Result extends ZodType,
> {
  /** A deployed flow is found by it: `^[A-Za-z0-9_.-]{1,128}$`. */
  readonly name: string;
  readonly input?: Input;
  /** By key, without dots. */
  readonly state?: State;
  /** By signal name; values are checked where they are emitted. */
  readonly signals?: Signals;
  readonly resources?: Needs;
  /** Of the items of the stream. */
  readonly stream?: Stream;
  /** Of `$final_result`, where something writes it; else of the final state. */
  readonly result?: Result;
  readonly execution?: ExecutionDefaults;
  /** For chunks that say nothing themselves. */
  readonly defaults?: PolicyDefaults;
  /** Starts by the clock, in every deployment of the app. */
  readonly schedules?: readonly FlowSchedule<input<NoInfer<Input>>>[];
}

export type AnySpec = FlowSpec<ZodType, Schemas, Schemas, Resources, ZodType, ZodType>;
export type Live<R> = R extends Resource<infer T> ? T : never;

/** @throws FlowError `definition_invalid` for names and schemas that cannot be used */
export function makeContract(spec: AnySpec): Contract {
  const { input, state, signals, stream, result } = spec;
  const resources = Object.keys(spec.resources ?? {}).sort();
  for (const key of Object.keys(state ?? {})) checkName('state key', key);
  for (const name of Object.keys(signals ?? {})) checkName('signal', name);
  for (const name of resources) checkName('resource', name);
  const of = (what: string) => `${what} of flow "${spec.name}"`;
  if (input) checkSchema(of('the input'), input);
  if (stream) checkSchema(of('the stream'), stream);
  if (result) checkSchema(of('the result'), result);
  for (const [key, schema] of Object.entries(state ?? {})) checkSchema(of(`state key "${key}"`), schema);
  for (const [name, schema] of Object.entries(signals ?? {})) checkSchema(of(`signal "${name}"`), schema);
  return {
    ...(input && { input }),
    ...(state && { state }),
    ...(signals && { signals }),
    ...(stream && { stream }),
    ...(result && { result }),
    resources,
  };
}
