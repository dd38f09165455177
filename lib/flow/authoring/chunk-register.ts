/** The register of a flow's chunks: one handler and one policy per name. */
import { checkName, invalid, oneOf, schemaJson } from '../checks/definition.ts';
import { checkSchema } from '../checks/schemas.ts';
import { canonical, checkJson } from '../json.ts';
import { type ChunkPolicy, checkPolicy } from '../options/policies.ts';
import type { AnyChunk, ChunkOptions } from '../pipe/chunk-types.ts';
import type { ChunkCode, Handler } from './flow.ts';

export class ChunkRegister {
  readonly codes = new Map<string, ChunkCode>();
  readonly policies: Record<string, ChunkPolicy> = {};
  closed = false;

  /**
   * Defines a chunk. An identical second definition returns the first one.
   * @throws FlowError `definition_invalid`
   */
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
          `Chunk "${name}" is defined twice in this flow, with another handler or other options. Rename one, or define it once.`,
        );
      }
      return known;
    }
    if (this.closed)
      throw invalid(`Chunk "${name}" was defined too late: the graph has been read. Define chunks at module level.`);
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
