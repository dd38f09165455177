/** The types of chunks, the named stages of a flow. */
import type { ZodType } from 'zod';
import type { ChunkContext, Env } from '../authoring/context.ts';
import type { Interrupt, Sleep } from '../authoring/interrupt.ts';
import type { RetryPolicy } from '../options/policies.ts';
import type { ItemError } from './pipe.ts';

declare const signature: unique symbol;

/** A named stage that takes `In` and sends `Out` downstream. Made by `flow.chunk`, wired with `to`, `batch` and `when`. */
export interface Chunk<in In, out Out, out Name extends string = string> {
  readonly name: Name;
  readonly [signature]?: ((input: In) => Out) | undefined;
}

/** A chunk of whatever types. */
export type AnyChunk = Chunk<never, unknown>;

/** What the chunk named by `onError` is given. */
export interface Failed<Input = unknown> {
  readonly error: ItemError['error'] & {
    /** The errors below it as texts, outermost first. Absent: none. */
    readonly causes?: readonly string[];
  };
  /** What the failed chunk was given. */
  readonly input: Input;
}

export interface ChunkOptions<Resume extends ZodType = ZodType, In = never> {
  /** What an answer to this chunk's pause has to look like; its output type is what a pause sends downstream. */
  readonly resume?: Resume;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds an attempt may take. */
  readonly timeout?: number;
  /**
   * After the last attempt: fail the execution (default), end the branch, or give `{ error, input }` to a chunk; what is
   * written at the top level of the flow behind that chunk, or behind `when` of it, follows. Inside a batch, an item or a match in
   * `all` mode its output also takes the failed chunk's place, so it has to fit there. A handler handles neither its own failures
   * nor those of what is written behind it.
   */
  readonly onError?: 'fail' | 'skip' | Chunk<Failed<In>, unknown>;
}

/** What a chunk sends downstream: a pause to `next` its answer, any other pause nothing; no return value is `null`. */
export type Output<Returned, Resume> =
  Returned extends Interrupt<infer To>
    ? Answer<To, Resume>
    : Returned extends undefined | Nothing | Sleep
      ? null
      : Returned;
type Answer<To, Resume> = To extends 'next' ? Resume : never;
// biome-ignore lint/suspicious/noConfusingVoidType: handlers without a return statement are typed as void
type Nothing = void;

export type ChunkHandler<E extends Env, In, Resume, Returned> = (
  context: ChunkContext<E, In, Resume>,
) => Returned | Promise<Returned>;
