/** The contract of a flow: schemas of what comes in, is kept and goes out, and the types that follow from them. */
import type { ZodType } from 'zod';
import { checkName } from './definition.ts';
import type { Contract, ExecutionDefaults } from './flow.ts';
import type { ChunkPolicy } from './graph.ts';

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

/** Everything but `name` is optional; what has no schema is `unknown` to the types and unchecked beyond being JSON. */
export interface FlowSpec<
  Input extends ZodType,
  State extends Schemas,
  Signals extends Schemas,
  Needs extends Resources,
  Stream extends ZodType,
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
  readonly execution?: ExecutionDefaults;
  /** For chunks that say nothing themselves. */
  readonly defaults?: ChunkPolicy;
}

export type AnySpec = FlowSpec<ZodType, Schemas, Schemas, Resources, ZodType>;
export type Live<R> = R extends Resource<infer T> ? T : never;

/** @throws FlowError `definition_invalid` for names that cannot be used */
export function makeContract(spec: AnySpec): Contract {
  const { input, state, signals, stream } = spec;
  const resources = Object.keys(spec.resources ?? {}).sort();
  for (const key of Object.keys(state ?? {})) checkName('state key', key);
  for (const name of Object.keys(signals ?? {})) checkName('signal', name);
  for (const name of resources) checkName('resource', name);
  return {
    ...(input && { input }),
    ...(state && { state }),
    ...(signals && { signals }),
    ...(stream && { stream }),
    resources,
  };
}
