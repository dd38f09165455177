/** The types of `when`: its sources, and the value it delivers. */

import type { Env } from '../authoring/context.ts';
import type { AnyChunk, Chunk } from './chunk-types.ts';
import type { OutputOf } from './pipe.ts';

type Source<Signal, StateKey> =
  | Signal
  | AnyChunk
  | { readonly state: StateKey }
  | { readonly flowData: string }
  | { readonly collect: string };

/** Parameterized by names, not by the contract, so that the error about a wrong name lists the right ones. */
export type Listening<Signal, StateKey> =
  | Source<Signal, StateKey>
  | readonly [Source<Signal, StateKey>, ...Source<Signal, StateKey>[]];

type SourceName<S> = S extends string
  ? S
  : S extends Chunk<never, unknown, infer Name>
    ? Name
    : S extends { readonly [Kind in 'state' | 'flowData' | 'collect']?: infer Name extends string }
      ? Name
      : never;

/** Deleting a state key delivers `null`. flowData and collections have no contract, so their values are `unknown`. */
type SourceValue<E extends Env, S> = S extends keyof E['signals']
  ? E['signals'][S]
  : S extends { readonly state: infer K extends keyof E['state'] }
    ? E['state'][K] | null
    : S extends { readonly flowData: string }
      ? unknown
      : S extends { readonly collect: string }
        ? Readonly<Record<string, unknown>>
        : OutputOf<S>;

/** The value of `when` in mode `and`: one source delivers its value, several deliver `{ [name]: value }`. */
export type Heard<E extends Env, W> = W extends readonly [infer Only]
  ? SourceValue<E, Only>
  : W extends readonly unknown[]
    ? { [S in W[number] as SourceName<S>]: SourceValue<E, S> }
    : SourceValue<E, W>;

/** The value of `when` in mode `or`: one source delivers its value, each of several delivers `{ name, value }`. */
export type HeardAny<E extends Env, W> = W extends readonly [infer Only]
  ? SourceValue<E, Only>
  : W extends readonly unknown[]
    ? Named<E, W[number]>
    : SourceValue<E, W>;

type Named<E extends Env, S> = S extends unknown
  ? { readonly name: SourceName<S>; readonly value: SourceValue<E, S> }
  : never;
