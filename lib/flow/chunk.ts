/** Chunks: the named stages of a flow, their types and the register that keeps one handler per name. */
import type { ZodType } from 'zod';
import type { ChunkContext, Env, Interrupt } from './context.ts';
import { checkName, checkPolicy, invalid, schemaJson } from './definition.ts';
import type { ChunkCode, Handler } from './flow.ts';
import type { ChunkPolicy, RetryPolicy } from './graph.ts';
import { canonical } from './json.ts';

declare const signature: unique symbol;

/** A named stage that takes `In` and sends `Out` downstream. Made by `flow.chunk`, wired with `to`, `batch` and `when`. */
export interface Chunk<in In, out Out, out Name extends string = string> {
  readonly name: Name;
  readonly [signature]?: ((input: In) => Out) | undefined;
}

/** A chunk of whatever types. */
export type AnyChunk = Chunk<never, unknown>;

export interface ChunkOptions<Resume extends ZodType = ZodType> {
  /** What an answer to this chunk's pause has to look like; its output type is what a pause sends downstream. */
  readonly resume?: Resume;
  readonly retry?: Partial<RetryPolicy>;
}

/** What a chunk sends downstream: a pause sends its answer, no return value is `null`. */
export type Output<Returned, Resume> =
  Returned extends Interrupt<unknown> ? Resume : Returned extends undefined | Nothing ? null : Returned;
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
    const policy = checkPolicy(`chunk "${name}"`, options.retry ? { retry: options.retry } : {});
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
    if (policy.retry) this.policies[name] = policy;
    return code;
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
  return canonical([{ ...policy.retry }, code.resume ? schemaJson(code.resume) : null]);
}
