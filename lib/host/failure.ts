import type { FailureInfo } from '../engine/head.ts';

/** The error of a chunk as a host sees it: name, message and code are those that the chunk threw. */
export class ChunkError extends Error {
  override readonly name: string;
  readonly code: string | undefined;
  readonly chunk: string;
  readonly attempt: number;

  constructor({ name, message, code, chunk, attempt }: FailureInfo) {
    super(message);
    this.name = name;
    this.code = code;
    this.chunk = chunk;
    this.attempt = attempt;
  }
}
