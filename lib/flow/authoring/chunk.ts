/** Chunks: the named stages of a flow, their types and the register that keeps one handler per name. */
import type { ZodType } from 'zod';
import { checkName, invalid, oneOf, schemaJson } from '../checks/definition.ts';
import { checkSchema } from '../checks/schemas.ts';
import { canonical, checkJson } from '../json.ts';
import { type ChunkPolicy, checkPolicy, type RetryPolicy } from '../options/policies.ts';
import type { ItemError } from '../pipe/pipe.ts';
import type { ChunkContext, Env } from './context.ts';
import type { ChunkCode, Handler } from './flow.ts';
import type { Interrupt, Sleep } from './interrupt.ts';

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

/** The chunks of one flow by name. */
export class ChunkRegister {
  readonly codes = new Map<string, ChunkCode>();
  readonly policies: Record<string, ChunkPolicy> = {};
  closed = false;

  /** Defining the same again gives the same chunk. @throws FlowError `definition_invalid` */
  define(name: string, options: ChunkOptions, handler: Handler): ChunkCode {
    checkName('chunk', name);
    if (typeof handler !== 'function') throw invalid(`Chunk "${name}" has no handler. Pass a function.`);
    const policy = this.policy(name, options);
    if (options.resume) checkSchema(`the resume value of chunk "${name}"`, options.resume);
    const code: ChunkCode = Object.freeze({ name, handler, ...(options.resume && { resume: options.resume }) });
    const known = this.codes.get(name);
    if (known) {
      if (describe(known, this.policies[name]) !== describe(code, policy) || known.handler !== handler) {
        throw invalid(
          `There is another chunk "${name}" in this flow. Give one of them another name, or define it once.`,
        );
      }
      return known;
    }
    if (this.closed)
      throw invalid(`Chunk "${name}" comes too late: the graph has been read. Define chunks at module level.`);
    this.codes.set(name, code);
    if (Object.keys(policy).length > 0) this.policies[name] = policy;
    return code;
  }

  private policy(name: string, { retry, timeout, onError }: ChunkOptions): ChunkPolicy {
    checkPolicy(`chunk "${name}"`, { ...(retry && { retry }), ...(timeout !== undefined && { timeout }) });
    const handled =
      typeof onError === 'object'
        ? { handler: this.nameOf(onError) }
        : onError && oneOf(`onError of chunk "${name}"`, onError, ['fail', 'skip']);
    return {
      ...(retry && { retry: { ...retry } }),
      ...(timeout !== undefined && { timeout }),
      ...(handled && { onError: handled }),
    };
  }

  /** The name of a chunk of this flow. @throws FlowError `definition_invalid` */
  nameOf(chunk: AnyChunk | string): string {
    const name = typeof chunk === 'string' ? chunk : chunk?.name;
    const known = this.codes.get(name);
    if (!known) throw invalid(`There is no chunk "${name}" in this flow. Define it first, or pass a handler.`);
    if (typeof chunk !== 'string' && chunk !== known) {
      throw invalid(`Chunk "${name}" belongs to another flow. Define it with this flow's chunk().`);
    }
    return name;
  }
}

function describe(code: ChunkCode, policy: ChunkPolicy = {}): string {
  return canonical(checkJson([policy, code.resume ? schemaJson(code.resume) : null], `chunk ${code.name}`));
}
