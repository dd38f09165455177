/** The types of chunks, the named stages of a flow. */
import type { ZodType } from 'zod';
import type { ChunkContext, Env } from '../authoring/context.ts';
import type { Interrupt, Sleep } from '../authoring/interrupt.ts';
import type { RetryPolicy } from '../options/policies.ts';
import type { ItemError } from './pipe.ts';

declare const signature: unique symbol;
declare const asked: unique symbol;

/**
 * A named stage that receives `In` and sends `Out` downstream. Made by `flow.chunk`, wired with `to`, `batch` and `when`. Its
 * pauses take an `Answer`, before the `resume` schema converts it; `unknown` without a schema.
 */
export interface Chunk<in In, out Out, out Name extends string = string, out Answer = unknown> {
  readonly name: Name;
  readonly [signature]?: ((input: In) => Out) | undefined;
  readonly [asked]?: Answer | undefined;
}

/** A chunk whose pauses take this answer. */
export type Asking<Answer> = Chunk<never, unknown, string, Answer>;

/** A chunk of any types. */
export type AnyChunk = Chunk<never, unknown>;

/** Input of the chunk that `onError` names. */
export interface Failed<Input = unknown> {
  readonly error: ItemError['error'] & {
    /** The `cause` chain as strings, outermost first. Absent: the error has no cause. */
    readonly causes?: readonly string[];
  };
  /** Input of the failed chunk. */
  readonly input: Input;
}

/** Options of a chunk. An absent policy comes from the execution's `defaults`, else from the flow's. */
export interface ChunkOptions<Resume extends ZodType = ZodType, In = never> {
  /** Schema of the answers to this chunk's pauses. Its output is what a pause sends downstream. */
  readonly resume?: Resume;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds an attempt may take. Default: the time budget of the worker. */
  readonly timeout?: number;
  /**
   * After the last attempt: fail the execution (default), end the branch (`skip`), or pass `{ error, input }` to a handler
   * chunk. Steps wired after the handler at the top level, or with `when`, follow. In a batch, a `forEach` item or a match in
   * `all` mode the handler's output also replaces the failed chunk's output, so its type must fit there. A handler does not
   * handle its own failures, nor those of the steps after it.
   */
  readonly onError?: 'fail' | 'skip' | Chunk<Failed<In>, unknown>;
}

/** What a chunk sends downstream: the answer for a pause to `next`, nothing for other pauses, `null` without a return value. */
export type Output<Returned, Resume> =
  Returned extends Interrupt<infer To>
    ? Answer<To, Resume>
    : Returned extends undefined | Nothing | Sleep
      ? null
      : Returned;
type Answer<To, Resume> = To extends 'next' ? Resume : never;
// biome-ignore lint/suspicious/noConfusingVoidType: handlers without a return statement are typed as void
type Nothing = void;

/** The code of a chunk. Throw `FatalError` to fail without a retry, `RetryableError` to set the delay of the next attempt. */
export type ChunkHandler<E extends Env, In, Resume, Returned> = (
  context: ChunkContext<E, In, Resume>,
) => Returned | Promise<Returned>;
