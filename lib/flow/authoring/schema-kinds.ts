/** The contract of a flow: schemas of its input, state, signals, stream and result, and the types inferred from them. */
import type { input, ZodType } from 'zod';
import { checkName } from '../checks/definition.ts';
import { checkSchema } from '../checks/schemas.ts';
import { attributeName } from '../options/attributes.ts';
import { checkFits } from '../options/check.ts';
import type { ExecutionDefaults } from '../options/execution.ts';
import type { RetryPolicy } from '../options/policies.ts';
import type { Contract } from './flow.ts';
import type { FlowSchedule } from './schedules.ts';

/** Policy of all chunks of a flow that set none themselves. */
export interface PolicyDefaults {
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds an attempt may take. Default: the time budget of the worker. */
  readonly timeout?: number;
  /** After the last attempt: fail the execution (default), end the branch, or pass `{ error, input }` to the named chunk. */
  readonly onError?: 'fail' | 'skip' | { readonly chunk: string };
}

export type Schemas = Readonly<Record<string, ZodType>>;

declare const live: unique symbol;

/** Declares a live object of type `T` that the app provides and chunks use. It is never stored. */
export interface Resource<out T> {
  readonly [live]?: T | undefined;
}

export type Resources = Readonly<Record<string, Resource<unknown>>>;
export type NoResources = Readonly<Record<never, never>>;
export type NoAttributes = Readonly<Record<never, never>>;

/** Declares a resource by its type: `resources: { mailer: resource<Mailer>() }`. */
export function resource<T>(): Resource<T> {
  return Object.freeze({});
}

/**
 * The argument of `defineFlow`. Only `name` is required. A value without a schema has type `unknown` and only has to be JSON.
 * Schemas must be synchronous and return JSON, because their output is stored.
 */
export interface FlowSpec<
  Input extends ZodType,
  State extends Schemas,
  Signals extends Schemas,
  Needs extends Resources,
  Stream extends ZodType,
  Result extends ZodType,
  Attributes extends Schemas = NoAttributes,
> {
  /** Identifies the flow in an app: `^[A-Za-z0-9_.-]{1,128}$`. */
  readonly name: string;
  readonly input?: Input;
  /** Schemas by state key. Keys have no dots. */
  readonly state?: State;
  /** Schemas by signal name. An emit parses its value. */
  readonly signals?: Signals;
  readonly resources?: Needs;
  /** Schema of one stream item. */
  readonly stream?: Stream;
  /** Schema of `$final_result` if anything writes it; otherwise of the final state. */
  readonly result?: Result;
  /** Schemas of attributes by name. Attributes of other names may be any text or number. */
  readonly attributes?: Attributes;
  readonly execution?: ExecutionDefaults;
  /** Policy of chunks that set none themselves. */
  readonly defaults?: PolicyDefaults;
  /** Scheduled starts, created in every deployment of the app. */
  readonly schedules?: readonly FlowSchedule<input<NoInfer<Input>>>[];
}

export type AnySpec = FlowSpec<ZodType, Schemas, Schemas, Resources, ZodType, ZodType, Schemas>;
export type Live<R> = R extends Resource<infer T> ? T : never;

/** @throws FlowError `definition_invalid` for names and schemas that cannot be used */
export function makeContract(spec: AnySpec): Contract {
  const { input, state, signals, stream, result, attributes } = spec;
  const resources = Object.keys(spec.resources ?? {}).sort();
  for (const key of Object.keys(state ?? {})) checkName('state key', key);
  for (const name of Object.keys(signals ?? {})) checkName('signal', name);
  for (const name of resources) checkName('resource', name);
  for (const name of Object.keys(attributes ?? {})) checkFits(attributeName, name, `attribute of flow "${spec.name}"`);
  const of = (what: string) => `${what} of flow "${spec.name}"`;
  if (input) checkSchema(of('the input'), input);
  if (stream) checkSchema(of('the stream'), stream);
  if (result) checkSchema(of('the result'), result);
  for (const [key, schema] of Object.entries(state ?? {})) checkSchema(of(`state key "${key}"`), schema);
  for (const [name, schema] of Object.entries(signals ?? {})) checkSchema(of(`signal "${name}"`), schema);
  for (const [name, schema] of Object.entries(attributes ?? {})) checkSchema(of(`attribute "${name}"`), schema);
  return {
    ...(input && { input }),
    ...(state && { state }),
    ...(signals && { signals }),
    ...(stream && { stream }),
    ...(result && { result }),
    ...(attributes && { attributes }),
    resources,
  };
}
