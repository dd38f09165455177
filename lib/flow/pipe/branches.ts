/** The types of `match` and `if`. */
import type { Env, PredicateContext } from '../authoring/context.ts';
import type { Json } from '../json.ts';
import type { Pipe } from './pipe.ts';

/** A JSON value, compared deeply and strictly. */
export type Literal<V> = unknown extends V ? Json : V;
/** A condition: any truthy result, or promise of one, is a hit. It runs in the worker, and only its decision is stored. */
export type PredicateOf<E extends Env, V> = (context: PredicateContext<E, V>) => unknown;

declare const sends: unique symbol;

/** A complete match: the output type of its cases, and the type that flows on if none hits. */
export interface Matched<out Out, out Else> {
  readonly [sends]?: { readonly hit: Out; readonly miss: Else } | undefined;
}

/** A match without a case yet. */
export interface MatchStart<E extends Env, V> {
  /** Adds a case: the body runs if the value equals the literal, or if the predicate is truthy. */
  case<Out>(when: Literal<V> | PredicateOf<E, V>, body: (pipe: Pipe<E, V>) => Pipe<E, Out>): MatchCases<E, V, Out>;
}

/** A match with at least one case. Cases are tried in order. */
export interface MatchCases<E extends Env, V, out Out> extends Matched<Out, V> {
  /** Adds a case: the body runs if the value equals the literal, or if the predicate is truthy. */
  case<More>(
    when: Literal<V> | PredicateOf<E, V>,
    body: (pipe: Pipe<E, V>) => Pipe<E, More>,
  ): MatchCases<E, V, Out | More>;
  /** Adds the last branch, which runs if no case hits. Without it the value passes through. */
  caseElse<More>(body: (pipe: Pipe<E, V>) => Pipe<E, More>): Matched<Out, More>;
}

/** The pipe after an `if`: continue with the branches' output or the value itself, or add another branch. */
export interface Branching<E extends Env, V, Out> extends Pipe<E, Out | V> {
  elseIf<More>(when: PredicateOf<E, V>, body: (pipe: Pipe<E, V>) => Pipe<E, More>): Branching<E, V, Out | More>;
  else<More>(body: (pipe: Pipe<E, V>) => Pipe<E, More>): Pipe<E, Out | More>;
}
