/** The types of `match` and `if`. */
import type { Env, PredicateContext } from '../authoring/context.ts';
import type { Json } from '../json.ts';
import type { Pipe } from './pipe.ts';

/** A JSON value, compared deeply and strictly. */
export type Literal<V> = unknown extends V ? Json : V;
/** Truthy counts, also behind a promise. Runs in the worker; only its decision is stored. */
export type PredicateOf<E extends Env, V> = (context: PredicateContext<E, V>) => unknown;

declare const sends: unique symbol;

/** A complete match: what its cases send, and what goes on when none hits. */
export interface Matched<out Out, out Else> {
  readonly [sends]?: { readonly hit: Out; readonly miss: Else } | undefined;
}

export interface MatchStart<E extends Env, V> {
  case<Out>(when: Literal<V> | PredicateOf<E, V>, body: (pipe: Pipe<E, V>) => Pipe<E, Out>): MatchCases<E, V, Out>;
}

export interface MatchCases<E extends Env, V, out Out> extends Matched<Out, V> {
  case<More>(
    when: Literal<V> | PredicateOf<E, V>,
    body: (pipe: Pipe<E, V>) => Pipe<E, More>,
  ): MatchCases<E, V, Out | More>;
  caseElse<More>(body: (pipe: Pipe<E, V>) => Pipe<E, More>): Matched<Out, More>;
}

/** Behind an `if`: go on with what its branches or the passed value send, or add a branch. */
export interface Branching<E extends Env, V, Out> extends Pipe<E, Out | V> {
  elseIf<More>(when: PredicateOf<E, V>, body: (pipe: Pipe<E, V>) => Pipe<E, More>): Branching<E, V, Out | More>;
  else<More>(body: (pipe: Pipe<E, V>) => Pipe<E, More>): Pipe<E, Out | More>;
}
