import type { FailureInfo } from '../engine/head.ts';

/** The error of a chunk as a host gets it: name, message, code and causes are those that the chunk threw. */
export class ChunkError extends Error {
  override readonly name: string;
  readonly code: string | undefined;
  /** Messages of its causes, outermost first. */
  readonly causes: readonly string[];
  readonly chunk: string;
  readonly attempt: number;

  constructor({ name, message, code, causes = [], chunk, attempt }: FailureInfo) {
    super(message);
    this.name = name;
    this.code = code;
    this.causes = causes;
    this.chunk = chunk;
    this.attempt = attempt;
  }
}
